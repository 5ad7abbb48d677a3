"""What to ask IAM's policy simulator about the requests of a plan, and what its answers mean.

Pure. Sources: IAM API reference, SimulatePrincipalPolicy, EvaluationResult and ResourceSpecificResult (since July 2026 one
result for each action, whose own fields sum up all ARNs; conditions of service control policies are evaluated, and the
keys that only those test are not told as missing: aws/aws-cli#10525); IAM user guide, access_policies_testing-policies.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal, NamedTuple

from bootstrap.core.account import HOMES, Account
from bootstrap.core.permission import Condition
from bootstrap.permissions.operator import Need

Verdict = Literal["allowed", "missing", "unknown"]
Layer = Literal["scp", "permission-boundary"]
"""A PolicyType of the simulator: what limits what a principal's own policies allow."""
Context = tuple[str, str, tuple[str, ...]]
"""A condition key with the type of its values (a ContextKeyType) and what our request has there."""
KeysOf = Callable[[str], frozenset[str] | None]
"""The condition keys, in small letters, that requests for an action carry; None where that is not known."""

NO_POLICY = "no policy allows it"
DENIED = "a policy denies it"
_LIMITS: Mapping[Layer, str] = {
    "scp": "a service control policy of the organization",
    "permission-boundary": "the permissions boundary",
}
_OF_CALLERS = ("ec2:sourceinstancearn", "ec2:roledelivery", "lambda:sourcefunctionarn", "ssm:sourceinstancearn", "glue:")
"""Keys of a service that come with the credentials, and so may be in requests to any other service."""


_KNOWN = ("aws:username", "aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice")
"""Keys that AWS or `caller_context` tells for each caller that has them."""


