"""What one statement of an identity policy allows or denies."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bootstrap.permissions.lint.finding import DOMAINS, Finding, condition_keys, items
from bootstrap.permissions.wildcards import Patterns

_ALL_OF_A_TYPE = {"*", "*/*", "role/*", "user/*", "group/*", "policy/*", "function:*", "instance/*", "document/*"}
_ALL_OF_A_TYPE |= {"secret:*", "parameter/*", "key/*", "table/*", "stream/*", "log-group:*", "cluster:*", "dbuser:*/*"}
SAYS_NOT_ON_WHICH = re.compile(
    r"aws:(requestedregion|sourceip|securetransport|multifactorauth\w+|currenttime)|iam:passedtoservice"
)
"""Condition keys (lower case) that say where, when or how a request comes, but not on which resources."""


@dataclass(frozen=True)
class Grant:
    """One Allow statement, or one Deny; `where` is its path, with the name of its document."""

    statement: dict[str, Any]
    where: str

    def allows(self, action: str) -> bool:
        """Whether the statement is about the action, on whatever resources and conditions."""
        return bool(self._actions.meeting(action.lower())) is not ("NotAction" in self.statement)

    def allows_widely(self, action: str) -> bool:
        return self.is_unlimited and self.allows(action)

    @property
    def resources(self) -> list[str]:
        """The ARNs; a NotResource counts as everything."""
        return ["*"] if "NotResource" in self.statement else [arn for _, arn in items(self.statement, "Resource", "")]

    @property
    def is_about_everything(self) -> bool:
        """Whether it is about each resource of each type, always: what a Deny has to be to rule something out."""
        return "NotResource" not in self.statement and "*" in self.resources and not self.statement.get("Condition")

    @cached_property
    def is_wide(self) -> bool:
        """Whether it names all resources, or all of one type."""
        return any(
            arn == "*" or (arn.startswith("arn:") and arn.split(":", 5)[-1] in _ALL_OF_A_TYPE) for arn in self.resources
        )

    @cached_property
    def is_unlimited(self) -> bool:
        """Whether it is wide, and no condition limits the resources."""
        return self.is_wide and all(SAYS_NOT_ON_WHICH.fullmatch(key.lower()) for _, key, _ in condition_keys(self.statement))

    def passes_to(self, services: Sequence[str]) -> bool:
        """Whether iam:PassedToService allows one of the services ("ec2")."""
        names = [f"{name}.{domain}" for name in services for domain in DOMAINS]
        return all(any(test.meeting(name) for name in names) for test in self._passed_to)

    def finding(self, code: str, text: str) -> Finding:
        sid = self.statement.get("Sid", "")
        return Finding("warning", code, self.where, text, sid if isinstance(sid, str) else "")

    @cached_property
    def _actions(self) -> Patterns:
        field = "NotAction" if "NotAction" in self.statement else "Action"
        return Patterns(pattern.lower() for _, pattern in items(self.statement, field, ""))

    @cached_property
    def _passed_to(self) -> list[Patterns]:
        return [
            Patterns(value.lower() for value in values)
            for operator, key, values in condition_keys(self.statement)
            if key.lower() == "iam:passedtoservice" and "not" not in operator.lower()
        ]
