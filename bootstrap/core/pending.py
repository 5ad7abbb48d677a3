"""What a vendor shows only once it has the role's ARN: until then a marker stands for it, and the role lets nobody in. Pure.

Source: IAM user guide reference_policies_evaluation-logic (a trust policy has to allow a principal; an explicit deny
overrides every allow) and reference_policies_elements_principal (a trust policy needs a Principal).
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from bootstrap.core import commands
from bootstrap.core.graph import Graph
from bootstrap.core.handoff import Handoff, Waiting, own
from bootstrap.core.input import EXTERNAL_ID, LATER, Choice, Input
from bootstrap.core.policy import VERSION, Document, canonical
from bootstrap.core.policy_text import texts
from bootstrap.core.resource import Resource
from bootstrap.errors import UsageError

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
    found = [value] if isinstance(value, str) else [text for _, text in texts(_listed(value))]
    return tuple(dict.fromkeys(name for text in found for name in _MARKER.findall(text)))


def pending_fields(resource: Resource) -> Mapping[str, tuple[str, ...]]:
    """The fields with markers, each with the names of the inputs."""
    return {name: names for name, value in resource.properties().items() if (names := pending(value))}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


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
    names_of = " and the ".join(name.replace("_", " ") for name in waiting.inputs)
    complete = (
        f"Until {waiting.vendor} has shown the {names_of}, the role lets nobody in. Then run this, which asks for what is "
        f"missing: {own('complete')}"
    )
    return replace(
        handoff,
        values={label: text for label, text in handoff.values.items() if not pending(text)},
        steps=(*(step for step in handoff.steps if not pending(step)), complete),
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
        found |= {EXTERNAL_ID, *(name for way in ways for name in way if known[name].kind == "text")}
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


def later_hint(known: Mapping[str, Input], missing: Collection[str], vendor: str) -> str:
    """How to go on without the external id, or "" where it is not missing."""
    if EXTERNAL_ID not in missing or LATER not in known:
        return ""
    return f"If {vendor} shows the external id only once it has the role's ARN, add {known[LATER].flag}."


def _cannot_wait(where: str, names: tuple[str, ...], vendor: str) -> UsageError:
    flags = [commands.option(name, "")[0] for name in names]
    return UsageError(
        f"{where} needs {', '.join(flags)}, which {vendor} shows later; only the trust policy of a role can wait for that",
        "Give the value. Where the integration is a file, use the input only in the trust policy of a role.",
    )
