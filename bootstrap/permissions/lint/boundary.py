"""What a permissions boundary blocks: a role may do only what both its policies and the boundary allow.

Source: IAM user guide, access_policies_boundaries (a boundary grants nothing; an action that it does not allow is denied).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from bootstrap.permissions.actions import Table
from bootstrap.permissions.lint.finding import items
from bootstrap.permissions.wildcards import Patterns


def blocked_by(boundary: Any, documents: Iterable[Any], table: Table) -> list[str]:
    """The actions of the documents that the boundary does not allow, and the patterns that it does not allow in full.

    Resources and conditions of the boundary's Allow statements are ignored: what is returned is certainly blocked, and
    other actions may be blocked, too.
    """
    statements = (statement for document in documents for statement in _statements(document, "Allow"))
    patterns = {pattern for statement in statements for _, pattern in items(statement, "Action", "")}
    asked = {
        pattern: {action.name.lower() for action in table.matching(pattern)} or {pattern.lower()} for pattern in patterns
    }
    names = Patterns(set[str]().union(*asked.values()), literal=True)
    allowed = _named(_statements(boundary, "Allow"), names)
    denied = _named((each for each in _statements(boundary, "Deny") if _always_applies(each)), names)
    passed = set(names.of(allowed & ~denied))
    return sorted(pattern for pattern, wanted in asked.items() if not wanted <= passed)


def _named(statements: Iterable[dict[str, Any]], names: Patterns) -> int:
    found = 0
    for statement in statements:
        field = "NotAction" if "NotAction" in statement else "Action"
        matched = 0
        for _, pattern in items(statement, field, ""):
            matched |= names.meeting("*" if pattern == "*:*" else pattern.lower())
        found |= names.all & ~matched if field == "NotAction" else matched
    return found


def _always_applies(deny: dict[str, Any]) -> bool:
    """Whether it denies on every resource and without a condition."""
    return any(arn == "*" for _, arn in items(deny, "Resource", "")) and not deny.get("Condition")


def _statements(document: Any, effect: str) -> Iterator[dict[str, Any]]:
    found = document.get("Statement", []) if isinstance(document, dict) else []
    for statement in found if isinstance(found, list) else [found]:
        if isinstance(statement, dict) and statement.get("Effect") == effect:
            yield statement
