"""Whether AWS would allow a plan: what to ask its policy simulator, and what its answers mean.

Pure. Sources: IAM API reference, SimulatePrincipalPolicy and EvaluationResult; IAM user guide,
access_policies_testing-policies.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, NamedTuple

from bootstrap.core.account import HOMES, Account
from bootstrap.core.operator import Need
from bootstrap.core.operator_policy import policies
from bootstrap.core.policy import Document
from bootstrap.core.resource import Condition

Verdict = Literal["allowed", "missing", "unknown"]
Context = tuple[str, str, tuple[str, ...]]
"""A condition key with the type of its values (a ContextKeyType) and what our request has there."""

NO_POLICY = "no policy allows it"
BLIND = (
    "The simulation does not see session policies, policies of buckets and keys, resource control policies and those of "
    "VPC endpoints."
)


class Said(NamedTuple):
    """What is known of one action on one ARN, and `why`. `organizations`: the answer tells of service control policies."""

    verdict: Verdict
    why: str = ""
    organizations: bool = False


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One action on one ARN with what is known of it, and all `needs` for it: at least one, alike but for what they are for.

    `later` says that not this run needs it, but the destroy of what it makes.
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
    """All that a plan takes, checked. `organizations` says whether an answer told of service control policies."""

    checked: tuple[Checked, ...]
    organizations: bool = False

    @property
    def missing(self) -> tuple[Checked, ...]:
        return self._with("missing")

    @property
    def unknown(self) -> tuple[Checked, ...]:
        return self._with("unknown")

    def _with(self, verdict: Verdict) -> tuple[Checked, ...]:
        return tuple(item for item in self.checked if item.verdict == verdict)

    @property
    def policies(self) -> dict[str, list[Document]]:
        """Policies that would grant what is missing, by the alias of the account: several where one would be too long."""
        return policies(need for item in self.missing for need in item.needs)

    @property
    def forbidden(self) -> bool:
        """Whether an allowing policy alone would not do."""
        return any(item.why != NO_POLICY for item in self.missing)

    @property
    def blind(self) -> str:
        """What no answer tells."""
        return BLIND if self.organizations else f"{BLIND} None of its answers told of service control policies."

    def as_json(self) -> dict[str, Any]:
        return {
            "permissions": [item.as_json() for item in self.checked],
            "missing": len(self.missing),
            "unknown": len(self.unknown),
            "policies": self.policies,
            "blind": self.blind,
        }


def alike(needs: Iterable[Need]) -> list[tuple[Need, ...]]:
    """Those that ask for the same together: AWS decides on them once."""
    found: dict[tuple[Any, ...], list[Need]] = defaultdict(list)
    for need in needs:
        found[need.account, need.action, need.arn, need.conditions].append(need)
    return [tuple(each) for each in found.values()]


@dataclass(frozen=True)
class Question:
    """One request about one account: each action is asked for each ARN."""

    account: str
    actions: tuple[str, ...]
    arns: tuple[str, ...]
    context: tuple[Context, ...]

    def parameters(self, principal: str) -> dict[str, Any]:
        return {
            "PolicySourceArn": principal,
            "ActionNames": list(self.actions),
            "ResourceArns": list(self.arns),
            "ContextEntries": [
                {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": list(values)}
                for key, kind, values in self.context
            ],
        }

    @property
    def absent(self) -> tuple[str, ...]:
        """Beginnings of keys, in small letters, that such a request certainly has not: what is being made has no tags of its
        own before, and what has some is not being made."""
        if any(key.startswith("aws:RequestTag/") for key, _, _ in self.context):
            return ("aws:resourcetag/", "ec2:resourcetag/")
        return ("ec2:createaction",) if any(key.startswith("aws:ResourceTag/") for key, _, _ in self.context) else ()

    @property
    def single(self) -> bool:
        return len(self.actions) == len(self.arns) == 1

    def singles(self) -> "Iterator[Question]":
        """The same, one action and one ARN at a time: AWS refuses some together, and does not say which."""
        for action in self.actions:
            for arn in self.arns:
                yield Question(self.account, (action,), (arn,), self.context)


def questions(needs: Iterable[Need], accounts: Mapping[str, Account]) -> list[Question]:
    """As few requests as can be: actions of one service with the same ARNs and context together."""
    actions: dict[tuple[Any, ...], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for need in needs:
        service = need.action.partition(":")[0]
        for context in contexts_of(need, accounts[need.account]):
            actions[need.account, service, context][need.arn].add(need.action)
    found = []
    for (account, _, context), by_arn in actions.items():
        arns: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for arn, names in by_arn.items():
            arns[tuple(sorted(names))].append(arn)
        found += [Question(account, names, tuple(sorted(those)), context) for names, those in arns.items()]
    return found


def contexts_of(need: Need, account: Account) -> list[tuple[Context, ...]]:
    """The condition keys that every request of ours has, and those of the need: several times where AWS does not tell which
    of several values the request will have."""
    region = account.region
    if need.action.startswith("iam:"):  # IAM has one home in each partition
        region = HOMES.get(account.partition, region)
    ours: tuple[Context, ...] = (
        ("aws:RequestedRegion", "string", (region,)),
        ("aws:ResourceAccount", "string", (account.id,)),
        ("aws:SecureTransport", "boolean", ("true",)),
        ("aws:ViaAWSService", "boolean", ("false",)),
    )
    return [(*ours, *sent) for sent in product(*(list(_sent(item, account)) for item in need.conditions))]


def _sent(condition: Condition, account: Account) -> Iterator[Context]:
    """The values that a request may have; of several that a condition accepts, those that fit the partition."""
    operator, key, values = condition
    if ":" in operator:  # ForAllValues, ForAnyValue
        yield key, "stringList", values
    else:
        fitting = [value for value in values if value.endswith(".cn") is (account.partition == "aws-cn")]
        yield from ((key, "string", (value,)) for value in fitting or values)


def together(said: Sequence[Said]) -> Said:
    """What is known of a request that may be any of several."""
    first, *others = said
    if all(each.verdict == first.verdict for each in others):
        return first
    denied = next(each for each in said if each.verdict != "allowed")
    return Said("unknown", f"AWS does not tell what it will ask for, and not all of it is allowed: {denied.why}")


def answers(
    results: Iterable[Mapping[str, Any]], bounded: bool, absent: tuple[str, ...] = ()
) -> dict[tuple[str, str], Said]:
    """What EvaluationResults say, by action and ARN. `bounded` when the caller is known to have a boundary; `absent` as
    `Question.absent`: the simulation had no value for them, and that is right."""
    found = {}
    for result in results:
        for part in result.get("ResourceSpecificResults") or [result]:
            key = (result["EvalActionName"], part.get("EvalResourceName", "*"))
            found[key] = _said({**result, **part}, bounded, absent)
    return found


def _said(result: Mapping[str, Any], bounded: bool, absent: tuple[str, ...]) -> Said:
    decision = result.get("EvalResourceDecision") or result["EvalDecision"]
    organizations = result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations")
    boundary = result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary")
    told = organizations is not None
    if keys := [key for key in result.get("MissingContextValues", ()) if not key.lower().startswith(absent)]:
        return Said("unknown", f"a policy has a condition on {', '.join(sorted(keys))}", told)
    if organizations is False:
        return Said("missing", "a service control policy of the organization does not allow it", told)
    if boundary is False:
        return Said("missing", "the permissions boundary does not allow it", told)
    if decision == "explicitDeny":
        return Said("missing", "a policy denies it", told)
    if decision != "allowed":
        return Said("missing", NO_POLICY, told)
    if bounded and boundary is None:
        return Said("unknown", "the answer does not tell of the permissions boundary", told)
    return Said("allowed", "", told)
