"""The hand-off again, from the state alone; or what is known of it before anything exists."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from bootstrap.core import commands
from bootstrap.core.account import Account
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff, inputs_of
from bootstrap.core.near import did_you_mean
from bootstrap.core.pending import marker, pending
from bootstrap.core.reference import references
from bootstrap.core.state import State
from bootstrap.engine.handoff import handoff_of as handoff_of
from bootstrap.errors import StateError, UsageError
from bootstrap.operations.inputs import Gathered


def known_texts(handoff: Handoff) -> dict[str, str | None]:
    """The values and files by their labels; None for one that needs a resource that is not created yet."""
    texts = {**handoff.values, **handoff.files}
    return {label: None if any(True for _ in references(text)) else text for label, text in texts.items()}


@dataclass(frozen=True)
class Early:
    """What to hand over so far as it follows from names. `generated` are the labels of what needs a value that create
    generates: there are then only values, as nobody could follow the steps. `waits` says whether create
    then locks the role until the vendor has shown the rest."""

    handoff: Handoff
    generated: tuple[str, ...]
    waits: bool

    @property
    def texts(self) -> dict[str, str | None]:
        """Values and files by their labels."""
        return {**self.handoff.values, **self.handoff.files}


def before_create(gathered: Gathered, accounts: Iterable[Account]) -> Early:
    """The hand-off so far as it follows from names, before anything exists. Reads and creates nothing. Raises UsageError if
    no value does, or if an input is missing that may decide about names."""
    recipe, graph = gathered.without_later.recipe, Graph(accounts)
    waits = bool(recipe.pending)
    unset: dict[str, Any] = {
        item.name: marker(item.name) for item in inputs_of(type(recipe)) if item.generated and not getattr(recipe, item.name)
    }
    handoff = replace(replace(recipe, **unset).build(graph), commands={})  # they need what does not exist yet
    filled = Handoff.from_json(handoff.to_json(), graph.predicted_output)
    steps = (handoff.steps_while_waiting if waits else ()) or filled.steps
    texts = {**filled.values, **filled.files}
    known = {label for label, text in texts.items() if text and _is_known(text)}
    if not known & filled.values.keys():
        raise UsageError(
            f"what {recipe.name} hands over is known only after create: AWS chooses its ids",
            "Create it first.",
        )
    generated = tuple(label for label, text in texts.items() if unset.keys() & set(pending(text)))
    return Early(
        Handoff(
            values={label: text for label, text in filled.values.items() if label in known},
            steps=() if generated else tuple(step for step in steps if _is_known(step)),
            files={name: text for name, text in filled.files.items() if name in known and not generated},
        ),
        generated,
        waits,
    )


def _is_known(text: str) -> bool:
    return not pending(text) and not any(True for _ in references(text))


def labeled(texts: dict[str, str | None], label: str) -> str:
    """The label as the hand-off spells it. Raises UsageError with the labels that exist."""
    found = next((each for each in texts if each.lower() == label.lower()), None)
    if found is None:
        raise UsageError(f"there is no output {label!r}", f"{did_you_mean(label, texts)}There are: {', '.join(texts)}.")
    return found


def not_finished(state: State, labels: list[str], flags: tuple[str, ...]) -> StateError:
    """The error for outputs that are unknown because create did not finish."""
    go_on = commands.bootstrap("create", integration=state.word, name=state.deployment, flags=flags)
    return StateError(f"not known yet, as create did not finish: {', '.join(labels)}", f"Run: {go_on}")
