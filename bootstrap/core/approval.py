"""Somebody's yes to one plan, as a file: it names the plan by its digest. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from bootstrap.core.plan_file import CLOCKS, PlanFile, content_of, moment, time_text, typed
from bootstrap.core.state import digest
from bootstrap.core.strict_json import indented
from bootstrap.errors import PlanRefused, UsageError

MARK = "bootstrap-approval"
"""The value of "tool" in every approval, and the namespace of its signature."""
FORMAT = 1
LARGEST = 1_000_000
LONGEST_NAME, LONGEST_NOTE = 200, 10_000
_MAKE = "Make one with the verb approve."
_AGAIN = "Nothing was changed. Have the plan approved again."
_FROM_PLAN = ("deployment", "integration", "accounts", "access", "versions")
"""What an approval repeats of its plan."""


class Proof(StrEnum):
    """What is known of the signature of an approval."""

    NONE = "not signed"
    UNVERIFIED = "signed, but not verified: no allowed signers were given"
    VERIFIED = "signed, and verified"


@dataclass(frozen=True, kw_only=True)
class Approval:
    """The fields are the keys of the file, in this order."""

    plan: str
    """The digest of the plan."""
    deployment: str
    integration: dict[str, str]
    accounts: dict[str, dict[str, str]]
    access: dict[str, dict[str, Any]]
    versions: dict[str, dict[str, str]]
    """What was approved, as in `PlanFile`, to compare later plans with."""
    by: str
    when: str
    note: str
    signature: str = ""
    """Armored, as `ssh-keygen -Y sign` writes it, over `signed`; "" for none. The digest of the file is over it, too."""

    @classmethod
    def of(cls, plan: PlanFile, by: str, note: str, when: datetime) -> Self:
        """Raises UsageError for a name or a note that cannot be shown."""
        return cls(
            plan=plan.digest,
            deployment=plan.deployment,
            integration=plan.integration,
            accounts=plan.accounts,
            access=plan.access,
            versions=plan.versions,
            by=checked_text("--by", by, LONGEST_NAME),
            when=time_text(when),
            note=checked_text("--note", note, LONGEST_NOTE) if note else "",
        )

    @property
    def signed(self) -> str:
        """What a signature is over: all but the signature."""
        return replace(self, signature="").text

    @property
    def text(self) -> str:
        content = {"tool": MARK, "format": FORMAT, **vars(self)}
        return indented({**content, "digest": digest(content)}) + "\n"

    def check_for(self, plan: PlanFile, now: datetime) -> None:
        """Raises PlanRefused for the approval of another plan, one that says something else of it, or of another time."""
        if self.plan != plan.digest:
            raise PlanRefused(
                f"{self.by} approved another plan: its digest is {self.plan}, and that of this plan is {plan.digest}",
                advice="Nothing was changed. Have this plan approved, or run the one that was.",
            )
        if odd := [name for name in _FROM_PLAN if getattr(self, name) != getattr(plan, name)]:
            raise PlanRefused(
                f"the approval by {self.by} says something else than its plan: {', '.join(odd)}", advice=_AGAIN
            )
        when = moment(self.when)
        if when > now + CLOCKS:
            raise PlanRefused(f"the approval by {self.by} is of {self.when}, which is in the future", advice=_AGAIN)
        if not moment(plan.created) - CLOCKS <= when <= moment(plan.expires):
            during = f"its plan is of {plan.created} and expires at {plan.expires}"
            raise PlanRefused(f"the approval by {self.by} is of {self.when}, and {during}", advice=_AGAIN)


def from_text(text: str, where: str) -> Approval:
    """Raises UsageError for what is no approval, PlanRefused for one of another format, or one that was edited."""
    content = content_of(text, where, MARK, "an approval", FORMAT, _MAKE)
    if content.pop("digest", None) != digest(content):
        raise PlanRefused(f"{where} was edited since bootstrap wrote it: its digest does not match", advice=_AGAIN)
    try:
        found: Approval = typed(Approval, content)
        moment(found.when)
        checked_text("by", found.by, LONGEST_NAME)
        checked_text("note", found.note or "none", LONGEST_NOTE)
        return found
    except (ValueError, UsageError) as error:
        raise UsageError(f"{where} is not an approval of bootstrap: {error}", _MAKE) from error


def checked_text(name: str, text: str, longest: int) -> str:
    """A text of a person on one line. Raises UsageError."""
    if not text.strip() or text != text.strip() or not text.isprintable():
        raise UsageError(f"{name}: must be text on one line, with characters that can be shown")
    if len(text) > longest:
        raise UsageError(f"{name}: has {len(text):,} characters; at most {longest:,} are allowed")
    return text


def summary(approval: Approval) -> Mapping[str, str]:
    """For people and for --json."""
    return {"plan": approval.plan, "by": approval.by, "when": approval.when, "note": approval.note}
