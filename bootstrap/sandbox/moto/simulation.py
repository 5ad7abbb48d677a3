"""`iam:SimulatePrincipalPolicy` and `GetContextKeysForPrincipalPolicy`, which moto lacks: small doubles.

It reads the policies that moto's users, groups and roles really have, and the service control policies of moto's
organization, and answers as the IAM API reference (SimulatePrincipalPolicy, EvaluationResult, PolicyIdentifier) and the user
guide's evaluation logic say: an explicit deny wins, an allow is needed, and a permissions boundary and the organization must
allow it too. As AWS does since July 2026, it gives one result for each action, whose own fields sum up all ARNs; keys
without a value are reported for all statements but those of service control policies, and only where nothing allows it
(observed in September 2026). Actions of several services together are refused as AWS did before. Its limits: no policy
variables, no resource-based or session policies, of conditions only operators of text, ARNs, Bool and Null (another one is a
PolicyEvaluation error and no guess), boundaries of roles only (moto's users have none), and of PolicyExclusionList only the
types scp and permission-boundary.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse
from moto.organizations.models import organizations_backends

from bootstrap.permissions.wildcards import matches
from bootstrap.sandbox.moto.patching import many

Document = Mapping[str, Any]
Context = Mapping[str, list[str]]
"""Values by condition key in lower case: keys ignore case."""

OPERATION = "simulate_principal_policy"
USUAL_PAGE = 100


class InvalidInput(ServiceException):
    code = "InvalidInput"


class PolicyEvaluation(ServiceException):
    code = "PolicyEvaluation"


def apply() -> None:
    """Adds the calls to moto in this process; called once, by `corrections.apply`."""
    for name, call in {OPERATION: _simulate, "get_context_keys_for_principal_policy": _context_keys}.items():
        setattr(IamResponse, name, call)


def _context_keys(response: IamResponse) -> ActionResult:
    policies = _policies_of(response.backend, response._get_params()["PolicySourceArn"])
    return ActionResult({"ContextKeyNames": sorted(set(_keys([*policies.own, *(policies.boundary or ())])))})


class Policies(NamedTuple):
    """What decides about a principal: its own policies, its boundary (None: it has none), and the service control policies
    on each level of its organization (none: it is in no organization)."""

    own: list[Document]
    boundary: list[Document] | None = None
    organization: Sequence[list[Document]] = ()


def _simulate(response: IamResponse) -> ActionResult:
    asked = response._get_params()
    actions, arns, principal = asked["ActionNames"], asked.get("ResourceArns") or ["*"], asked["PolicySourceArn"]
    if len({action.partition(":")[0] for action in actions}) > 1:
        raise InvalidInput("Action list contains actions which require different authorization information.")
    policies = _without(_policies_of(response.backend, principal), asked.get("PolicyExclusionList", []))
    context = {**_of_caller(principal), **_given(asked.get("ContextEntries", []))}
    results = [evaluated(policies, action, arns, context) for action in actions]
    start, size = int(asked.get("Marker", 0)), int(asked.get("MaxItems", USUAL_PAGE))
    page = {"EvaluationResults": results[start : start + size], "IsTruncated": start + size < len(results)}
    return ActionResult({**page, "Marker": str(start + size)} if page["IsTruncated"] else page)


def _of_caller(principal: str) -> dict[str, list[str]]:
    """The values that AWS supplies itself; those in the request override them."""
    _, _, _, _, account, name = principal.split(":", 5)
    own = {"aws:principalarn": [principal], "aws:principalaccount": [account]}
    return {**own, "aws:username": [name.rpartition("/")[2]]} if name.startswith("user/") else own


def _given(entries: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in entries:
        name, values = entry["ContextKeyName"], entry.get("ContextKeyValues", [])
        if name.lower() in found:
            raise InvalidInput(f"Duplicate context key: {name}.")
        if len(values) != 1 and not entry["ContextKeyType"].endswith("List"):
            raise InvalidInput(f"Context key {entry['ContextKeyType']} expected a single value, but received {len(values)}.")
        found[name.lower()] = values
    return found


def _without(policies: Policies, excluded: Iterable[Mapping[str, str]]) -> Policies:
    kinds = {item.get("PolicyType", "") for item in excluded}
    if kinds - {"scp", "permission-boundary"}:
        raise PolicyEvaluation("The double leaves out boundaries and service control policies only.")
    return Policies(
        policies.own,
        None if "permission-boundary" in kinds else policies.boundary,
        () if "scp" in kinds else policies.organization,
    )


def _policies_of(iam: IAMBackend, arn: str) -> Policies:
    kind = re.fullmatch(r"arn:[\w-]+:iam::\d{12}:(user|group|role)/.+", arn)
    if not kind:
        raise InvalidInput(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    everybody: dict[str, Any] = {"user": iam.users, "group": iam.groups, "role": iam.roles}
    entity = next((item for item in everybody[kind[1]].values() if item.arn == arn), None)
    if entity is None:
        raise NotFoundException(f"The {kind[1]} with the ARN {arn} cannot be found.")
    holders = [entity, *(iam.get_groups_for_user(entity.name) if kind[1] == "user" else ())]
    own = [_document(policy) for holder in holders for policy in holder.policies.values()]
    own += [_managed(policy) for holder in holders for policy in holder.managed_policies.values()]
    boundary = getattr(entity, "permissions_boundary_arn", None)
    limit = [_managed(iam.get_policy(boundary))] if boundary else None
    return Policies(own, limit, _control_policies(arn.split(":")[4]))


def _control_policies(account: str) -> list[list[Document]]:
    """Those on the account, and on each unit above it."""
    backends = [backend for _, regions in organizations_backends.items() for backend in regions.values()]
    for backend in backends:
        entities: list[Any] = [*backend.accounts, *backend.ou]
        above = {item.id: item for item in entities}
        found, level = [], above.get(account)
        while level is not None:
            attached = [policy for policy in level.attached_policies if policy.type == "SERVICE_CONTROL_POLICY"]
            found.append([_document(policy.content) for policy in attached])
            level = above.get(getattr(level, "parent_id", None))
        if found:
            return found
    return []


def _managed(policy: Any) -> Document:
    return _document(next(version.document for version in policy.versions if version.is_default))


def _document(policy: Any) -> Document:
    content: Document = json.loads(policy) if isinstance(policy, str) else policy
    return content


def evaluated(policies: Policies, action: str, arns: Sequence[str], context: Context) -> dict[str, Any]:
    """One of EvaluationResults: the decision on one action, for all ARNs and for each."""
    parts = [_part(policies, action, arn, context) for arn in arns]
    summed: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": arns[0] if len(arns) == 1 else f"arn:${{Partition}}:{action.partition(':')[0]}:${{Resource}}",
        "EvalDecision": min((part["EvalResourceDecision"] for part in parts), key=_STRICTEST.index),
        "MissingContextValues": sorted({key for part in parts for key in part.get("MissingContextValues", ())}),
    }
    layers = {"OrganizationsDecisionDetail": "AllowedByOrganizations"}
    layers["PermissionsBoundaryDecisionDetail"] = "AllowedByPermissionsBoundary"
    for detail, allows in layers.items():
        if results := [part[detail][allows] for part in parts if detail in part]:
            summed[detail] = {allows: all(results)}
    for part in parts:
        part.pop("OrganizationsDecisionDetail", None)  # AWS has no such field for one ARN
    return summed if list(arns) == ["*"] else {**summed, "ResourceSpecificResults": parts}


_STRICTEST = ("explicitDeny", "implicitDeny", "allowed")


def _part(policies: Policies, action: str, arn: str, context: Context) -> dict[str, Any]:
    own = decision(policies.own, action, arn, context)
    limit = None if policies.boundary is None else decision(policies.boundary, action, arn, context)
    levels = [decision(level, action, arn, context) for level in policies.organization]
    decisions = [own, *levels, *([limit] if limit else [])]
    found: dict[str, Any] = {
        "EvalResourceName": arn,
        "EvalResourceDecision": min(decisions, key=_STRICTEST.index),
        "MatchedStatements": [],
    }
    if levels:
        found["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": set(levels) == {"allowed"}}
    if limit:
        found["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": limit == "allowed"}
    if found["EvalResourceDecision"] == "implicitDeny" and set(levels) <= {"allowed"}:
        missing = {key for key in _keys([*policies.own, *(policies.boundary or ())]) if key.lower() not in context}
        return {**found, **({"MissingContextValues": sorted(missing)} if missing else {})}
    return found


def _keys(documents: Iterable[Document]) -> Iterator[str]:
    """The condition keys of all statements, whatever they are about."""
    for document in documents:
        for statement in many(document["Statement"]):
            for test in statement.get("Condition", {}).values():
                yield from test


def decision(documents: Iterable[Document], action: str, arn: str, context: Context) -> str:
    """What IAM decides by these documents alone. The keys of the context are in lower case."""
    effects = set()
    for statement in (item for document in documents for item in many(document["Statement"])):
        named = _names(statement, "Action", action, re.IGNORECASE) and _names(statement, "Resource", arn, re.NOFLAG)
        if named and _holds(statement.get("Condition", {}), context):
            effects.add(statement["Effect"])
    return "explicitDeny" if "Deny" in effects else "allowed" if "Allow" in effects else "implicitDeny"


def _names(statement: Document, element: str, value: str, flags: int) -> bool:
    wanted = element in statement
    patterns = many(statement[element] if wanted else statement[f"Not{element}"])
    return any(_like(pattern, value, flags) for pattern in patterns) is wanted


def _like(pattern: str, value: str, flags: int = 0) -> bool:
    return matches(pattern.lower(), value.lower()) if flags & re.IGNORECASE else matches(pattern, value)


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
}


def _holds(conditions: Document, context: Context) -> bool:
    return all(
        _passes(
            operator, key, [str(item) if not isinstance(item, bool) else str(item).lower() for item in many(wanted)], context
        )
        for operator, test in conditions.items()
        for key, wanted in test.items()
    )


def _passes(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    values = context.get(key.lower())
    over, _, name = operator.rpartition(":")
    name, if_exists = name.removesuffix("IfExists"), name.endswith("IfExists")
    if name == "Null":
        return (values is None) is (wanted == ["true"])
    is_negated = "Not" in name
    test = _TESTS.get(name.replace("Not", ""))
    if test is None:
        raise PolicyEvaluation(f"The double does not know the condition operator {operator}.")
    if values is None:
        return if_exists or is_negated or over == "ForAllValues"
    each = [any(test(pattern, value) for pattern in wanted) is not is_negated for value in values]
    return all(each) if over == "ForAllValues" or is_negated else any(each)
