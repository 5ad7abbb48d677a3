"""Roles that the holder of permissions can give any permission, and become: on some roles as on all of them.

Source: IAM user guide access_policies_boundaries, on delegating to others with iam:PermissionsBoundary and iam:PolicyARN.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, reduce
from operator import or_

from bootstrap.permissions.actions import overlap
from bootstrap.permissions.lint.finding import Finding, condition_keys, limits
from bootstrap.permissions.lint.grant import Grant
from bootstrap.permissions.wildcards import Arns, Patterns, opened

_GIVE = ("iam:AttachRolePolicy", "iam:PutRolePolicy")
_BECOME = ("iam:CreateRole", "iam:UpdateAssumeRolePolicy")
_WRITE = ("iam:CreatePolicy", "iam:CreatePolicyVersion")
_ROLE = "arn:*:iam::*:role/*"
_MIGHTY = Patterns(
    (
        f"arn:{partition}:iam::aws:policy/{name}".lower()
        for partition in ("aws", "aws-cn", "aws-us-gov")
        for name in ("AdministratorAccess", "IAMFullAccess")
    ),
    literal=True,
)


def role_escalations(allowed: Sequence[Grant], denied: Sequence[Grant]) -> Iterator[Finding]:
    """`CreateRole` says itself whom the role trusts; who is named in the trust needs no permission to assume it."""
    held = _Held(allowed, denied)
    becomes = {
        action: [arn for way in allowed if way.allows(action) and held.is_free(way, action) for arn in _roles(way)]
        for action in _BECOME
    }
    reach = {action: _Reach(arns) for action, arns in becomes.items() if arns}
    for one in allowed:
        gives = [
            action for action in _GIVE if one.allows(action) and not one.allows_widely(action) and held.is_free(one, action)
        ]
        mine = _roles(one) if gives and reach else []
        ways = [(action, arn) for action, others in reach.items() for arn in mine if others.meets(arn)]
        if ways:
            roles = sorted({arn for _, arn in ways})
            more = f" and {len(roles) - 3} more" if len(roles) > 3 else ""
            text = (
                f"{' and '.join(dict.fromkeys(action for action, _ in ways))} with {' and '.join(gives)} "
                f"on {', '.join(roles[:3])}{more}, and no condition on iam:PermissionsBoundary: "
                "its holder can give such a role any permission, and become it"
            )
            yield one.finding("escalation", text)


class _Held:
    """What holds a grant back: named boundaries and policies, services, and what is denied."""

    def __init__(self, allowed: Sequence[Grant], denied: Sequence[Grant]) -> None:
        writers = [one for one in allowed if any(one.allows(action) for action in _WRITE)]
        self._written = _Reach(arn for one in writers for arn in one.resources())
        self._denies = [one for one in denied if _leaves_named_ones_only(one)]
        self._arns = sorted({arn for one in allowed for arn in one.resources()})
        self.never = cache(self._never)

    def is_free(self, one: Grant, action: str) -> bool:
        """Whether no permissions boundary, list of policies, template or service holds it."""
        for _, key, values in limits(one.statement):
            attaches = action == "iam:AttachRolePolicy"  # no other of these requests carries a policy
            if key == "iam:policyarn" and not (attaches and any(_is_mighty(item) or self._is_own(item) for item in values)):
                return False
            if key == "iam:permissionsboundary" and not any(_is_mighty(value) for value in values):
                return False
            by_a_service = key.startswith("aws:calledvia") and not any("cloudformation" in value for value in values)
            if key == "iam:roletemplatearn" or by_a_service:  # the service decides; CloudFormation does what it is told
                return False
        return not self.never(action).issuperset(one.resources())

    def _is_own(self, policy: str) -> bool:
        """Whether the holder can write the policy that it may attach."""
        return ":iam::aws:" not in policy and self._written.meets(policy)

    def _never(self, action: str) -> frozenset[str]:
        """The ARNs of the grants on which all is denied, at least without the named permissions boundary or policy."""
        patterns = {arn.lower() for one in self._denies if one.allows(action) for arn in one.resources()}
        if not patterns:
            return frozenset()
        arns = Patterns((arn.lower() for arn in self._arns), literal=True)
        found = set(arns.of(reduce(or_, map(arns.meeting, patterns))))
        return frozenset(arn for arn in self._arns if arn.lower() in found)


class _Reach:
    """ARNs of policies, to see whether others can mean the same thing."""

    def __init__(self, arns: Iterable[str]) -> None:
        given = set(arns)
        self._any, self._everything = bool(given), "*" in given
        self._arns = Arns(map(opened, given - {"*"}))

    def meets(self, arn: str) -> bool:
        return self._any and (self._everything or arn == "*" or self._arns.meet(opened(arn)))


def _is_mighty(policy: str) -> bool:
    return bool(_MIGHTY.meeting(policy.lower()))


def _leaves_named_ones_only(deny: Grant) -> bool:
    return all(
        key.lower() in ("iam:permissionsboundary", "iam:policyarn") and "not" in operator.lower()
        for operator, key, _ in condition_keys(deny.statement)
    )


def _roles(one: Grant) -> list[str]:
    """Of service-linked roles nobody can change the permissions."""
    return [arn for arn in one.resources() if ":role/aws-service-role/" not in arn and (arn == "*" or overlap(_ROLE, arn))]