class SimulationResult(NamedTuple):
    """What is known of one action on one ARN, and `why`. `organizations`: the answer tells of service control policies.
    `layers` are those that do not allow it, if the simulation knows all that they test: never the principal's own."""

    verdict: Verdict
    why: str = ""
    organizations: bool = False
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True)
class Question:
    """One request about one account: each action is asked for each ARN, leaving out policies of the types `without`."""

    account: str
    actions: tuple[str, ...]
    arns: tuple[str, ...]
    context: tuple[Context, ...]
    without: tuple[Layer, ...] = ()

    def parameters(self, principal: str, caller: Iterable[Context] = ()) -> dict[str, Any]:
        """`caller` is what is known of who asks. AWS refuses a key that comes twice, in whatever letter case."""
        entries = {key.lower(): (key, kind, values) for key, kind, values in (*caller, *self.context)}
        return {
            "PolicySourceArn": principal,
            "ActionNames": list(self.actions),
            "ResourceArns": list(self.arns),
            "ContextEntries": [
                {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": list(values)}
                for key, kind, values in entries.values()
            ],
            **({"PolicyExclusionList": [{"PolicyType": layer} for layer in self.without]} if self.without else {}),
        }

    def lacks(self, action: str, key: str, keys_of: KeysOf) -> bool:
        """Whether the real request certainly has no such key. To find no value for it, as the simulation did, is right then:
        it tells the keys of all statements, also of those for other actions."""
        key, sent = key.lower(), {name.lower() for name, _, _ in self.context}
        exists, makes = (any(name.startswith(f"aws:{what}tag/") for name in sent) for what in ("resource", "request"))
        if ":resourcetag/" in key:
            return makes and not exists  # what is being made has no tags of its own before
        if key == "ec2:createaction" and exists:
            return True
        if key.startswith("aws:requesttag/") and "aws:tagkeys" in sent:
            return True  # all of its tags are known
        if key.startswith(_OF_CALLERS) or (
            key.startswith("aws:") and not key.startswith(("aws:requesttag/", "aws:tagkeys"))
        ):
            return False
        known = keys_of(action)
        return known is not None and (f"{key.partition('/')[0]}/*" if "/" in key else key) not in known

    @property
    def single(self) -> bool:
        return len(self.actions) == len(self.arns) == 1

    def singles(self) -> "Iterator[Question]":
        """The same, one action and one ARN at a time: AWS refuses some together, and does not say which."""
        for action in self.actions:
            for arn in self.arns:
                yield replace(self, actions=(action,), arns=(arn,))


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
    """The condition keys that every request of ours has, those of its service, and those of the need: several times where
    AWS does not tell which of several values the request will have."""
    region = account.region
    service = need.action.partition(":")[0]
    if service == "iam":  # IAM has one home in each partition
        region = HOMES.get(account.partition, region)
    of_service: Mapping[str, tuple[Context, ...]] = {
        "ec2": (("ec2:Region", "string", (region,)),),
        "s3": (
            ("s3:ResourceAccount", "string", (account.id,)),
            ("s3:authType", "string", ("REST-HEADER",)),
            ("s3:signatureversion", "string", ("AWS4-HMAC-SHA256",)),
        ),
    }
    ours: tuple[Context, ...] = (
        ("aws:RequestedRegion", "string", (region,)),
        ("aws:ResourceAccount", "string", (account.id,)),
        ("aws:SecureTransport", "boolean", ("true",)),
        ("aws:ViaAWSService", "boolean", ("false",)),
        *of_service.get(service, ()),
    )
    has = {condition.key.lower(): condition for condition in (*need.sends, *need.conditions)}
    return [(*ours, *sent) for sent in product(*(list(_sent(item, account)) for item in has.values()))]


def caller_context(arn: str, tags: Mapping[str, str]) -> tuple[Context, ...]:
    """What is known of the user or role with this ARN, which has these tags.

    Source: IAM user guide, reference_policies_condition-keys (properties of the principal).
    """
    return (
        ("aws:PrincipalArn", "string", (arn,)),
        ("aws:PrincipalAccount", "string", (arn.split(":")[4],)),
        ("aws:PrincipalType", "string", ("AssumedRole" if ":role/" in arn else "User",)),
        ("aws:PrincipalIsAWSService", "boolean", ("false",)),
        *((f"aws:PrincipalTag/{key}", "string", (value,)) for key, value in tags.items()),
    )


def _sent(condition: Condition, account: Account) -> Iterator[Context]:
    """The values that a request may have; of several that a condition accepts, those that fit the partition."""
    operator, key, values = condition
    if ":" in operator:  # ForAllValues, ForAnyValue
        yield key, "stringList", values
    else:
        kind = "numeric" if operator.startswith("Numeric") else "boolean" if operator == "Bool" else "string"
        fitting = [value for value in values if value.endswith(".cn") is (account.partition == "aws-cn")]
        yield from ((key, kind, (value,)) for value in fitting or values)


def together(said: Sequence[SimulationResult]) -> SimulationResult:
    """What is known of a request that may be any of several."""
    first, *others = said
    if all(each.verdict == first.verdict for each in others):
        return first
    denied = next(each for each in said if each.verdict != "allowed")
    return SimulationResult("unknown", f"AWS does not tell what it will ask for, and not all of it is allowed: {denied.why}")


def answers(
    question: Question, results: Iterable[Mapping[str, Any]], bounded: bool, keys_of: KeysOf = lambda action: None
) -> dict[tuple[str, str], SimulationResult]:
    """What EvaluationResults say, by action and ARN. `bounded` when the caller is known to have a boundary.

    The result's own fields sum up all ARNs. So each ARN is judged by its own part, and the sum says something of several
    ARNs only where all is allowed.
    """
    found = {}
    for result in results:
        action, parts = result["EvalActionName"], result.get("ResourceSpecificResults", [])
        unasked = result.get("EvalResourceName") not in question.arns  # a template of the ARN, or nothing
        if not parts and unasked and (len(question.arns) == 1 or result["EvalDecision"] == "allowed"):
            parts = [{"EvalResourceName": arn} for arn in question.arns]
        elif not parts and not unasked:
            parts = [{"EvalResourceName": result["EvalResourceName"]}]
        told = any("MissingContextValues" in part for part in parts)
        for part in parts:
            whole = {**result, "MissingContextValues": []} if told else result
            keys = [key for key in _missing(part, whole) if not question.lacks(action, key, keys_of)]
            found[action, part["EvalResourceName"]] = _said({**whole, **part}, keys, bounded)
    return found


def _missing(part: Mapping[str, Any], whole: Mapping[str, Any]) -> Sequence[str]:
    """The keys without a value. Where no part tells its own, those of all ARNs stand for one that is not allowed."""
    if "MissingContextValues" in part:
        return list(part["MissingContextValues"])
    alone = part.get("EvalResourceDecision", "") != "allowed"
    return list(whole.get("MissingContextValues", ())) if alone else []


def _said(result: Mapping[str, Any], keys: Sequence[str], bounded: bool) -> SimulationResult:
    decision = result.get("EvalResourceDecision") or result["EvalDecision"]
    organizations = result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations")
    boundary = result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary")
    told = organizations is not None
    if keys:
        return SimulationResult("unknown", f"a policy has a condition on {', '.join(sorted(keys))}", told)
    if decision == "allowed":
        if bounded and boundary is None:
            return SimulationResult("unknown", "the answer does not tell of the permissions boundary", told)
        return SimulationResult("allowed", "", told)
    against: Mapping[Layer, bool | None] = {"scp": organizations, "permission-boundary": boundary}
    if layers := tuple(layer for layer, allows in against.items() if allows is False):
        limits = " or ".join(_LIMITS[layer] for layer in layers)
        why = f"{limits} does not allow it, says the simulation, which cannot know every condition key"
        return SimulationResult("unknown", why, told, layers)
    return SimulationResult("missing", DENIED if decision == "explicitDeny" else NO_POLICY, told)


def in_doubt(question: Question, said: Mapping[tuple[str, str], SimulationResult]) -> list[Question]:
    """What to ask again without the layers that seem to be in the way, one request for each set of them."""
    pairs: dict[tuple[Layer, ...], list[tuple[str, str]]] = defaultdict(list)
    for pair, each in said.items():
        if each.layers:
            pairs[each.layers].append(pair)
    return [
        replace(question, actions=tuple(dict.fromkeys(actions)), arns=tuple(dict.fromkeys(arns)), without=layers)
        for layers, found in pairs.items()
        for actions, arns in [zip(*found, strict=True)]
    ]


def doubted(
    said: SimulationResult, question: Question, action: str, tested: Iterable[str], keys_of: KeysOf
) -> SimulationResult:
    """A denial by the caller's own policies is uncertain while they test keys without a value: AWS does not tell these keys
    where a statement denies. `tested` are the keys of all those policies (GetContextKeysForPrincipalPolicy)."""
    sent = {key.lower() for key, _, _ in question.context} | set(_KNOWN)
    keys = [key for key in tested if key.lower() not in sent and not question.lacks(action, key, keys_of)]
    if said.verdict != "missing" or said.why != DENIED or not keys:
        return said
    return SimulationResult(
        "unknown", f"{DENIED}, which may have a condition on {', '.join(sorted(keys))}", said.organizations
    )


def resolve_result(said: SimulationResult, without: SimulationResult | None) -> SimulationResult:
    """What is known in the end: what is missing even `without` those layers certainly is; of what is allowed then, they
    alone decide."""
    if said.layers and without and without.verdict == "missing":
        return SimulationResult("missing", without.why, said.organizations)
    return said
