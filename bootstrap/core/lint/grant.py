"""What one statement of an identity policy allows, or denies."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bootstrap.core.actions import wildcards
from bootstrap.core.lint.finding import Finding, condition_keys, items

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
        if "NotAction" in self.statement:
            return not any(wildcards(pattern).fullmatch(action) for _, pattern in self._items("NotAction"))
        return any(wildcards(pattern).fullmatch(action) for _, pattern in self._items("Action"))

    def resources(self) -> list[str]:
        """What NotResource leaves is taken for everything."""
        return ["*"] if "NotResource" in self.statement else [arn for _, arn in self._items("Resource")]

    def is_wide(self) -> bool:
        """On all things, if it is not for the conditions."""
        return any(arn == "*" or (arn.startswith("arn:") and arn.split(":", 5)[-1] in _WIDE) for arn in self.resources())

    def allows_widely(self, action: str) -> bool:
        """On all things, and under no condition that says on which."""
        keys = [key.lower() for _, key, _ in condition_keys(self.statement)]
        return self.is_wide() and self.allows(action) and all(NOT_NARROWING.fullmatch(key) for key in keys)

    def passes_to(self, services: Sequence[str]) -> bool:
        """Whether iam:PassedToService lets a role go to one of the services."""
        tests = [
            values
            for operator, key, values in condition_keys(self.statement)
            if key.lower() == "iam:passedtoservice" and "not" not in operator.lower()
        ]
        return all(
            any(
                wildcards(value).fullmatch(f"{name}.amazonaws.com{end}")
                for value in values
                for name in services
                for end in ("", ".cn")
            )
            for values in tests
        )

    def _items(self, field: str) -> Iterator[tuple[str, str]]:
        return items(self.statement, field, self.where)

    def finding(self, code: str, text: str) -> Finding:
        sid = self.statement.get("Sid", "")
        return Finding("warning", code, self.where, text, sid if isinstance(sid, str) else "")
