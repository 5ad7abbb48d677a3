"""An integration explained, from the same data that makes its resources."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration, examples, inputs_of
from bootstrap.permissions.role_grants import grants_by_role


def explain(integration: type[Integration]) -> dict[str, Any]:
    """Inputs, resources, permissions with reasons, deviations: JSON-able."""
    example = integration.example()
    graph = Graph(examples(example))
    handoff = example.build(graph)
    roles = grants_by_role(graph, example.statements)
    return {
        "name": integration.name,
        "title": integration.title,
        "pages": list(integration.pages),
        "inputs": [
            {
                "flag": item.flag,
                "metavar": None if item.kind == "flag" else "|".join(item.choices) or item.metavar,
                "help": item.help,
                "required": item.required,
                "default": item.default if item.kind != "list" else list(item.default or ()),
            }
            for item in inputs_of(integration)
        ],
        "resources": [
            {
                "address": node.address,
                "kind": node.resource.kind,
                "name": node.resource.resolved(graph.predicted_output).label,
            }
            for node in graph.nodes.values()
        ],
        "permissions": [
            {
                "role": found.role,
                "sid": item.sid,
                "actions": list(item.actions),
                "resources": list(item.resources),
                "principals": {kind: list(names) for kind, names in item.principals.items()},
                "conditions": {key: dict(value) for key, value in item.conditions.items()},
                "why": item.why,
                "source": item.source,
            }
            for found in roles
            for item in (*found.trusts, *found.statements)
        ],
        "policies": [
            {"role": found.role, "policy": item.policy, "why": item.why, "source": item.source}
            for found in roles
            for item in found.attached
        ],
        "deviations": [
            {"page": item.page, "sent": item.sent, "why": item.why, "source": item.source} for item in integration.deviations
        ],
        "handoff": [*handoff.commands, *handoff.values],
    }


def lines(content: Mapping[str, Any]) -> Iterator[str]:
    """The explanation as text, wrapped to 100 columns."""
    yield f"{content['name']}: {content['title']}"
    for page in content["pages"]:
        yield f"  {page}"
    yield ""
    yield "Inputs"
    for item in content["inputs"]:
        default = f" (default: {_default(item['default'])})" if item["default"] else ""
        yield f"  {item['flag']} {item['metavar'] or ''}".rstrip()
        yield from _wrapped(item["help"] + (" (required)" if item["required"] else default), 6)
    yield ""
    yield "Resources (with example inputs)"
    for item in content["resources"]:
        yield f"  {item['address']:<28} {item['kind']:<22} {item['name']}"
    yield ""
    yield "Permissions of each role, with the vendor's reason"
    for role in dict.fromkeys(item["role"] for item in (*content["permissions"], *content["policies"])):
        yield f"  {role}"
        yield from _permissions(item for item in content["permissions"] if item["role"] == role)
        for item in content["policies"]:
            if item["role"] == role:
                yield from _wrapped(f"{item['policy']}: {item['why']} ({item['source']})", 4)
    yield ""
    yield "Where we deviate from the vendor's page, or follow it with a warning"
    for item in content["deviations"]:
        yield from _wrapped(f"page: {item['page']}", 2)
        yield from _wrapped(f"sent: {item['sent']}", 4)
        yield from _wrapped(f"why:  {item['why']} ({item['source']})", 4)
    yield ""
    yield "Values to hand over"
    yield f"  {', '.join(content['handoff'])}"


def _permissions(permissions: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for item in permissions:
        who = ", ".join(name for names in item["principals"].values() for name in names)
        yield from _wrapped(f"{item['sid']}: {item['why']}", 4)
        yield from _wrapped(", ".join(item["actions"]), 8)
        yield from _wrapped(f"by {who}" if who else f"on {', '.join(item['resources'])}", 8)
        for operator, test in item["conditions"].items():
            for key, value in test.items():
                yield from _wrapped(f"only if {key} {operator} {value if isinstance(value, str) else ', '.join(value)}", 8)


def _default(value: Any) -> str:
    """A default as a user writes it."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "on" if value is True else str(value)


def _wrapped(text: str, indent: int) -> list[str]:
    space = " " * indent
    return textwrap.wrap(
        text, 100, initial_indent=space, subsequent_indent=space + "  ", break_long_words=False, break_on_hyphens=False
    )
