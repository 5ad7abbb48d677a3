"""A managed policy attached to a role: the attachment can be ours when role or policy are not.

It has no name, no tags and no id: the role's unique id and the policy's ARN identify it.
Source: IAM API reference AttachRolePolicy, DetachRolePolicy.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bootstrap.aws.errors import ignore_missing
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Obstacle, Outputs, Part, Properties
from bootstrap.core.owner import Owner
from bootstrap.core.permission import Condition, Permission
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.core.resource_type import Identifiers, Updates
from bootstrap.core.strictness import Repaired
from bootstrap.permissions.managed_policies import is_lock
from bootstrap.resources.iam import shared as iam
from bootstrap.resources.iam.policy import USED_BY
from bootstrap.resources.iam.role import ATTACHED, IamRole

_ALWAYS_ALLOWED = 10
"""The number of attached policies per role that IAM allows in every account."""
_ROLE = "arn:{partition}:iam::{account}:role{role_path}{role}"
_POLICY = (Condition("ArnLike", "iam:PolicyARN", ("{policy_arn}",)),)


@dataclass(frozen=True, kw_only=True)
class IamRoleAttachment(Resource):
    """`role` is the role's name, `role_path` its path (for the permission's ARN only), `policy_arn` of any policy.

    `why` is the vendor's reason for it and `source` the page, as a `Statement` has them; AWS knows neither.
    """

    kind = "iam_role_attachment"
    services = ("iam",)
    identifiers = Identifiers(
        outputs=("role_id", "role", "policy_arn"),
        unique_id="role_id",
        if_taken="Somebody else attached it. If nobody else needs it, detach it and run the same command again.",
        lag=iam.LAG,
    )
    updates = Updates(
        force_new={"role", "policy_arn"},
        strictness={
            "role_id": Repaired("which role it is"),
            "role_path": Repaired("for the ARN in a permission only"),
            "why": Repaired("for people only"),
            "source": Repaired("for people only"),
        },
    )
    permissions = (
        Permission("read", "iam:GetRole", _ROLE, wide=iam.UNKNOWN_PATH),
        Permission("read", "iam:ListAttachedRolePolicies", _ROLE, wide=iam.UNKNOWN_PATH),
        Permission("read", "iam:GetPolicy", "{own_policies}"),
        Permission("create", "iam:GetPolicy", "{policy_arn}", why="whether the policy exists", optional=True),
        Permission("create", "iam:AttachRolePolicy", _ROLE, _POLICY, wide=iam.UNKNOWN_PATH),
        # For an existing role; a role of ours has a `role_id`.
        Permission("create", "iam:GetRole", _ROLE, unless=("role_id",), wide=iam.UNKNOWN_PATH),
        Permission("create", "iam:ListAttachedRolePolicies", _ROLE, unless=("role_id",), wide=iam.UNKNOWN_PATH),
        iam.COUNTED._replace(unless=("role_id",)),
        Permission("delete", "iam:DetachRolePolicy", _ROLE, _POLICY, wide=iam.UNKNOWN_PATH),
    )

    role: str
    policy_arn: str
    role_id: str = ""
    role_path: str = "/"
    why: str = ""
    source: str = ""

    @property
    def purpose(self) -> str:
        return f"{self.why} ({self.source})" if self.why and self.source else self.why

    @property
    def label(self) -> str:
        return f"{self.policy_arn.rpartition('/')[2]} on {self.role}"

    def arn_variables(self) -> Properties:
        """Adds the policy unless it is one of AWS's (the owner is read only for the others), and the paths that the role
        may have."""
        paths = iam.under(self.role_path)
        own = [] if ":iam::aws:" in self.policy_arn else [self.policy_arn]
        return {**self.properties(), "own_policies": own, "role_path": paths}

    @property
    def policies_of_others(self) -> Sequence[str]:
        return [] if ":iam::aws:" in self.policy_arn or iam.unresolved(self.policy_arn) else [self.policy_arn]

    @property
    def why_protected(self) -> str:
        """AWS attaches these policies to a role whose keys leaked, and administrators to a role that they need to stop."""
        name = self.policy_arn.rpartition("/")[2]
        return f"{name} keeps a role from doing harm" if is_lock(self.policy_arn) else ""

    def validate(self, account: Account) -> Sequence[str]:
        if iam.unresolved(self.policy_arn) or self.policy_arn.startswith(f"arn:{account.partition}:iam::"):
            return ()
        like = f"arn:{account.partition}:iam::aws:policy/NAME"
        what = f"{self.policy_arn} is not the ARN of an IAM policy in the partition {account.partition}"
        return [f"{what} (one of AWS's is {like})"]

    def counts_as(self) -> str:
        return f"policies on {self.role}"

    def needs_settings_of(self, other: Resource) -> bool:
        """A role's own policies may deny what this one allows: then they come first."""
        return not isinstance(other, IamRole) or bool(other.denying)

    def attachments(self) -> Iterable[Part]:
        return (Part(ATTACHED, self.role, self.policy_arn), Part(USED_BY, self.policy_arn, f"role {self.role}"))

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        # If it is recorded, look at the recorded role: it would stay there if the desired role is another one now.
        name, policy_arn = outputs.get("role", self.role), outputs.get("policy_arn", self.policy_arn)
        if iam.unresolved(name, policy_arn):
            return None
        if aws.expects_gone and not self.role_id:  # the role is not ours, and stays
            [attached] = aws.read(iam.attached_policies(name))
            if not _has(attached, policy_arn):
                return None
        own = f":iam::{aws.account.id}:" in policy_arn
        role, attached, *policies = aws.read_existing(
            Query("iam", "get_role", {"RoleName": name}, (iam.GONE,)),
            iam.attached_policies(name),
            *([Query("iam", "get_policy", {"PolicyArn": policy_arn}, (iam.GONE,))] if own else []),
        )
        if role is None or not _has(attached, policy_arn):
            return None
        # On a role that somebody else created, or recreated with a copy of our tags, it belongs to the owner of the policy.
        role_id = role["Role"]["RoleId"]
        parents = [policy["Policy"] for policy in policies if policy]
        known = outputs.get("role_id") or self.role_id
        parents += [role["Role"]] if known in ("", role_id) or iam.unresolved(known) else []
        owners = [owner for item in parents if (owner := Owner.from_tags(iam.tag_map(item.get("Tags", []))))]
        ours = any(owner.shares_deployment(aws.owner) for owner in owners)
        return Live(
            outputs={"role_id": role_id, "role": name, "policy_arn": policy_arn},
            properties={"role": name, "policy_arn": policy_arn},
            owner=aws.owner if ours else None,
        )

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        """Whether the policy is missing, or the role would have more policies than IAM allows in this account."""
        return [*iam.policy_obstacles(aws, self.policy_arn, "the policy"), *self._no_room(aws)]

    def _no_room(self, aws: Cloud) -> Sequence[Obstacle]:
        is_new = iam.unresolved(self.role, self.role_id)  # the plan creates the role
        [found] = [None] if is_new else aws.read(iam.attached_policies(self.role))
        attached, makes = len(found["AttachedPolicies"]) if found else 0, aws.planned.counts.get(self.counts_as(), 1)
        if attached + makes <= _ALWAYS_ALLOWED:
            return ()
        limit = iam.quota(aws, "AttachedPoliciesPerRoleQuota")
        if limit is None or attached + makes <= limit:
            return ()
        what = f"{self.role} has {attached} attached policies, the plan adds {makes}, and this account's limit is {limit}"
        return [Obstacle(what, f"Detach what nobody needs, or {iam.more('Managed policies per role (L-0DA4ABF3)')}")]

    def create(self, aws: Cloud) -> Live:
        outputs = {"role_id": self.role_id, "role": self.role, "policy_arn": self.policy_arn}

        def look() -> None:
            outputs["role_id"] = aws.call("iam", "get_role", RoleName=self.role)["Role"]["RoleId"]

        attach = partial(aws.call, "iam", "attach_role_policy", RoleName=self.role, PolicyArn=self.policy_arn)
        aws.at_once(attach, *([] if self.role_id else [look]))
        return Live(outputs=outputs, properties=self.properties(), owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        role, policy_arn = outputs.get("role", self.role), outputs.get("policy_arn", self.policy_arn)
        with ignore_missing(iam.GONE):
            aws.call("iam", "detach_role_policy", RoleName=role, PolicyArn=policy_arn)


def _has(attached: Any, policy_arn: str) -> bool:
    """Whether the policy is in an answer to `attached_policies`."""
    return attached is not None and policy_arn in {item["PolicyArn"] for item in attached["AttachedPolicies"]}
