"""What an administrator can add to the operator's policies, so that a permissions boundary limits every role. Pure.

Source: IAM user guide, access_policies_boundaries (delegating to others); Service authorization reference, IAM, for the
actions that have the key iam:PermissionsBoundary. A Deny with StringNotEquals also denies a role without any boundary.
"""

from collections.abc import Iterable, Mapping

from bootstrap.core.policy import VERSION, Document, as_list

BOUNDED = (
    *("iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"),
    *("iam:UpdateAssumeRolePolicy", "iam:UpdateRole"),
)
"""What gives a role permissions, or lets somebody in, or for longer."""
_REWRITES = ("iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion")
NAME = "NAME-OF-YOUR-BOUNDARY"


def operator_limits(operator: Iterable[Document], boundary: str | None) -> Mapping[str, Document]:
    """A policy of denials for each account in which the operator's policies change roles, by the account's number. Where the
    `boundary` is not of that account, its ARN has a name to fill in."""
    roles: dict[str, dict[str, None]] = {}
    for statement in (each for document in operator for each in document["Statement"]):
        if not set(BOUNDED).isdisjoint(as_list(statement["Action"])):
            for arn in as_list(statement["Resource"]):
                roles.setdefault(arn.split(":")[4], {})[arn] = None
    return {account: _limit(sorted(arns), _boundary(boundary, *arns)) for account, arns in sorted(roles.items())}


def _boundary(given: str | None, role: str, *_: str) -> str:
    here = role.partition(":role/")[0]
    return given if given and given.startswith(f"{here}:") else f"{here}:policy/{NAME}"


def _limit(roles: list[str], boundary: str) -> Document:
    statements = [
        {
            "Sid": "RolesOnlyWithTheBoundary",
            "Effect": "Deny",
            "Action": list(BOUNDED),
            "Resource": roles,
            "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": boundary}},
        },
        {"Sid": "TheBoundaryStays", "Effect": "Deny", "Action": "iam:DeleteRolePermissionsBoundary", "Resource": roles},
        {"Sid": "TheBoundaryIsNotRewritten", "Effect": "Deny", "Action": list(_REWRITES), "Resource": boundary},
    ]
    return {"Version": VERSION, "Statement": statements}
