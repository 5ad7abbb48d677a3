"""The caller as STS identifies it, and which user or role of IAM that is.

Source: IAM user guide, reference_identifiers (the ARN of a session has the name of its role, but not the role's path).
"""

import re
from typing import NamedTuple

from bootstrap.core.account import Account

_SESSION = re.compile(r"arn:[^:]+:sts::[0-9]+:assumed-role/([^/]+)/")
_USER_OR_ROLE = re.compile(r"arn:[^:]+:iam::[0-9]+:(user|role)/.+")


class Principal(NamedTuple):
    """The ARN of a user or role, or a pattern for it; `wide` says why it is a pattern."""

    arn: str
    wide: str = ""


def role_of(caller: str) -> str:
    """The name of the role when the caller is a session of one, otherwise ""."""
    found = _SESSION.match(caller)
    return found[1] if found else ""


def is_principal(arn: str) -> bool:
    """Whether it is the ARN of a user or a role, to which policies can be attached."""
    return bool(_USER_OR_ROLE.fullmatch(arn))


def principals(caller: str, account: Account) -> tuple[Principal, ...]:
    """The users and roles that the caller can be: all of the account when its ARN is not known."""
    here = f"arn:{account.partition}:iam::{account.id}"
    if is_principal(caller):
        return (Principal(caller),)
    if role := role_of(caller):
        path = "the ARN of a session does not contain the path of its role"
        return Principal(f"{here}:role/{role}"), Principal(f"{here}:role/*/{role}", path)
    unknown = "who will run bootstrap is not known; name the user or role with --operator ARN"
    return Principal(f"{here}:role/*", unknown), Principal(f"{here}:user/*", unknown)
