"""What a permissions boundary keeps from a role: the role may do what both its policies and the boundary allow.

Source: IAM user guide, access_policies_boundaries (a boundary grants nothing; an action that it does not allow is denied).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from bootstrap.permissions.actions import Table
from bootstrap.permissions.lint.finding import items
from bootstrap.permissions.wildcards import Patterns


def kept_back(boundary: Any, documents: Iterable[Any], table: Table) -> list[str]:
    """The actions of the documents of which the boundary lets none through, or not all that a pattern stands for.

    By actions alone: on which things and under which conditions it lets them through is not looked at, so what is told
    is certain, and what is not told may still be denied.
    """
    statements = (statement for document in documents for statement in _statements(document, "Allow"))
    patterns = {pattern for statement in statements for _, pattern in items(statement, "Action", "")}
    asked = {
        pattern: {action.name.lower() for action in table.matching(pattern)} or {pattern.lower()} for pattern in patterns
    }
    names = Patterns(set[str]().union(*asked.values()), literal=True)
    allowed = _named(_statements(boundary, "Allow"), names)
    denied = _named((each for each in _statements(boundary, "Deny") if _is_certain(each)), names)
    passing = set(names.of(allowed & ~denied))
    return sorted(pattern for pattern, wanted in asked.items() if not wanted <= passing)


def _named(statements: Iterable[dict[str, Any]], names: Patterns) -> int:
    found = 0
    for statement in statements:
        field = "NotAction" if "NotAction" in statement else "Action"
        meant = 0
        for _, pattern in items(statement, field, ""):
            meant |= names.meeting("*" if pattern == "*:*" else pattern.lower())
        found |= names.all & ~meant if field == "NotAction" else meant
    return found


def _is_certain(deny: dict[str, Any]) -> bool:
    """Whether it is about everything, whatever the request."""
    return any(arn == "*" for _, arn in items(deny, "Resource", "")) and not deny.get("Condition")


def _statements(document: Any, effect: str) -> Iterator[dict[str, Any]]:
    found = document.get("Statement", []) if isinstance(document, dict) else []
    for statement in found if isinstance(found, list) else [found]:
        if isinstance(statement, dict) and statement.get("Effect") == effect:
            yield statement
