"""What a permissions boundary keeps from a role: the role may do what both its policies and the boundary allow.

Source: IAM user guide, access_policies_boundaries (a boundary grants nothing; an action that it does not allow is denied).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from bootstrap.core.actions import Table, wildcards
from bootstrap.core.lint.finding import items


def kept_back(boundary: Any, documents: Iterable[Any], table: Table) -> list[str]:
    """The actions of the documents of which the boundary lets none through, or not all that a pattern stands for.

    By actions alone: on which things and under which conditions it lets them through is not looked at, so what is told
    is certain, and what is not told may still be denied.
    """
    found: dict[str, None] = {}
    for document in documents:
        for statement in _statements(document, "Allow"):
            for _, pattern in items(statement, "Action", ""):
                names = [action.name for action in table.matching(pattern)] or [pattern]
                if not all(_lets_through(boundary, name) for name in names):
                    found[pattern] = None
    return sorted(found)


def _lets_through(boundary: Any, action: str) -> bool:
    denied = any(
        _names(statement, action) and _is_everything(statement) and not statement.get("Condition")
        for statement in _statements(boundary, "Deny")
    )
    return not denied and any(_names(statement, action) for statement in _statements(boundary, "Allow"))


def _names(statement: dict[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(wildcards(pattern).fullmatch(action) for _, pattern in items(statement, "NotAction", ""))
    return any(wildcards(pattern).fullmatch(action) for _, pattern in items(statement, "Action", ""))


def _is_everything(statement: dict[str, Any]) -> bool:
    return any(arn == "*" for _, arn in items(statement, "Resource", ""))


def _statements(document: Any, effect: str) -> Iterator[dict[str, Any]]:
    found = document.get("Statement", []) if isinstance(document, dict) else []
    for statement in found if isinstance(found, list) else [found]:
        if isinstance(statement, dict) and statement.get("Effect") == effect:
            yield statement
