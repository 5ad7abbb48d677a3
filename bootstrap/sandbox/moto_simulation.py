"""`iam:SimulatePrincipalPolicy`, which moto lacks: a small double, for rehearsals and tests.

It reads the policies that moto's users, groups and roles really have, and answers as the IAM API reference
(SimulatePrincipalPolicy) and the user guide's evaluation logic say: an explicit deny wins, an allow is needed, and a
permissions boundary must allow it too. Actions of several services together are refused as AWS does. Its limits: no
policy variables, no resource-based, session or service control policies, of conditions only operators of text, ARNs,
Bool and Null (another one is a PolicyEvaluation error and no guess), boundaries of roles only (moto's users have none).
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

from bootstrap.core.wildcards import matches
from bootstrap.sandbox.around import many

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
    """Adds the call to moto in this process; called once, by `moto_corrections.apply`."""
    setattr(IamResponse, OPERATION, _simulate)


class Policies(NamedTuple):
    """What decides about a principal: its own policies, and its boundary (None: it has none)."""

    own: list[Document]
    boundary: list[Document] | None


def _simulate(response: IamResponse) -> ActionResult:
    asked = response._get_params()
    actions, arns = asked["ActionNames"], asked.get("ResourceArns") or ["*"]
    if len({action.partition(":")[0] for action in actions}) > 1:
        raise InvalidInput("Action list contains actions which require different authorization information.")
    context = {
        entry["ContextKeyName"].lower(): entry.get("ContextKeyValues", []) for entry in asked.get("ContextEntries", [])
    }
    policies = _policies_of(response.backend, asked["PolicySourceArn"])
    results = [evaluated(policies, action, arn, context) for action in actions for arn in arns]
    start, size = int(asked.get("Marker", 0)), int(asked.get("MaxItems", USUAL_PAGE))
    page = {"EvaluationResults": results[start : start + size], "IsTruncated": start + size < len(results)}
    return ActionResult({**page, "Marker": str(start + size)} if page["IsTruncated"] else page)


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
    return Policies(own, [_managed(iam.get_policy(boundary))] if boundary else None)


def _managed(policy: Any) -> Document:
    return _document(next(version.document for version in policy.versions if version.is_default))


def _document(policy: Any) -> Document:
    content: Document = json.loads(policy) if isinstance(policy, str) else policy
    return content


def evaluated(policies: Policies, action: str, arn: str, context: Context) -> dict[str, Any]:
    """One of EvaluationResults: the decision on one action and one ARN."""
    missing: set[str] = set()
    own = _decision(policies.own, action, arn, context, missing)
    limit = None if policies.boundary is None else _decision(policies.boundary, action, arn, context, missing)
    if "explicitDeny" in (own, limit):
        decision = "explicitDeny"
    else:
        decision = "allowed" if own == "allowed" and limit in (None, "allowed") else "implicitDeny"
    found = {
        "EvalActionName": action,
        "EvalResourceName": arn,
        "EvalDecision": decision,
        "MatchedStatements": [],
        "MissingContextValues": sorted(missing),
    }
    seen = (
        {} if limit is None else {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": limit == "allowed"}}
    )
    return {**found, **seen}


def _decision(documents: Iterable[Document], action: str, arn: str, context: Context, missing: set[str]) -> str:
    """Adds to `missing` the keys of conditions that could have mattered and have no value."""
    effects = set()
    for statement in (item for document in documents for item in many(document["Statement"])):
        if _names(statement, "Action", action, re.IGNORECASE) and _names(statement, "Resource", arn, re.NOFLAG):
            missing |= {
                key for test in statement.get("Condition", {}).values() for key in test if key.lower() not in context
            }
            if _holds(statement.get("Condition", {}), context):
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
