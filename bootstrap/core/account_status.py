"""What became of a fleet in one account: one row of its status. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Result = Literal["up to date", "working", "differs", "failed", "suspended", "drifted"]
"""`working`: an operation is at it. `failed`: what CloudFormation cannot repair by itself. `suspended`: CloudFormation skips
the account. `drifted`: somebody changed a resource of the stack, as the last detection found."""


@dataclass(frozen=True, kw_only=True)
class AccountStatus:
    """`unit` is the organizational unit, "" if unknown; `drifts` has a text for each resource that has drifted."""

    account: str
    unit: str = ""
    region: str = ""
    result: Result
    reason: str = ""
    drifts: tuple[str, ...] = ()


def differs(found: Iterable[AccountStatus]) -> bool:
    """Whether any account is not as the fleet should be. What only waits, or is skipped by AWS, is no difference."""
    return any(each.result in ("differs", "failed", "drifted") for each in found)
