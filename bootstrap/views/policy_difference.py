"""What differs between two policy documents, statement by statement, in as few lines as a reviewer needs."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bootstrap.core import policy

Lines = Iterator[tuple[str, str]]
"""(symbol, text): + is new, - is removed, ~ names the statement in which the lines below it differ."""


def policy_lines(before: Any, after: Any) -> Lines:
    """Statements are paired by their Sid; those that mean the same are not shown."""
    old, new = _statements(before), _statements(after)
    if _version(before) != _version(after):
        yield "~", f"Version: {_version(before)} -> {_version(after)}"
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            yield "-", f"{name}: {_short(old[name])}"
        elif name not in old:
            yield "+", f"{name}: {_short(new[name])}"
        elif _meaning(old[name]) != _meaning(new[name]):
            yield "~", name
            yield from _field_lines(old[name], new[name])


def _field_lines(old: Mapping[str, Any], new: Mapping[str, Any]) -> Lines:
    for field in dict.fromkeys([*old, *new]):
        if field == "Sid" or _meaning({field: old.get(field, [])}) == _meaning({field: new.get(field, [])}):
            continue
        has, wants = old.get(field), new.get(field)
        if isinstance(has, list) and isinstance(wants, list):
            before, after = (dict.fromkeys(map(json.dumps, items)) for items in (has, wants))
            yield from (("-", f"  {field}: {item}") for item in before if item not in after)
            yield from (("+", f"  {field}: {item}") for item in after if item not in before)
            continue
        if has:
            yield "-", f"  {field}: {json.dumps(has)}"
        if wants:
            yield "+", f"  {field}: {json.dumps(wants)}"


def _statements(document: Any) -> dict[str, Mapping[str, Any]]:
    """By Sid; a statement without one, or with one that is taken, by its place."""
    found: dict[str, Mapping[str, Any]] = {}
    listed = document.get("Statement", []) if isinstance(document, dict) else []
    for number, item in enumerate(listed if isinstance(listed, list) else [listed], start=1):
        if isinstance(item, dict):
            name = str(item.get("Sid") or f"statement {number}")
            found[name if name not in found else f"{name} ({number})"] = item
    return found


def _version(document: Any) -> Any:
    return document.get("Version") if isinstance(document, dict) else None


def _meaning(statement: Mapping[str, Any]) -> Any:
    return policy.canonical({"Statement": [statement]})


def _short(statement: Mapping[str, Any]) -> str:
    return json.dumps({key: value for key, value in statement.items() if key != "Sid"})
