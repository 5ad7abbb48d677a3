"""What the AWS managed policies that our integrations attach contain, without asking AWS.

Source: AWS's published documents, through the package moto; scripts/refresh_managed_policies.py rewrites the file.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

FILE = "managed_policies.json"

_LOCKS = ("AWSCompromisedKeyQuarantine", "AWSDenyAll")
"""Name prefixes of policies that take permissions away. Source: AWS managed policy reference guide."""


@dataclass(frozen=True)
class ManagedPolicy:
    """`version` is AWS's ("v15"), `updated` is its date (ISO 8601)."""

    name: str
    version: str
    updated: str
    document: Mapping[str, Any]


def managed_policy(arn: str) -> ManagedPolicy | None:
    """The policy of this ARN, in any partition; None for one of the account's own, or one that the file lacks."""
    parts = arn.split(":", 5)
    found = _policies().get(parts[5]) if len(parts) == 6 and parts[4] == "aws" else None
    return ManagedPolicy(name=arn.rpartition("/")[2], **found) if found else None


def is_lock(name: str) -> bool:
    """Whether a policy of this name only denies: AWS attaches it to a role whose keys leaked, administrators to stop one."""
    return name.startswith(_LOCKS)


def source() -> str:
    """Where the documents come from: a package and its version."""
    return str(_content()["source"])


def _policies() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = _content()["policies"]
    return found


@cache
def _content() -> Mapping[str, Any]:
    """{"source": ..., "policies": {"policy/NAME": {"version", "updated", "document"}}}."""
    text = resources.files("bootstrap.permissions").joinpath("data", FILE).read_text(encoding="utf-8")
    content: Mapping[str, Any] = json.loads(text)
    return content
