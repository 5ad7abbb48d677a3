"""The inputs of a run: given, kept from the last run, or missing; and what to ask for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bootstrap.core.checked_inputs import checked, from_inputs, lasting, may_be_later
from bootstrap.core.commands import quoted
from bootstrap.core.input import LATER, Choice, Input
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.core.pending import check_unlocked
from bootstrap.core.resource import plain
from bootstrap.core.rotation import check_rotation
from bootstrap.core.state import State
from bootstrap.errors import UsageError, lines

Values = dict[str, Any]
SHOWN = 200
"""Characters of a value from the state."""


class Person(Protocol):
    """Who is asked for what is missing, until the answer is good."""

    def value(self, item: Input, so_far: Values | None) -> Any:
        """The checked value of one input. `so_far` are the other inputs, for one that may be given later: None is then an
        answer, too."""

    def way(self, choice: Choice, known: Mapping[str, Input]) -> tuple[str, ...]:
        """The inputs of the answer to a question; `known` are those of the integration, by name."""


@dataclass(frozen=True)
class Gathered:
    """Checked inputs of an integration; `kept` names those from the last run, and `found` those of them that nobody gave.
    `answered` are the choices that the person has made, and `later` the inputs that are to be given later."""

    integration: type[Integration]
    values: Values
    kept: tuple[str, ...] = ()
    found: frozenset[str] = frozenset()
    answered: tuple[Choice, ...] = ()
    later: frozenset[str] = frozenset()

    @property
    def kept_words(self) -> str:
        """Those from the last run as one would type them, in one line."""
        known = {item.name: item for item in inputs_of(self.integration)}
        return " ".join(_typed(known[name], self.values[name]) for name in self.kept)

    @property
    def is_complete(self) -> bool:
        return not any(self._to_ask())

    def asked(self, person: Person, *, before_sign_in: bool = False) -> "Gathered":
        """With what is missing, from the person who is asked; or with what decides about the accounts, and no more."""
        names, choices = self._to_ask()
        if before_sign_in:
            names, choices = [], [choice for choice in choices if choice.accounts]
        known = {item.name: item for item in inputs_of(self.integration)}
        names = [*(name for choice in choices for name in person.way(choice, known)), *names]
        may_be = may_be_later(self.integration)
        values, later = dict(self.values), set(self.later)
        for name in sorted(names, key=may_be.__contains__):  # what comes later is asked last: the names are then known
            answer = person.value(known[name], values if name in may_be else None)
            if answer is not None:
                values[name] = answer
            elif not known[name].after_create:
                values[LATER] = True
            later |= {name} if answer is None else set()
        values = _unlocked(self.integration, values)
        kept = tuple(name for name in self.kept if name in values)
        return replace(self, values=values, kept=kept, answered=(*self.answered, *choices), later=frozenset(later))

    @property
    def without_later(self) -> "Gathered":
        """Without the inputs that can be given later, for a person who cannot be asked for them now."""
        later = may_be_later(self.integration) & set(missing_inputs(self.integration, self.values))
        known = {item.name: item for item in inputs_of(self.integration)}
        locks = any(not known[name].after_create for name in later)
        return replace(self, values={**self.values, **({LATER: True} if locks else {})}, later=frozenset(later))

    def _to_ask(self) -> tuple[list[str], list[Choice]]:
        """The inputs that are missing, and the choices that are open. Who has given all that it takes is asked nothing."""
        missing = [name for name in missing_inputs(self.integration, self.values) if name not in self.later]
        choices = [each for each in self.integration.alternatives if missing and not each.names & set(self.values)]
        of_choices = {name for choice in choices for name in choice.names}
        open_ = [choice for choice in choices if choice not in self.answered]
        return [name for name in missing if name not in of_choices], open_

    @property
    def recipe(self) -> Integration:
        """Raises UsageError for what is missing."""
        return from_inputs(self.integration, self.values, self.values.keys() - self.found)


def gather(
    integration: type[Integration],
    given: Values,
    of_file: Values | None,
    state: State | None,
    flags: Sequence[str] = (),
    where: Callable[[str], str] = lambda name: "",
) -> Gathered:
    """The inputs, so far as they are given: by options, in an inputs file, or in the last run.

    An inputs file is the whole truth but for what is `lasting`, and options go over it. Without one, what is not given stays
    as in the last run; an empty value sets an input back. What is then missing is asked for, at a terminal. `flags` lead
    commands to the state, and `where` says which line of which file gives an input, by its name. Raises UsageError.
    """
    known = {item.name: item for item in inputs_of(integration)}
    values = {**(of_file or {}), **given}
    kept: Values = {}
    if state is not None and state.integration == integration.name:
        check_rotation(values, state, flags, where)
        check_unlocked(values, state.inputs, state.deployment, flags, where)
        stays = set(known) if of_file is None else lasting(integration)
        may_stay = stays - set(values)
        kept = {
            name: value
            for name, value in state.inputs.items()
            if name in may_stay
            and value not in (None, [], "")
            and (value != plain(known[name].default) or name in (state.given or ()))
        }
        kept |= {name: value for name, value in integration.decided(state.inputs).items() if name not in values}
        for choice in (each for each in integration.alternatives if each.exclusive):
            for way in choice.ways.values():
                if any(values.get(name) for name in choice.names.difference(way)):
                    kept = {name: value for name, value in kept.items() if name not in way}
    unset = {name for name, value in values.items() if value in ("", [""], [])}
    values = {name: value for name, value in {**kept, **values}.items() if name not in unset}
    values = _unlocked(integration, values) if LATER in kept else values
    still = set(kept) & set(values)
    try:
        checked(integration, {name: values[name] for name in still})
    except UsageError as error:  # recorded by an older version, or edited by hand: nobody has typed it just now
        raise UsageError(
            f"{error.message} (kept from the last run)", "Give another value, or an empty one for none."
        ) from error
    found = still - state.wishes if state else still
    try:
        good = checked(integration, values, values.keys() - still)
    except UsageError as error:
        later_too = (
            may_be_later(integration) if values.get(LATER) else {each.name for each in known.values() if each.after_create}
        )
        missing = [known[name].flag for name in missing_inputs(integration, values) if name not in later_too]
        also = f"{integration.name} also needs: {', '.join(missing)}" if missing else ""
        raise UsageError(error.message, lines(error.advice, also)) from error
    if contradiction := integration.contradiction(good, values.keys() - kept.keys()):
        raise contradiction
    is_same = state is not None and state.integration == integration.name
    if state and is_same and (refusal := integration.refused_change(state.inputs, good)):
        raise refusal
    later = frozenset(
        may_be_later(integration) if values.get(LATER) and LATER not in still else ()
    )  # the next run asks again
    return Gathered(integration, good, tuple(sorted(still)), frozenset(found), later=later)


def missing_inputs(integration: type[Integration], values: Values) -> list[str]:
    return [name for name in integration.required(values) if name not in values]


def _unlocked(integration: type[Integration], values: Values) -> Values:
    """The inputs without --external-id-later, if what was to come later is given now."""
    missing = may_be_later(integration) & set(missing_inputs(integration, values))
    return {name: value for name, value in values.items() if name != LATER or missing}


def _typed(item: Input, value: Any) -> str:
    """A file that is kept has no path any more, and its content on one line would be hard to read."""
    if item.file and value:
        return f"{item.flag} (the content that was read then, {len(value):,} characters)"
    shown = value if item.kind == "flag" else [_cut(text) for text in value] if item.kind == "list" else _cut(value)
    return quoted(*item.words(shown))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}[... {len(text) - SHOWN:,} more]"
