"""What to ask IAM's policy simulator about the requests of a plan, and what its answers mean. Pure.

Sources: IAM API reference, SimulatePrincipalPolicy, EvaluationResult and ResourceSpecificResult (since July 2026 there is
one result for each action, whose own fields summarize all ARNs; conditions of service control policies are evaluated, but
keys that only they test are not reported as missing: aws/aws-cli#10525); IAM user guide, access_policies_testing-policies.
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
"""A PolicyType of the simulator that limits what a principal's own policies allow."""
Context = tuple[str, str, tuple[str, ...]]
"""A condition key, the type of its values (a ContextKeyType), and the values that our request has."""
KeysOf = Callable[[str], frozenset[str] | None]
"""Gives the condition keys, in lower case, that requests for an action carry; None when they are not known."""

NO_POLICY = "no policy allows it"
DENIED = "a policy denies it"
_LIMITS: Mapping[Layer, str] = {
    "scp": "a service control policy of the organization",
    "permission-boundary": "the permissions boundary",
}
_OF_CALLERS = ("ec2:sourceinstancearn", "ec2:roledelivery", "lambda:sourcefunctionarn", "ssm:sourceinstancearn", "glue:")
"""Keys of a service that come with the credentials, so requests to any other service may carry them."""
_OF_PRINCIPAL = (
    "aws:username",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalisawsservice",
)
"""Keys whose values AWS or `caller_context` supplies for every caller that has them."""


class SimulationResult(NamedTuple):
    """The verdict on one action on one ARN, and why. `organizations`: the answer includes service control policies.
    `layers` are those that do not allow it, as far as the simulation knows the keys that they test."""

    verdict: Verdict
    why: str = ""
    organizations: bool = False
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True)
class Question:
    """One request about one account: every action on every ARN, without the policies of the types `without`."""

    account: str
    actions: tuple[str, ...]
    arns: tuple[str, ...]
    context: tuple[Context, ...]
    without: tuple[Layer, ...] = ()

    def parameters(self, principal: str, caller: Iterable[Context] = ()) -> dict[str, Any]:
        """`caller` are the condition keys of the caller. AWS refuses a key that appears twice, regardless of case."""
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
        """Whether the real request certainly has no such key. Then the simulation, which found no value for it, is right:
        it reports the keys of all statements, also of those for other actions."""
        key, sent = key.lower(), {name.lower() for name, _, _ in self.context}
        exists = any(name.startswith("aws:resourcetag/") for name in sent)
        sets_tags = any(name.startswith("aws:requesttag/") for name in sent)
        if ":resourcetag/" in key:
            return sets_tags and not exists  # a resource has no tags before it is created
        if key == "ec2:createaction" and exists:
            return True
        if key.startswith("aws:requesttag/") and "aws:tagkeys" in sent:
            return True  # all tags of the request are known
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
        """The same, one action and one ARN at a time: AWS refuses some combinations, but does not say which."""
        for action in self.actions:
            for arn in self.arns:
                yield replace(self, actions=(action,), arns=(arn,))


def questions(needs: Iterable[Need], accounts: Mapping[str, Account]) -> list[Question]:
    """As few requests as possible: one for all actions of a service that have the same ARNs and context."""
    actions_of: dict[_OnArn, set[str]] = defaultdict(set)
    for need in needs:
        for context in contexts_of(need, accounts[need.account]):
            actions_of[_OnArn(need.account, _service(need.action), context, need.arn)].add(need.action)
    arns_of: dict[Question, list[str]] = defaultdict(list)
    for on, actions in actions_of.items():
        arns_of[Question(on.account, tuple(sorted(actions)), (), on.context)].append(on.arn)
    return [replace(question, arns=tuple(sorted(arns))) for question, arns in arns_of.items()]


class _OnArn(NamedTuple):
    account: str
    service: str
    context: tuple[Context, ...]
    arn: str


def _service(action: str) -> str:
    return action.partition(":")[0]


def contexts_of(need: Need, account: Account) -> list[tuple[Context, ...]]:
    """The condition keys that all our requests have, those of the service, and those of the need. There are several
    contexts when the request can have one of several values."""
    region, service = account.region, _service(need.action)
    if service == "iam":  # IAM has one home region in each partition
        region = HOMES.get(account.partition, region)
    of_service: Mapping[str, tuple[Context, ...]] = {
        "ec2": (("ec2:Region", "string", (region,)),),
        "s3": (
            ("s3:ResourceAccount", "string", (account.id,)),
            ("s3:authType", "string", ("REST-HEADER",)),
            ("s3:signatureversion", "string", ("AWS4-HMAC-SHA256",)),
        ),
    }
    # A public image, parameter or policy of AWS belongs to an account that is not known here.
    owner = (*need.arn.split(":"), *[""] * 5)[4]
    here = need.arn == "*" or service == "s3" or owner == account.id
    ours: tuple[Context, ...] = (
        ("aws:RequestedRegion", "string", (region,)),
        *((("aws:ResourceAccount", "string", (account.id,)),) if here else ()),
        ("aws:SecureTransport", "boolean", ("true",)),
        ("aws:ViaAWSService", "boolean", ("false",)),
        *of_service.get(service, ()),
    )
    has = {condition.key.lower(): condition for condition in (*need.sends, *need.conditions)}
    return [(*ours, *sent) for sent in product(*(list(_sent(item, account)) for item in has.values()))]


