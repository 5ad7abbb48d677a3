"""A change of the external id during which the role lets the vendor in with the new one and with the previous one. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bootstrap.core.graph import Graph
from bootstrap.core.handoff import Handoff, own
from bootstrap.core.input import EXTERNAL_ID, PREVIOUS
from bootstrap.core.policy import Statement, as_list
from bootstrap.errors import UsageError

_KEY = "sts:externalid"
PREVIOUS_LABEL = "Previous external id"
"""What the hand-off calls the previous one: no integration may use this label for something else."""


def check_rotation(given: Mapping[str, Any], recorded: Mapping[str, Any]) -> None:
    """Raises UsageError for inputs that would lock the vendor out in the middle of a rotation: another external id than the
    recorded one, such as the previous one in a file that nobody has changed yet."""
    new, previous, now = recorded.get(EXTERNAL_ID), recorded.get(PREVIOUS), given.get(EXTERNAL_ID)
    if not previous or PREVIOUS in given or now in (None, new):
        return
    if now == previous:
        raise UsageError(
            f"--external-id: {now} is the previous external id; {new} replaces it",
            f"Give {new} instead, or change it in the file of your inputs. To go back to {now}, use the verb rotate.",
        )
    raise UsageError(
        f"--external-id: {new} is still replacing {previous}",
        f"When nothing uses {previous} any more, retire it with the verb rotate. Then give another one.",
    )


def begin(recorded: Mapping[str, Any], new: str | None, *, is_unfinished: bool = False) -> dict[str, str]:
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
            f"When nothing uses {previous} any more, retire it with --retire. Then give another one.",
        )
    if new == current:
        if is_unfinished:
            return {}
        raise UsageError(f"--external-id: {current} is the external id already", "Give the new one.")
    return {EXTERNAL_ID: new or "", PREVIOUS: current}


def retire(recorded: Mapping[str, Any], *, is_unfinished: bool = False) -> dict[str, str]:
    """The inputs that change when the previous external id is retired. Raises UsageError if there is none, unless a run was
    cut off: it may have been the one that retired it."""
    if not recorded.get(PREVIOUS) and not is_unfinished:
        raise UsageError(
            f"there is no previous external id to retire: the role accepts only {recorded[EXTERNAL_ID]}",
            "To begin a rotation, omit --retire.",
        )
    return {PREVIOUS: ""}


def accepting(value: Any, new: str, previous: str) -> Any:
    """`value`, nested JSON, in which each test of the external id that names the new one also names the previous one."""
    match value:
        case dict():
            return {
                key: _both(item, new, previous) if str(key).lower() == _KEY else accepting(item, new, previous)
                for key, item in value.items()
            }
        case list():
            return [accepting(item, new, previous) for item in value]
    return value


def _both(value: Any, new: str, previous: str) -> Any:
    ids = as_list(value)
    return [*ids, previous] if new in ids and previous not in ids else value


def statements_accepting(statements: Sequence[Statement], new: str, previous: str) -> Sequence[Statement]:
    return [replace(item, conditions=accepting(_plain(item.conditions), new, previous)) for item in statements]


def _plain(conditions: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {operator: dict(test) for operator, test in conditions.items()}


def accept_both(graph: Graph, handoff: Handoff, new: str, previous: str, vendor: str) -> Handoff:
    """Lets the vendor in with both ids, in every trust policy of the graph; the hand-off says how to go on."""
    for address, node in graph.nodes.items():
        had = node.resource.properties()
        changed = {name: after for name, value in had.items() if (after := accepting(value, new, previous)) != value}
        graph.nodes[address] = replace(node, resource=replace(node.resource, **changed)) if changed else node
    step = (
        f"The role accepts two external ids now. At {vendor}, replace {previous} with {new}. When nothing uses {previous} "
        f"any more, run: {own('retire')}"
    )
    return replace(
        handoff,
        values={**handoff.values, PREVIOUS_LABEL: previous},
        steps=(*handoff.steps, step),
        verbs={**handoff.verbs, "retire": ["rotate", "external-id", "--retire"]},
    )
