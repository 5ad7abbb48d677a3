"""What a look at a deployment came to: one row where several are shown. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bootstrap.core.security_difference import SecurityDifference

Result = Literal["up to date", "waiting", "rotating", "differs", "cannot be read", "failed"]
"""`waiting`: for what the vendor is still to show; nothing differs. `rotating`: the role accepts two external ids; nothing
differs. `cannot be read`: the state or a resource. `failed`: a
check, or the sign-in."""


@dataclass(frozen=True, kw_only=True)
class DeploymentStatus:
    """`accounts` are their ids. What is not known, because the state cannot be read, is empty. `reason` says what differs,
    cannot be read or failed, and `advice` what to do. `warning` says that the state was edited."""

    deployment: str
    integration: str = ""
    accounts: tuple[str, ...] = ()
    region: str = ""
    result: Result
    differences: int = 0
    reason: str = ""
    advice: str = ""
    warning: str = ""
    security: tuple[SecurityDifference, ...] = ()
    """Each difference, judged by whether it widens access, where that was asked for."""

    @property
    def widened(self) -> tuple[SecurityDifference, ...]:
        return tuple(each for each in self.security if each.widens)

    @property
    def words(self) -> str:
        """The result in a column."""
        if self.result != "differs":
            return self.result
        return "1 difference" if self.differences == 1 else f"{self.differences} differences"


def exit_code(found: Iterable[DeploymentStatus], *, detailed: bool) -> int:
    """As for one deployment: 1 if any could not be checked, else, with `detailed`, 2 if any differs."""
    results = {each.result for each in found}
    if results & {"cannot be read", "failed"}:
        return 1
    return 2 if detailed and "differs" in results else 0


def security_exit_code(found: Iterable[DeploymentStatus]) -> int:
    """1 if any could not be judged, else 2 if somebody has more access than bootstrap gave."""
    rows = list(found)
    return exit_code(rows, detailed=False) or (2 if any(each.widened for each in rows) else 0)