def caller_context(arn: str, tags: Mapping[str, str]) -> tuple[Context, ...]:
    """The condition keys that describe the user or role with this ARN and these tags.

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
    """The values that a request can have; of several that a condition accepts, those of the partition."""
    operator, key, values = condition
    if ":" in operator:  # ForAllValues, ForAnyValue
        yield key, "stringList", values
    else:
        kind = "boolean" if operator == "Bool" else "string"
        kind = "numeric" if operator.startswith("Numeric") else kind
        fitting = [value for value in values if value.endswith(".cn") is (account.partition == "aws-cn")]
        yield from ((key, kind, (value,)) for value in fitting or values)


def together(results: Sequence[SimulationResult]) -> SimulationResult:
    """The result for a request that can be any of several."""
    first, *others = results
    if all(each.verdict == first.verdict for each in others):
        return first
    denied = next(each for each in results if each.verdict != "allowed")
    why = f"the request can have one of several values, and not all are allowed: {denied.why}"
    return SimulationResult("unknown", why)


def answers(
    question: Question, results: Iterable[Mapping[str, Any]], bounded: bool, keys_of: KeysOf = lambda action: None
) -> dict[tuple[str, str], SimulationResult]:
    """The results by action and ARN. `results` are EvaluationResults; `bounded`: the caller has a permissions boundary.

    The fields of an EvaluationResult summarize all ARNs. So each ARN is judged by its own part (ResourceSpecificResult),
    and the summary counts for several ARNs only when everything is allowed.
    """
    found = {}
    for result in results:
        action, parts = result["EvalActionName"], result.get("ResourceSpecificResults", [])
        unasked = result.get("EvalResourceName") not in question.arns  # a template of an ARN, or nothing
        if not parts and unasked and (len(question.arns) == 1 or result["EvalDecision"] == "allowed"):
            parts = [{"EvalResourceName": arn} for arn in question.arns]
        elif not parts and not unasked:
            parts = [{"EvalResourceName": result["EvalResourceName"]}]
        by_part = any("MissingContextValues" in part for part in parts)
        for part in parts:
            whole = {**result, "MissingContextValues": []} if by_part else result
            keys = [key for key in _missing(part, whole) if not question.lacks(action, key, keys_of)]
            found[action, part["EvalResourceName"]] = _result({**whole, **part}, keys, bounded)
    return found


def _missing(part: Mapping[str, Any], whole: Mapping[str, Any]) -> Sequence[str]:
    """The condition keys without a value. When no part has its own, those of the summary count for an ARN that is denied."""
    if "MissingContextValues" in part:
        return list(part["MissingContextValues"])
    is_denied = part.get("EvalResourceDecision", "") != "allowed"
    return list(whole.get("MissingContextValues", ())) if is_denied else []


def _result(result: Mapping[str, Any], keys: Sequence[str], bounded: bool) -> SimulationResult:
    decision = result.get("EvalResourceDecision") or result["EvalDecision"]
    organizations = result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations")
    boundary = result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary")
    with_scps = organizations is not None
    if keys:
        return SimulationResult("unknown", f"a policy has a condition on {', '.join(sorted(keys))}", with_scps)
    if decision == "allowed":
        if bounded and boundary is None:
            return SimulationResult("unknown", "the answer does not include the permissions boundary", with_scps)
        return SimulationResult("allowed", "", with_scps)
    against: Mapping[Layer, bool | None] = {"scp": organizations, "permission-boundary": boundary}
    if layers := tuple(layer for layer, allows in against.items() if allows is False):
        limits = " or ".join(_LIMITS[layer] for layer in layers)
        why = f"{limits} does not allow it according to the simulation, which cannot know every condition key"
        return SimulationResult("unknown", why, with_scps, layers)
    return SimulationResult("missing", DENIED if decision == "explicitDeny" else NO_POLICY, with_scps)


def in_doubt(question: Question, results: Mapping[tuple[str, str], SimulationResult]) -> list[Question]:
    """Questions to ask again without the layers that seem to forbid something, one for each set of layers."""
    pairs: dict[tuple[Layer, ...], list[tuple[str, str]]] = defaultdict(list)
    for pair, each in results.items():
        if each.layers:
            pairs[each.layers].append(pair)
    return [
        replace(question, actions=tuple(dict.fromkeys(actions)), arns=tuple(dict.fromkeys(arns)), without=layers)
        for layers, found in pairs.items()
        for actions, arns in [zip(*found, strict=True)]
    ]


def doubted(
    result: SimulationResult, question: Question, action: str, tested: Iterable[str], keys_of: KeysOf
) -> SimulationResult:
    """Makes a denial by the caller's own policies "unknown" when they test keys whose value is not known: AWS does not
    report these keys for a Deny. `tested` are the keys of all those policies (GetContextKeysForPrincipalPolicy)."""
    sent = {key.lower() for key, _, _ in question.context} | set(_OF_PRINCIPAL)
    keys = [key for key in tested if key.lower() not in sent and not question.lacks(action, key, keys_of)]
    if result.verdict != "missing" or result.why != DENIED or not keys:
        return result
    return SimulationResult(
        "unknown", f"{DENIED}, which may have a condition on {', '.join(sorted(keys))}", result.organizations
    )


def resolve_result(result: SimulationResult, without: SimulationResult | None) -> SimulationResult:
    """The final result: what is missing even `without` its layers is certainly missing; the rest depends on the layers."""
    if result.layers and without and without.verdict == "missing":
        return SimulationResult("missing", without.why, result.organizations)
    return result
