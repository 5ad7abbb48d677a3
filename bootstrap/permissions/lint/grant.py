"""What one statement of an identity policy allows, or denies."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bootstrap.permissions.lint.finding import DOMAINS, Finding, condition_keys, items
from bootstrap.permissions.wildcards import Patterns

_WIDE = {"*", "*/*", "role/*", "user/*", "group/*", "policy/*", "function:*", "instance/*", "document/*"}
NOT_NARROWING = re.compile(
    r"aws:(requestedregion|sourceip|securetransport|multifactorauth\w+|currenttime)|iam:passedtoservice"
)


@dataclass(frozen=True)
class Grant:
    """One Allow statement, or a Deny, with its path and the name of the document that it is in."""

    statement: dict[str, Any]
    where: str

    def allows(self, action: str) -> bool:
        return bool(self._actions.meeting(action.lower())) is not ("NotAction" in self.statement)

    @cached_property
    def _actions(self) -> Patterns:
        field = "NotAction" if "NotAction" in self.statement else "Action"
        return Patterns(pattern.lower() for _, pattern in items(self.statement, field, ""))

    def resources(self) -> list[str]:
        """What NotResource leaves is taken for everything."""
        return ["*"] if "NotResource" in self.statement else [arn for _, arn in self._items("Resource")]

    @cached_property
    def is_wide(self) -> bool:
        """On all things, if it is not for the conditions."""
        return any(arn == "*" or (arn.startswith("arn:") and arn.split(":", 5)[-1] in _WIDE) for arn in self.resources())

    @cached_property
    def is_wide_open(self) -> bool:
        """On all things, and under no condition that says on which."""
        return self.is_wide and all(NOT_NARROWING.fullmatch(key.lower()) for _, key, _ in condition_keys(self.statement))

    def allows_widely(self, action: str) -> bool:
        return self.is_wide_open and self.allows(action)

    def passes_to(self, services: Sequence[str]) -> bool:
        """Whether iam:PassedToService lets a role go to one of the services."""
        names = [f"{name}.{domain}" for name in services for domain in DOMAINS]
        return all(any(test.meeting(name) for name in names) for test in self._services)

    @cached_property
    def _services(self) -> list[Patterns]:
        return [
            Patterns(value.lower() for value in values)
            for operator, key, values in condition_keys(self.statement)
            if key.lower() == "iam:passedtoservice" and "not" not in operator.lower()
        ]

    def _items(self, field: str) -> Iterator[tuple[str, str]]:
        return items(self.statement, field, self.where)

    def finding(self, code: str, text: str) -> Finding:
        sid = self.statement.get("Sid", "")
        return Finding("warning", code, self.where, text, sid if isinstance(sid, str) else "")
