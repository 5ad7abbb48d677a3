"""Who runs bootstrap, as STS tells it, and which user or role of IAM that is.

Source: IAM user guide, reference_identifiers (the ARN of a session has its role's name, and not the role's path).
"""

import re
from typing import NamedTuple

from bootstrap.core.account import Account

_SESSION = re.compile(r"arn:[^:]+:sts::[0-9]+:assumed-role/([^/]+)/")
_OWNER_OF_POLICIES = re.compile(r"arn:[^:]+:iam::[0-9]+:(user|role)/.+")


class Principal(NamedTuple):
    """A user or role as an ARN or a pattern for it; `wide` says why it is a pattern."""

    arn: str
    wide: str = ""


def role_of(caller: str) -> str:
    """The name of the role whose session the caller is, or ""."""
    found = _SESSION.match(caller)
    return found[1] if found else ""


def is_principal(arn: str) -> bool:
    """Whether it is the ARN of a user or a role: what policies are attached to."""
    return bool(_OWNER_OF_POLICIES.fullmatch(arn))


def principals(caller: str, account: Account) -> tuple[Principal, ...]:
    """What the caller's ARN leaves open, as patterns: all of the account's where it tells nothing."""
    here = f"arn:{account.partition}:iam::{account.id}"
    if is_principal(caller):
        return (Principal(caller),)
    if role := role_of(caller):
        path = "the ARN of a session does not tell the path of its role"
        return Principal(f"{here}:role/{role}"), Principal(f"{here}:role/*/{role}", path)
    unknown = "who will run it is not known; --operator ARN says it"
    return Principal(f"{here}:role/*", unknown), Principal(f"{here}:user/*", unknown)
