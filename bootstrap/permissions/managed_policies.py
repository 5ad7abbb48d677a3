"""What the AWS managed policies contain, without asking AWS.

Source: AWS's published documents, through the package moto; scripts/refresh_managed_policies.py rewrites the file.
"""

import gzip
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

FILE = "managed_policies.json.gz"

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
    found = _content()["policies"].get(arn.split(":", 5)[5]) if is_of_aws(arn) else None
    if not found:
        return None
    return ManagedPolicy(arn.rpartition("/")[2], found["version"], found["updated"], json.loads(found["document"]))


def is_of_aws(arn: str) -> bool:
    """Whether AWS publishes the policy: instead of an account, its ARN has `aws`."""
    parts = arn.split(":", 5)
    return len(parts) == 6 and parts[4] == "aws"


def names() -> Collection[str]:
    """What can stand behind arn:PARTITION:iam::aws:policy/."""
    return [name.partition("/")[2] for name in _content()["policies"]]


def is_lock(arn: str) -> bool:
    """Whether it is a policy of AWS's that only denies: AWS attaches it to a role whose keys leaked, administrators to stop
    one. Anybody can give such a name to a policy of the account."""
    return is_of_aws(arn) and arn.rpartition("/")[2].startswith(_LOCKS)


def source() -> str:
    """Where the documents come from: a package and its version."""
    return str(_content()["source"])


@cache
def _content() -> Mapping[str, Any]:
    """{"source": ..., "policies": {"policy/NAME": {"version", "updated", "document"}}}. A document is text, so that only one
    that is attached is parsed. Loading it takes some hundredths of a second."""
    packed = resources.files("bootstrap.permissions").joinpath("data", FILE).read_bytes()
    content: Mapping[str, Any] = json.loads(gzip.decompress(packed))
    return content
