"""One set of credentials of a cage (`permissions/cage.py`), and which of them is for a call. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from bootstrap.core.account import DEFAULT
from bootstrap.core.permission import Operation
from bootstrap.core.policy import Document
from bootstrap.permissions.operator import Need
from bootstrap.permissions.s3_actions import S3_ACTIONS

PREFIXES = {"resourcegroupstaggingapi": "tag", "s3control": "s3", "service-quotas": "servicequotas"}
"""What the actions of a client's service begin with, where that is not its name."""


@dataclass(frozen=True)
class CredentialSet:
    """`name` is unique in the account: "ec2 2". `addresses` are those of the resources that use it; a set without any is for
    the looks at the service `looks`. `part` is "" in a set for all calls about a resource, else what those calls do."""

    account: str
    name: str
    needs: tuple[Need, ...]
    policy: Document
    addresses: tuple[str, ...] = ()
    looks: str = ""
    part: Operation | Literal[""] = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.account, self.name

    @property
    def label(self) -> str:
        """The name, with the account where it is not the only one."""
        return self._in_account(self.name)

    @property
    def service(self) -> str:
        """The service of the resources, with the account where it is not the only one."""
        return self._in_account(self.name.partition(" ")[0])

    def _in_account(self, name: str) -> str:
        return name if self.account == DEFAULT else f"{self.account}: {name}"

    @property
    def text(self) -> str:
        """The policy as STS gets it."""
        return text_of(self.policy)

    @property
    def wildcards(self) -> dict[str, str]:
        """Why, by "ACTION on ARN", for each that has a `*`."""
        return {f"{need.action} on {need.arn}": need.wide for need in self.needs if "*" in need.arn}

    def as_json(self) -> dict[str, Any]:
        return {
            "account": self.account,
            "name": self.name,
            "addresses": list(self.addresses),
            "policy": self.policy,
            "characters": len(self.text),
            "wildcards": self.wildcards,
        }


def set_of_call(sets: Iterable[CredentialSet], service: str, operation: str) -> CredentialSet | None:
    """Which of the sets for one resource is for a call, as the SDK names it; None for a call that the plan does not need."""
    prefix = PREFIXES.get(service, service)
    action = f"{prefix}:{S3_ACTIONS.get(operation, operation) if prefix == 's3' else operation}"
    return next((each for each in sets if any(need.action == action for need in each.needs)), None)


def text_of(policy: Document) -> str:
    return json.dumps(policy, separators=(",", ":"), ensure_ascii=False)
