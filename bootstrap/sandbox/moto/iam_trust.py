"""What AWS does with a role that a trust policy names, and moto does not: it must exist, and is kept by its unique id.

A role that was deleted then reads back as its id (AROA...), and another of the same name is not trusted.
Source: IAM user guide reference_policies_elements_principal.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.models import IAMBackend, Role, iam_backends

from bootstrap.sandbox.moto.patching import many

_PRINCIPAL = re.compile(r"arn:[^:]+:iam::(\d{12}):(role|user)/.+")
_ROLE_ID = re.compile(r"AROA[A-Z0-9]{8,}")


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    setattr(Role, "assume_role_policy_document", property(_readable_trust, _set_trust))  # noqa: B010  # a plain attribute in moto


def _set_trust(role: Role, document: str) -> None:
    """Raises MalformedPolicyDocument for a principal that does not exist, so far as moto knows its account."""
    vars(role)["trust"] = _with_principals(document, lambda principal: _id_of(principal, role.partition))


def _readable_trust(role: Role) -> str:
    return _with_principals(vars(role)["trust"], lambda principal: _arn_of(principal, role.partition))


def _id_of(principal: str, partition: str) -> str:
    if _ROLE_ID.fullmatch(principal) and _arn_of(principal, partition) == principal:
        raise _invalid(principal)
    named = _PRINCIPAL.fullmatch(principal)
    if named is None or (iam := _backend(named[1], partition)) is None:
        return principal
    if named[2] == "user":
        found = {user.arn: user.arn for user in iam.users.values()}  # moto's ids of users are not AWS's
    else:
        found = {role.arn: role.id for role in iam.roles.values()}
    if principal not in found:
        raise _invalid(principal)
    return found[principal]


def _arn_of(principal: str, partition: str) -> str:
    backends = [iam for account in list(iam_backends) if (iam := _backend(account, partition))]
    return next((iam.roles[principal].arn for iam in backends if principal in iam.roles), principal)


def _backend(account: str, partition: str) -> IAMBackend | None:
    """None for an account that this moto has not met: a vendor's, of which nobody here can know."""
    return iam_backends[account].get(partition) if account in iam_backends else None


def _invalid(principal: str) -> MalformedPolicyDocument:
    return MalformedPolicyDocument(f'Invalid principal in policy: "AWS":"{principal}"')


def _with_principals(document: str, change: Callable[[str], str]) -> str:
    """The policy with each AWS principal changed; the same text when none is."""
    try:
        content: Any = json.loads(document)
    except ValueError:
        return document
    changed = False
    for statement in many(content.get("Statement", [])) if isinstance(content, dict) else []:
        named = statement.get("Principal") if isinstance(statement, dict) else None
        if isinstance(named, dict) and "AWS" in named:
            before = many(named["AWS"])
            after = [change(principal) for principal in before]
            if after != before:
                changed = True
                named["AWS"] = after if len(after) > 1 else after[0]
    return json.dumps(content) if changed else document
