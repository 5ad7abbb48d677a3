"""A change of the external id during which the role lets the vendor in with the new one and with the previous one. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bootstrap.core import commands
from bootstrap.core.graph import Graph
from bootstrap.core.handoff import Handoff, own
from bootstrap.core.input import EXTERNAL_ID, PREVIOUS
from bootstrap.core.policy import Statement, as_list
from bootstrap.core.state import State
from bootstrap.errors import UsageError, lines

_KEY = "sts:externalid"
RETIRE = "retire"
"""The label of the command in the hand-off that ends a rotation."""
PREVIOUS_LABEL = "Previous external id"
"""What the hand-off calls the previous one: no integration may use this label for something else."""


def rotate_command(deployment: str, flags: Sequence[str] = (), *words: str) -> str:
    return commands.bootstrap("rotate", "external-id", *words, name=deployment, flags=flags)


def check_rotation(
    given: Mapping[str, Any], stored: State, flags: Sequence[str] = (), where: Callable[[str], str] = lambda name: ""
) -> None:
    """Raises UsageError for inputs that would undo a rotation, or lock the vendor out in the middle of one: another external
    id than the recorded one, such as the previous one in a file that nobody has changed yet. `where` says which line of
    which file that is."""
    recorded, deployment = stored.inputs, stored.deployment
    new, previous, now = recorded.get(EXTERNAL_ID), recorded.get(PREVIOUS), given.get(EXTERNAL_ID)
    also = given.get(PREVIOUS)
    if also in stored.retired and also != previous:
        at = where(PREVIOUS)
        which = f"{at}: {PREVIOUS}" if at else "--previous-external-id"
        raise UsageError(f"{which}: {also} was retired by a rotation", "Delete that line." if at else "Omit it.")
    if now in (None, new):
        return
    at = where(EXTERNAL_ID)
    which = f"{at}: {EXTERNAL_ID}" if at else "--external-id"
    goes_back = lines(
        f"Write {new} there instead." if at else f"Give {new} instead.",
        f"To go back to {now}, run: {rotate_command(deployment, flags, '--external-id', str(now))}",
    )
    if new and now in stored.retired and also != new:
        raise UsageError(f"{which}: {now} was retired by a rotation; {new} replaced it", goes_back)
    if not previous or PREVIOUS in given:
        return
    if now == previous:
        raise UsageError(f"{which}: {now} is the previous external id; {new} replaces it", goes_back)
    raise UsageError(f"{which}: {new} is still replacing {previous}", _retire_first(previous, deployment, flags))


def _retire_first(previous: str, deployment: str, flags: Sequence[str]) -> str:
    retire = rotate_command(deployment, flags, "--retire")
    return lines(f"When nothing uses {previous} any more, retire it. Then give another one.", f"To retire it, run: {retire}")


def retired_by(stored: State | None, inputs: Mapping[str, Any]) -> tuple[str, ...]:
    """The external ids that rotations of this deployment have retired, once it has these inputs."""
    accepted = (inputs.get(EXTERNAL_ID), inputs.get(PREVIOUS))
    known = (*stored.retired, previous_of(stored.inputs)) if stored else ()
    return tuple(dict.fromkeys(each for each in known if each and each not in accepted))


def begin(
    recorded: Mapping[str, Any],
    new: str | None,
    deployment: str,
    flags: Sequence[str] = (),
    *,
    is_unfinished: bool = False,
) -> dict[str, str]:
    """The inputs that change when a rotation begins, or goes on: "" unsets one. `new` is None to have one generated. Raises
    UsageError where there is nothing to rotate to."""
    current, previous = str(recorded[EXTERNAL_ID]), recorded.get(PREVIOUS)
    if previous:
        if new in (None, current):
            return {}
        if new == previous:  # the vendor could not change it
            return {EXTERNAL_ID: previous, PREVIOUS: current}
        raise UsageError(
            f"--external-id: {current} is still replacing {previous}",
            _retire_first(previous, deployment, flags),
        )
    if new == current:
        if is_unfinished:
            return {}
        raise UsageError(f"--external-id: {current} is the external id already", "Give the new one.")
    return {EXTERNAL_ID: new or "", PREVIOUS: current}


@dataclass(frozen=True)
class Rotation:
    """One that is under way: the role accepts both ids until `retire`, a command, is run."""

    new: str
    previous: str
    retire: str

    @property
    def text(self) -> str:
        return f"the role accepts two external ids, {self.new} and the previous one, {self.previous}"


def rotation_of(inputs: Mapping[str, Any], deployment: str, flags: Sequence[str] = ()) -> Rotation | None:
    """The rotation that a deployment with these inputs is in."""
    previous = previous_of(inputs)
    retire = rotate_command(deployment, flags, "--retire")
    return Rotation(str(inputs[EXTERNAL_ID]), previous, retire) if previous else None


def previous_of(inputs: Mapping[str, Any]) -> str:
    """The previous external id while a rotation is under way, else ""."""
    return str(inputs.get(PREVIOUS) or "")


def accept_both(graph: Graph, before: Graph, handoff: Handoff, new: str, previous: str, vendor: str) -> Handoff:
    """Lets the vendor in with both ids, in every trust policy of the graph; the hand-off says how to go on. `before` is the
    graph with the previous id. Raises UsageError where no policy tests the id: only one can then be right."""
    accepts = False
    for address, node in graph.nodes.items():
        had = node.resource.properties()
        other = before.nodes[address].resource.properties() if address in before.nodes else {}
        changed = {name: both for name, value in had.items() if (both := joined(value, other.get(name))) != value}
        graph.nodes[address] = replace(node, resource=replace(node.resource, **changed)) if changed else node
        accepts = accepts or bool(changed)
    if not accepts:
        raise UsageError(
            "no role here tests the external id, so none can accept the new one and the previous one",
            "Change it in one step instead: give create --external-id with the new one and --previous-external-id ''.",
        )
    step = f"The role accepts two external ids now. At {vendor}, replace {previous} with {new}."
    # Where the vendor shows the id, no value of the hand-off has it.
    named = {} if new in handoff.values.values() else {"External id": new}
    return replace(
        handoff,
        values={**handoff.values, **named, PREVIOUS_LABEL: previous},
        steps=(*handoff.steps, step),
        later=(f"When nothing uses {previous} any more, run: {own(RETIRE)}", *handoff.later),
        verbs={**handoff.verbs, RETIRE: ["rotate", "external-id", "--retire"]},
    )


def joined(value: Any, before: Any) -> Any:
    """`value`, nested JSON, in which each test of the external id also accepts what it accepts in `before`: the same with
    another external id."""
    match value, before:
        case dict(), dict():
            return {key: _both(key, item, before[key]) if key in before else item for key, item in value.items()}
        case list(), list() if len(value) == len(before):
            return [joined(item, other) for item, other in zip(value, before, strict=True)]
    return value


def _both(key: Any, value: Any, before: Any) -> Any:
    if str(key).lower() != _KEY or value == before:
        return joined(value, before)
    ids = as_list(value)
    return [*ids, *(each for each in as_list(before) if each not in ids)]


def joined_statements(statements: Sequence[Statement], before: Sequence[Statement]) -> Sequence[Statement]:
    return [
        replace(item, conditions=joined(_plain(item.conditions), _plain(other.conditions)))
        for item, other in zip(statements, before, strict=True)
    ]


def _plain(conditions: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        operator: {key: list(ids) if isinstance(ids, tuple) else ids for key, ids in test.items()}
        for operator, test in conditions.items()
    }
