"""Whether AWS would allow a plan, as far as its policy simulator and EC2's dry runs can say. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bootstrap.core.policy import Document
from bootstrap.permissions.operator import Need
from bootstrap.permissions.operator_policy import policies
from bootstrap.permissions.simulator import NO_POLICY, Verdict

BLIND = (
    "The simulation does not include session policies, policies of buckets and keys, resource control policies, and "
    "policies of VPC endpoints."
)


@dataclass(frozen=True, kw_only=True)
class PermissionCheck:
    """The verdict on one action on one ARN. `needs` has at least one; they differ only in what they are for.

    `later`: a destroy needs it, not this run.
    """

    needs: tuple[Need, ...]
    later: bool
    verdict: Verdict
    why: str = ""

    @property
    def need(self) -> Need:
        return self.needs[0]

    @property
    def addresses(self) -> str:
        return ", ".join(dict.fromkeys(need.address for need in self.needs))

    def as_json(self) -> dict[str, Any]:
        return {
            "account": self.need.account,
            "action": self.need.action,
            "arn": self.need.arn,
            "conditions": [item._asdict() for item in self.need.conditions],
            "when": "later" if self.later else "now",
            "verdict": self.verdict,
            "why": self.why,
            "for": [{"address": need.address, "on": need.on, "reason": need.reason} for need in self.needs],
        }


@dataclass(frozen=True)
class Preflight:
    """The permissions that a plan needs, checked. `organizations`: an answer included service control policies."""

    checked: tuple[PermissionCheck, ...]
    organizations: bool = False

    @property
    def missing(self) -> tuple[PermissionCheck, ...]:
        return self._with("missing")

    @property
    def unknown(self) -> tuple[PermissionCheck, ...]:
        return self._with("unknown")

    def _with(self, verdict: Verdict) -> tuple[PermissionCheck, ...]:
        return tuple(item for item in self.checked if item.verdict == verdict)

    @property
    def policies(self) -> dict[str, list[Document]]:
        """Policies that would grant what is missing, by the alias of the account: several when one would be too long."""
        return policies(need for item in self.missing for need in item.needs)

    @property
    def forbidden(self) -> bool:
        """Whether more than a policy that allows it is needed: another policy denies it."""
        return any(item.why != NO_POLICY for item in self.missing)

    @property
    def blind(self) -> str:
        """What the answers do not include."""
        return BLIND if self.organizations else f"{BLIND} No answer included service control policies."

    def as_json(self) -> dict[str, Any]:
        return {
            "permissions": [item.as_json() for item in self.checked],
            "missing": len(self.missing),
            "unknown": len(self.unknown),
            "policies": self.policies,
            "blind": self.blind,
        }


def group_identical(needs: Iterable[Need]) -> list[tuple[Need, ...]]:
    """Groups of needs for which AWS is asked only once: same action, ARN, conditions and request."""
    found: dict[tuple[Any, ...], list[Need]] = defaultdict(list)
    for need in needs:
        found[need.account, need.action, need.arn, need.conditions, need.sends].append(need)
    return [tuple(each) for each in found.values()]
