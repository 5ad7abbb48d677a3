"""Corrections of moto's STS: who may assume a role (see `sandbox/moto/corrections.py`)."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from moto.core import errors
from moto.iam.models import Role, iam_backends
from moto.sts.exceptions import STSClientError
from moto.sts.models import AssumedRole, STSBackend
from moto.sts.responses import TokenResponse

from bootstrap.permissions.wildcards import matches
from bootstrap.sandbox.moto.patching import Method, many, wrap_method

ENTRANCE = "OrganizationAccountAccessRole"
"""A role that an organization's accounts have from the start; here it leads into any account."""


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    # moto warns of codes that are not in a service's model; this one all services have.
    errors.COMMON_ERROR_CODES = [*errors.COMMON_ERROR_CODES, "AccessDenied"]
    _roles_are_assumed_by_those_they_trust()


def _roles_are_assumed_by_those_they_trust() -> None:
    """In moto anybody may assume any role, even one that does not exist. On AWS its trust policy with the external id
    decides, and for another account's role also the caller's own policies."""

    def assume_role(original: Method, response: TokenResponse) -> Any:
        arn = str(response._get_param("RoleArn"))
        _, caller, _ = response.backend.get_caller_identity(response.get_access_key(), response.region)
        if not arn.endswith(f"/{ENTRANCE}") and not _may(caller, arn, response._get_param("ExternalId")):
            message = f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            raise STSClientError("AccessDenied", message)
        return original(response)

    wrap_method(TokenResponse, "assume_role", assume_role)


def report_issued(report: Callable[[str, str], None]) -> None:
    """From now on `report` gets the access key id and the session token of all that is issued."""

    def issued(original: Method, *arguments: Any, **named: Any) -> AssumedRole:
        role: AssumedRole = original(*arguments, **named)
        report(role.access_key_id, role.session_token)
        return role

    for name in ("assume_role", "get_scoped_credentials"):
        wrap_method(STSBackend, name, issued)


def _may(caller: str, arn: str, external_id: str | None) -> bool:
    role = _role(arn)
    account = arn.split(":")[4]
    trusted = list(_statements([role.assume_role_policy_document])) if role else []
    if {item.get("Effect") for item in trusted if _is_met(item, caller, external_id)} != {"Allow"}:
        return False
    actor = _role(caller)
    if actor is None or account == caller.split(":")[4]:
        return True  # a person here may do everything, and in one account the trust is enough
    versions = [version for policy in actor.managed_policies.values() for version in policy.versions if version.is_default]
    documents = [*actor.policies.values(), *(version.document for version in versions)]
    return any(_allows(item, arn) for item in _statements(documents))


def _role(arn: str) -> Role | None:
    """The role with the ARN, or the one behind the session with the ARN (assumed-role/NAME/SESSION)."""
    _, partition, _, _, account, rest = arn.split(":", 5)
    kind, _, path = rest.partition("/")
    name = path.partition("/")[0] if kind == "assumed-role" else path.rpartition("/")[2]
    found: Iterable[Role] = iam_backends[account][partition].roles.values() if kind in ("role", "assumed-role") else ()
    return next((role for role in found if role.name == name and (kind == "assumed-role" or role.arn == arn)), None)


def _statements(documents: Iterable[str]) -> Iterator[dict[str, Any]]:
    for document in documents:
        yield from many(json.loads(document).get("Statement", []))


def _is_met(statement: dict[str, Any], caller: str, external_id: str | None) -> bool:
    """Whether a statement of a trust policy is about this request; of conditions, those on the external id count."""
    account = caller.split(":")[4]
    actor = _role(caller)
    known = {"*", account, f"arn:{caller.split(':')[1]}:iam::{account}:root", caller, actor.arn if actor else caller}
    principal = statement.get("Principal", {})
    named = many(principal.get("AWS", [])) if isinstance(principal, dict) else many(principal)
    wanted, refused = (
        statement.get("Condition", {}).get(operator, {}).get("sts:ExternalId")
        for operator in ("StringEquals", "StringNotEquals")
    )
    return (
        "sts:AssumeRole" in many(statement["Action"])
        and not known.isdisjoint(named)
        and (wanted is None or external_id in many(wanted))
        and (refused is None or external_id not in many(refused))
    )


def _allows(statement: dict[str, Any], arn: str) -> bool:
    actions, resources = many(statement.get("Action", [])), many(statement.get("Resource", []))
    return (
        statement["Effect"] == "Allow"
        and any(matches(action, "sts:AssumeRole") for action in actions)
        and any(matches(resource, arn) for resource in resources)
    )
