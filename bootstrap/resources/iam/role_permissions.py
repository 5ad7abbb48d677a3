"""The permissions that a role needs, from its creation to its deletion.

Source: service authorization reference, AWS Identity and Access Management.
"""

from collections.abc import Mapping

from bootstrap.core.flags import DELETE_FOREIGN, DETACH_FOREIGN
from bootstrap.core.permission import REQUEST_TAGS, Condition, Permission, retagging
from bootstrap.resources.iam import shared as iam

_BOUNDARY = ("permissions_boundary",)
_BOUNDED = (Condition("StringEquals", "iam:PermissionsBoundary", ("{boundaries}",)),)
_ROLE = "arn:{partition}:iam::{account}:role{path}{name}"
_UPDATES: Mapping[str, tuple[str, ...]] = {
    "UpdateAssumeRolePolicy": ("trust",),
    "UpdateRole": ("description", "max_session_duration"),
    "PutRolePolicy": ("inline_policies",),
    "DeleteRolePolicy": ("inline_policies",),
}
"""The fields that each update action changes."""

PERMISSIONS: tuple[Permission, ...] = (
    Permission("find", "iam:ListRoles", "*"),
    Permission("find", "iam:ListRoleTags", "arn:{partition}:iam::{account}:role{path}*", wide="any role there may be ours"),
    *(
        Permission("bring", "iam:GetRole", f"arn:{{partition}}:iam::{{account}}:role{path}{{name}}", wide=iam.UNKNOWN_PATH)
        for path in iam.under(iam.ANYWHERE)
    ),
    Permission("create", "iam:GetPolicy", "{boundaries}", why="whether the boundary is there", optional=True),
    Permission("look", "iam:GetPolicyVersion", "{boundaries}", why="what the boundary keeps from a role is a warning"),
    *(
        Permission("read", f"iam:{action}", _ROLE)
        for action in (
            "GetRole",
            "ListRolePolicies",
            "ListAttachedRolePolicies",
            "ListInstanceProfilesForRole",
        )
    ),
    Permission("read", "iam:GetRolePolicy", _ROLE, only_for=("inline_policies",)),
    Permission("find", "iam:GetRolePolicy", _ROLE, why="what is found is read with all that is attached to it"),
    iam.COUNTED,
    Permission("create", "iam:CreateRole", _ROLE, _BOUNDED, sends=REQUEST_TAGS),
    Permission(
        "create", "iam:TagRole", _ROLE, why="IAM asks for it, as the owner tags go into CreateRole", sends=REQUEST_TAGS
    ),
    Permission("create", "iam:PutRolePolicy", _ROLE, only_for=("inline_policies",), sends=_BOUNDED),
    *(
        Permission(
            "update", f"iam:{action}", _ROLE, only_for=fields, sends=_BOUNDED if fields == ("inline_policies",) else ()
        )
        for action, fields in _UPDATES.items()
    ),
    *retagging("iam:TagRole", "iam:UntagRole", _ROLE),
    Permission("update", "iam:PutRolePermissionsBoundary", _ROLE, _BOUNDED, only_for=_BOUNDARY, given=_BOUNDARY),
    Permission("update", "iam:DeleteRolePermissionsBoundary", _ROLE, only_for=_BOUNDARY, unless=_BOUNDARY),
    Permission("update", "iam:DetachRolePolicy", _ROLE, only_for=(DETACH_FOREIGN,)),
    Permission("delete", "iam:DetachRolePolicy", _ROLE, only_for=(DETACH_FOREIGN,)),
    Permission("delete", "iam:DeleteRolePolicy", _ROLE, only_for=("inline_policies", DELETE_FOREIGN), sends=_BOUNDED),
    Permission("delete", "iam:DeleteRole", _ROLE, sends=_BOUNDED),
)
