"""Roles that the holder of permissions can give any permission, and become: on some roles as on all of them.

Source: IAM user guide access_policies_boundaries, on delegating to others with iam:PermissionsBoundary and iam:PolicyARN.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bootstrap.core.actions import overlap, wildcards
from bootstrap.core.lint.finding import Finding, condition_keys, limits
from bootstrap.core.lint.grant import Grant

_GIVE = ("iam:AttachRolePolicy", "iam:PutRolePolicy")
_BECOME = ("iam:CreateRole", "iam:UpdateAssumeRolePolicy")
_WRITE = ("iam:CreatePolicy", "iam:CreatePolicyVersion")
_ROLE = "arn:*:iam::*:role/*"
_MIGHTY = tuple(
    f"arn:{partition}:iam::aws:policy/{name}"
    for partition in ("aws", "aws-cn", "aws-us-gov")
    for name in ("AdministratorAccess", "IAMFullAccess")
)


def role_escalations(allowed: Sequence[Grant], denied: Sequence[Grant]) -> Iterator[Finding]:
    """`CreateRole` says itself whom the role trusts; who is named in the trust needs no permission to assume it."""
    becomes = [
        (action, other)
        for action in _BECOME
        for way in allowed
        if way.allows(action) and _is_free(way, action, allowed, denied)
        for other in _roles(way)
    ]
    for one in allowed:
        gives = [
            action
            for action in _GIVE
            if one.allows(action) and not one.allows_widely(action) and _is_free(one, action, allowed, denied)
        ]
        mine = _roles(one) if gives else []
        ways = [(action, arn) for action, other in becomes for arn in mine if _meet(arn, other)]
        if ways:
            roles = sorted({arn for _, arn in ways})
            more = f" and {len(roles) - 3} more" if len(roles) > 3 else ""
            text = (
                f"{' and '.join(dict.fromkeys(action for action, _ in ways))} with {' and '.join(gives)} "
                f"on {', '.join(roles[:3])}{more}, and no condition on iam:PermissionsBoundary: "
                "its holder can give such a role any permission, and become it"
            )
            yield one.finding("escalation", text)


def _is_free(one: Grant, action: str, allowed: Sequence[Grant], denied: Sequence[Grant]) -> bool:
    """Whether no permissions boundary, list of policies, template or service holds it."""
    for _, key, values in limits(one.statement):
        attaches = action == "iam:AttachRolePolicy"  # no other of these requests carries a policy
        if key == "iam:policyarn" and not (attaches and any(_is_mighty(item) or _is_own(item, allowed) for item in values)):
            return False
        if key == "iam:permissionsboundary" and not any(_is_mighty(value) for value in values):
            return False
        by_a_service = key.startswith("aws:calledvia") and not any("cloudformation" in value for value in values)
        if key == "iam:roletemplatearn" or by_a_service:  # the service decides what; CloudFormation does what it is told
            return False
    return not any(item.allows(action) and _covers(item, one) for item in denied)


def _is_mighty(policy: str) -> bool:
    return any(wildcards(policy).fullmatch(name) for name in _MIGHTY)


def _is_own(policy: str, allowed: Sequence[Grant]) -> bool:
    """Whether the holder can write the policy that it may attach."""
    return ":iam::aws:" not in policy and any(
        one.allows(action) and any(_meet(policy, arn) for arn in one.resources()) for one in allowed for action in _WRITE
    )


def _covers(deny: Grant, one: Grant) -> bool:
    """Whether all that one is for is denied, at least without the named permissions boundary or policy."""
    tests = list(condition_keys(deny.statement))
    return all(
        key.lower() in ("iam:permissionsboundary", "iam:policyarn") and "not" in operator.lower()
        for operator, key, _ in tests
    ) and all(any(wildcards(pattern).fullmatch(arn) for pattern in deny.resources()) for arn in one.resources())


def _roles(one: Grant) -> list[str]:
    """Of service-linked roles nobody can change the permissions."""
    return [arn for arn in one.resources() if ":role/aws-service-role/" not in arn and (arn == "*" or overlap(_ROLE, arn))]


def _meet(one: str, other: str) -> bool:
    begins, as_other = _beginning(one), _beginning(other)
    if not (begins.startswith(as_other) or as_other.startswith(begins)):
        return False  # most do not, and this is faster
    return "*" in (one, other) or overlap(re.sub(r"\$\{[^}]*\}", "*", one), other)


@lru_cache(maxsize=4096)
def _beginning(arn: str) -> str:
    return re.split(r"[*?$]", arn, maxsplit=1)[0]
