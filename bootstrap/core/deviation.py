"""A place where bootstrap does not send what the vendor's page says, or where the page is unsafe; ranked by its risk."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

Risk = Literal["high", "medium", "low", "none"]
"""What is left of it in your account with what bootstrap sends. High: whoever uses it can reach what was not meant for the
vendor. Medium: more than the vendor needs. Low: worth knowing. None: a correction, or less than the page grants."""
RISKS: tuple[Risk, ...] = ("high", "medium", "low", "none")


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """`page` is what the page says, in its words, shortened; `sent` is what bootstrap sends, `why` and `source` its reason.

    `danger` is what somebody could do because of it: one sentence, for a high or medium risk. If an input ends that, its
    name is `limited_by`, and `limited` is what is then sent. `sids` are the statements that it is about, and `policies` the
    names of managed policies. One of high risk has either, so that a plan can warn of it at the resource.
    """

    page: str
    sent: str
    why: str
    source: str
    risk: Risk
    danger: str = ""
    limited_by: str = ""
    limited: str = ""
    sids: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """The option that limits it, or ""."""
        return "--" + self.limited_by.replace("_", "-") if self.limited_by else ""

    @property
    def described(self) -> str:
        """What is sent, also with the input that limits it."""
        return f"{self.sent}; with {self.flag} {self.limited}" if self.limited_by else self.sent


def ranked(deviations: Iterable[Deviation], given: Collection[str] = ()) -> list[Deviation]:
    """The highest risk first. `given` are the inputs that are on: what they limit comes after the others."""
    return sorted(deviations, key=lambda item: (item.limited_by in given, RISKS.index(item.risk)))
