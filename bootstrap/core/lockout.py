"""A change of the external id that locks the vendor out, because no role accepts the one in use any more. Pure."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from bootstrap.core.external_id import typed_external_id
from bootstrap.core.graph import Graph
from bootstrap.core.input import EXTERNAL_ID
from bootstrap.core.integration import Integration
from bootstrap.core.plan import Plan
from bootstrap.core.policy import as_list
from bootstrap.core.rotation import previous_of, rotate_command
from bootstrap.core.state import State

_KEY = "sts:externalid"


def lockout(graph: Graph, plan: Plan, stored: State | None, integration: Integration, flags: Sequence[str] = ()) -> str:
    """A warning, if a role no longer accepts any of the external ids that AWS has, or that it was recorded to accept; else
    ""."""
    in_aws = {change.address: tested_ids([item.before for item in change.differences]) for change in plan.changes}
    for address, node in graph.nodes.items():
        record = stored.records.get(address) if stored else None
        recorded = tested_ids(record.properties) if record else []
        has = tested_ids(node.resource.properties())
        had = in_aws.get(address) or recorded
        if not (stored and recorded and had and has) or set(had) & set(has):
            continue
        now, before = integration.current_external_id, stored.inputs.get(EXTERNAL_ID)
        can_rotate = now in has and before in recorded and not previous_of(stored.inputs)
        changes = (
            f"Warning: the external id changes from {' and '.join(had)} to {' and '.join(has)}. {integration.vendor} is "
        )
        changes += "locked out until it uses the new one."
        if can_rotate and now != before:
            rotate = rotate_command(stored.deployment, flags, "--external-id", now)
            return f"{changes} To have both accepted until then, instead run: {rotate}"
        if can_rotate and (there := _typed(had[0])):  # the inputs stay, and AWS has another one
            rotate = rotate_command(stored.deployment, flags, "--external-id", there)
            return f"{changes} If {there} is the right one, instead run: {rotate}"
        return changes
    return ""


def _typed(value: str) -> str:
    """One that somebody put into AWS, if it can be an input."""
    with suppress(ValueError):
        return typed_external_id(value)
    return ""


def tested_ids(value: Any) -> list[str]:
    """The external ids that are tested anywhere in nested JSON, each once."""
    match value:
        case dict():
            found = [
                each
                for key, item in value.items()
                for each in (map(str, as_list(item)) if str(key).lower() == _KEY else tested_ids(item))
            ]
        case list() | tuple():
            found = [each for item in value for each in tested_ids(item)]
        case _:
            found = []
    return list(dict.fromkeys(found))
