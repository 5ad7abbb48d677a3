"""What a vendor shows only once it has the role's ARN: until then a marker stands for it, and the role lets nobody in. Pure.

Source: IAM user guide reference_policies_evaluation-logic (a trust policy has to allow a principal; an explicit deny
overrides every allow) and reference_policies_elements_principal (a trust policy needs a Principal).
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bootstrap.core import commands
from bootstrap.core.graph import Graph
from bootstrap.core.handoff import Handoff, Waiting, own
from bootstrap.core.input import EXTERNAL_ID, LATER, Choice, Input
from bootstrap.core.policy import VERSION, Document, canonical
from bootstrap.core.reference import marked
from bootstrap.core.resource import Resource
from bootstrap.core.rotation import rotate_command
from bootstrap.core.state import Record
from bootstrap.errors import UsageError, lines

_MARKER = re.compile(r"@\{pending ([a-z0-9_]+)\}")
"""No input can hold it (`validators.literal`), it is no reference, and in a policy it is refused as a placeholder."""
_LOCKED = {
    "Sid": "WaitingForTheVendor",
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": "sts:AssumeRole",
}
LOCKED: Document = {"Version": VERSION, "Statement": [_LOCKED]}
"""A trust policy that lets nobody in: without an Allow nobody gets in, and IAM accepts no policy without a statement."""


def marker(name: str) -> str:
    """Stands for the value of the input with this name."""
    return f"@{{pending {name}}}"


def pending(value: Any) -> tuple[str, ...]:
    """The names of the inputs whose markers are in `value`, nested JSON."""
    return tuple(dict.fromkeys(name for text in marked(value) for name in _MARKER.findall(text)))


def pending_fields(resource: Resource) -> Mapping[str, tuple[str, ...]]:
    """The fields with markers, each with the names of the inputs."""
    return {name: names for name, value in resource.properties().items() if (names := pending(value))}


def is_locked(trust: Any) -> bool:
    """Whether it is the trust policy that bootstrap writes until the vendor has shown everything. The Sid tells it from one
    with which somebody else locked a role."""
    statements = trust.get("Statement") if isinstance(trust, Mapping) else None
    is_ours = isinstance(statements, list) and [each.get("Sid") for each in statements if isinstance(each, dict)]
    return is_ours == [_LOCKED["Sid"]] and bool(canonical(trust) == canonical(LOCKED))


def lock(graph: Graph, handoff: Handoff, waiting: Waiting, create: list[str]) -> Handoff:
    """Locks the roles whose trust policy has a marker, and omits from the hand-off what has one. `create` are the words of
    the command that completes the deployment. Raises UsageError for a marker where nothing can wait for its value."""
    for address, node in graph.nodes.items():
        fields = pending_fields(node.resource)
        for name in fields.keys() - node.resource.while_waiting.keys():
            raise _cannot_wait(f"{address}.{name}", fields[name], waiting.vendor)
        locked = {name: node.resource.while_waiting[name] for name in fields}
        graph.nodes[address] = replace(node, resource=replace(node.resource, **locked)) if locked else node
    for _, resource in graph.existing:
        if names := pending(resource.properties()):
            raise _cannot_wait(f"{resource.kind} {resource.label}", names, waiting.vendor)
    complete = (
        f"Until {waiting.vendor} has shown the {' and the '.join(waiting.words)}, the role lets nobody in. Then run this, "
        f"which asks for what is missing; without a terminal, add {' and '.join(waiting.options)} with what it has shown, "
        f"and --yes: {own('complete')}"
    )
    steps = handoff.steps_while_waiting or tuple(step for step in handoff.steps if not pending(step))
    return replace(
        handoff,
        values={label: text for label, text in handoff.values.items() if not pending(text)},
        steps=(*steps, complete),
        later=tuple(text for text in handoff.later if not pending(text)),
        files={name: text for name, text in handoff.files.items() if not pending(text)},
        chain=() if any(pending(hop.external_id) for hop in handoff.chain) else handoff.chain,
        commands={label: words for label, words in handoff.commands.items() if not pending(list(words))},
        verbs={**handoff.verbs, "complete": create},
        waiting=waiting,
    )


def later_inputs(inputs: Iterable[Input], alternatives: Iterable[Choice]) -> set[str]:
    """The inputs that a create can do without at first: those that the vendor shows only later and, with
    --external-id-later, the external id with what is asked together with it."""
    known = {item.name: item for item in inputs}
    found = {name for name, item in known.items() if item.after_create}
    if LATER in known:
        ways = [way for choice in alternatives for way in choice.ways.values() if EXTERNAL_ID in way]
        together = {name for way in ways for name in way} | {name for name, item in known.items() if item.with_id}
        found |= {EXTERNAL_ID, *(name for name in together if known[name].kind == "text")}
    return found


def missing_until_later(
    known: Mapping[str, Input], required: Iterable[str], values: Mapping[str, Any], later: Collection[str]
) -> list[str]:
    """The required inputs for which the role is locked until they are given. Raises UsageError for --external-id-later where
    nothing is missing."""
    found = [name for name in required if not values.get(name) and name in later]
    if not values.get(LATER):
        return [name for name in found if known[name].after_create]
    if not found:
        raise UsageError(f"{known[LATER].flag}: nothing is left to give later, as the external id is given", "Omit it.")
    return found


def check_unlocked(
    given: Mapping[str, Any],
    recorded: Mapping[str, Any],
    deployment: str,
    flags: Sequence[str] = (),
    where: Callable[[str], str] = lambda name: "",
) -> None:
    """Raises UsageError for an --external-id-later, such as that of the first phase in an inputs file, by which a role that
    lets the vendor in would be locked again. `where` says which line of which file gives an input."""
    current = recorded.get(EXTERNAL_ID)
    if given.get(LATER) and current and not given.get(EXTERNAL_ID):
        at = where(LATER)
        which = f"{at}: {LATER}" if at else "--external-id-later"
        raise UsageError(
            f"{which}: {deployment} has the external id {current} already; without it, the role would be locked",
            lines(
                f"Write {EXTERNAL_ID} = {json.dumps(current)} there instead." if at else "Omit it.",
                f"To change the external id, run: {rotate_command(deployment, flags)}",
            ),
        )


def check_not_locked_again(graph: Graph, records: Mapping[str, Record], waiting: Waiting, deployment: str) -> None:
    """Raises UsageError if a role would be locked that lets the vendor in."""
    for address, node in graph.nodes.items():
        record = records.get(address)
        before, after = record.properties.get("trust") if record else None, node.resource.properties().get("trust")
        if before and is_locked(after) and not is_locked(before):
            flags = " and ".join(commands.option(name, "")[0] for name in waiting.inputs)
            raise UsageError(
                f"{deployment} is complete already; without {flags}, its role would be locked and let nobody in",
                f"Give {flags}. What the last run recorded stays if you omit it.",
            )


def later_hint(known: Mapping[str, Input], missing: Collection[str], vendor: str) -> str:
    """How to go on without the external id, or "" where it is not missing."""
    if EXTERNAL_ID not in missing or LATER not in known:
        return ""
    return f"If {vendor} has not shown it yet, add {known[LATER].flag}: the role then lets nobody in until you give it."


def _cannot_wait(where: str, names: tuple[str, ...], vendor: str) -> UsageError:
    flags = [commands.option(name, "")[0] for name in names]
    return UsageError(
        f"{where} needs {', '.join(flags)}, which {vendor} shows later; only the trust policy of a role can wait for that",
        "Give the value. Where the integration is a file, use the input only in the trust policy of a role.",
    )
