"""Roles that the holder of some permissions can both change and become, on some roles as well as on all of them.

Source: IAM user guide access_policies_boundaries, on delegating to others with iam:PermissionsBoundary and iam:PolicyARN.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, reduce
from operator import or_

from bootstrap.permissions.actions import overlap
from bootstrap.permissions.lint.finding import Finding, condition_keys, limits
from bootstrap.permissions.lint.grant import Grant
from bootstrap.permissions.wildcards import Arns, Patterns, opened

_ATTACH = "iam:AttachRolePolicy"
_GIVE = (_ATTACH, "iam:PutRolePolicy")
"""Actions that give a role any permission."""
_BECOME = ("iam:CreateRole", "iam:UpdateAssumeRolePolicy")
"""Actions that set whom a role trusts. Whoever a trust names needs no permission to assume the role."""
_WRITE_POLICY = ("iam:CreatePolicy", "iam:CreatePolicyVersion")
_ANY_ROLE = "arn:*:iam::*:role/*"
_ADMINISTRATOR_POLICIES = Patterns(
    (
        f"arn:{partition}:iam::aws:policy/{name}".lower()
        for partition in ("aws", "aws-cn", "aws-us-gov")
        for name in ("AdministratorAccess", "IAMFullAccess")
    ),
    literal=True,
)


def role_escalations(allowed: Sequence[Grant], denied: Sequence[Grant]) -> Iterator[Finding]:
    """One finding for each statement that gives any permission to a role that another statement lets the holder become."""
    restrictions = _Restrictions(allowed, denied)
    become = {}
    for action in _BECOME:
        free = [each for each in allowed if each.allows(action) and not restrictions.hold(each, action)]
        if arns := [arn for each in free for arn in _roles(each)]:
            become[action] = _ArnSet(arns)
    for grant in allowed if become else ():
        give = [each for each in _GIVE if grant.allows(each) and not grant.allows_widely(each)]  # wide ones have a finding
        give = [each for each in give if not restrictions.hold(grant, each)]
        arns = _roles(grant) if give else []
        actions = [action for action, roles in become.items() if any(map(roles.meets, arns))]
        if actions:
            roles = sorted({arn for arn in arns if any(become[action].meets(arn) for action in actions)})
            more = f" and {len(roles) - 3} more" if len(roles) > 3 else ""
            text = (
                f"{' and '.join(actions)} with {' and '.join(give)} on {', '.join(roles[:3])}{more}, and no condition on "
                "iam:PermissionsBoundary: its holder can give such a role any permission, and become it"
            )
            yield grant.finding("escalation", text)


class _Restrictions:
    """What keeps the holder of a grant from giving a role any permission: conditions of the grant, and denials."""

    def __init__(self, allowed: Sequence[Grant], denied: Sequence[Grant]) -> None:
        writers = [each for each in allowed if any(map(each.allows, _WRITE_POLICY))]
        self._own_policies = _ArnSet(arn for each in writers for arn in each.resources)
        self._denied = [each for each in denied if _denies_all_but_named(each)]
        self._arns = sorted({arn for each in allowed for arn in each.resources})
        self._denied_on = cache(self._find_denied)

    def hold(self, grant: Grant, action: str) -> bool:
        """Whether a permissions boundary, a list of policies, a template, a service or a denial holds the grant."""
        tests = limits(grant.statement)
        return any(self._holds(key, values, action) for _, key, values in tests) or (
            self._denied_on(action).issuperset(grant.resources)
        )

    def _holds(self, key: str, values: Sequence[str], action: str) -> bool:
        """Whether a test of this key for these values holds the grant."""
        if key == "iam:policyarn":  # only AttachRolePolicy carries a policy: for other actions the test fails
            return action != _ATTACH or not any(_is_administrator(each) or self._is_own(each) for each in values)
        if key == "iam:permissionsboundary":
            return not any(map(_is_administrator, values))
        if key.startswith("aws:calledvia"):  # the service decides, but CloudFormation does what its user says
            return not any("cloudformation" in each for each in values)
        return key == "iam:roletemplatearn"

    def _is_own(self, policy: str) -> bool:
        """Whether the holder can write this policy."""
        return ":iam::aws:" not in policy and self._own_policies.meets(policy)

    def _find_denied(self, action: str) -> frozenset[str]:
        """The ARNs of all grants on which the action is denied."""
        patterns = {arn.lower() for each in self._denied if each.allows(action) for arn in each.resources}
        if not patterns:
            return frozenset()
        arns = Patterns((arn.lower() for arn in self._arns), literal=True)
        found = set(arns.of(reduce(or_, map(arns.meeting, patterns))))
        return frozenset(arn for arn in self._arns if arn.lower() in found)


class _ArnSet:
    """ARNs of policies, with wildcards and variables, to be compared with others."""

    def __init__(self, arns: Iterable[str]) -> None:
        given = set(arns)
        self._is_empty, self._has_all = not given, "*" in given
        self._arns = Arns(map(opened, given - {"*"}))

    def meets(self, arn: str) -> bool:
        """Whether one of them can match an ARN that `arn` can match."""
        return not self._is_empty and (self._has_all or arn == "*" or self._arns.meet(opened(arn)))


def _is_administrator(policy: str) -> bool:
    return bool(_ADMINISTRATOR_POLICIES.meeting(policy.lower()))


def _denies_all_but_named(deny: Grant) -> bool:
    """Whether it denies every request, at least without a certain permissions boundary or policy."""
    return "NotResource" not in deny.statement and all(
        key.lower() in ("iam:permissionsboundary", "iam:policyarn") and "not" in operator.lower()
        for operator, key, _ in condition_keys(deny.statement)
    )


def _roles(grant: Grant) -> list[str]:
    """The ARNs of roles. Nobody can change the permissions of a service-linked role."""
    of_roles = [arn for arn in grant.resources if ":role/aws-service-role/" not in arn]
    return [arn for arn in of_roles if arn == "*" or overlap(_ANY_ROLE, arn)]
