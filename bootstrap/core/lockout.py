"""A change of the external id that locks the vendor out, because no role accepts the one in use any more. Pure."""

from collections.abc import Sequence
from typing import Any

from bootstrap.core.graph import Graph
from bootstrap.core.input import EXTERNAL_ID
from bootstrap.core.integration import Integration
from bootstrap.core.policy import as_list
from bootstrap.core.rotation import previous_of, rotate_command
from bootstrap.core.state import State

_KEY = "sts:externalid"


def lockout(graph: Graph, stored: State | None, integration: Integration, flags: Sequence[str] = ()) -> str:
    """A warning, if a role no longer accepts any of the external ids that it was recorded to accept; else ""."""
    for address, node in graph.nodes.items():
        record = stored.records.get(address) if stored else None
        had = tested_ids(record.properties) if record else []
        has = tested_ids(node.resource.properties())
        if stored and had and has and not set(had) & set(has):
            now = integration.current_external_id
            can_rotate = now in has and stored.inputs.get(EXTERNAL_ID) in had and not previous_of(stored.inputs)
            rotate = rotate_command(stored.deployment, flags, "--external-id", now)
            return (
                f"Warning: the external id changes from {' and '.join(had)} to {' and '.join(has)}. {integration.vendor} is "
                "locked out until it uses the new one."
            ) + (f" To have both accepted until then, instead run: {rotate}" if can_rotate else "")
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
