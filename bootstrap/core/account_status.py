"""What became of a fleet in one account: one row of its status. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Result = Literal[
    "up to date",
    "working",
    "differs",
    "failed",
    "suspended",
    "drifted",
    "not compared",
    "deleted",
    "not tried",
    "left",
    "gone",
]
"""`working`: an operation is at it. `failed`: what CloudFormation cannot repair by itself. `suspended`: CloudFormation skips
the account. `drifted`: somebody changed a resource of the stack, as the last detection found. `not compared`: this
detection failed there, or ended before. After a destroy, the stack is
`deleted`, or the destroy ended before it (`not tried`), or CloudFormation could not reach it, as the account `left` the
organization or the unit, or it was `gone` when this destroy went on with an earlier one."""
_PLAIN: Collection[Result] = ("up to date", "deleted")


@dataclass(frozen=True, kw_only=True)
class AccountStatus:
    """`unit` is the organizational unit, "" if unknown; `drifts` has a text for each resource that has drifted."""

    account: str
    unit: str = ""
    region: str = ""
    result: Result
    reason: str = ""
    drifts: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "drifts": list(self.drifts)}


def remarkable(found: Iterable[AccountStatus]) -> list[AccountStatus]:
    """Those of which a person should know more than their number."""
    return [each for each in found if each.result not in _PLAIN]


def differs(found: Iterable[AccountStatus]) -> bool:
    """Whether any account is not as the fleet should be. What only waits, or is skipped by AWS, is no difference."""
    return any(each.result in ("differs", "failed", "drifted") for each in found)
