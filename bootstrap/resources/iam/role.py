"""An IAM role with its trust policy and inline policies.

Order, limits, drift: IAM API reference CreateRole, DeleteRole; IAM user guide reference_iam-quotas and
reference_policies_elements_principal (a deleted principal shows as a unique id and does not come back).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bootstrap.aws.errors import ignore_missing, raise_already_exists
from bootstrap.core import policy
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.deleted_in_two import DeletedInTwo
from bootstrap.core.difference import Difference
from bootstrap.core.flags import DELETE_FOREIGN, DETACH_FOREIGN
from bootstrap.core.live import Live, Obstacle, Outputs, Part, Properties
from bootstrap.core.owner import Owner, stack_of
from bootstrap.core.pending import LOCKED
from bootstrap.core.query import Query
from bootstrap.core.resource import OTHER_NAMES
from bootstrap.core.resource_type import Deletion, Identifiers, Opening, Updates
from bootstrap.core.search_filter import SearchFilter
from bootstrap.core.strictness import Compared, Limited, Repaired, Smaller
from bootstrap.permissions.federated_trust import providers
from bootstrap.permissions.policy_order import policy_order, trust_order
from bootstrap.resources.iam import shared as iam
from bootstrap.resources.iam.role_permissions import PERMISSIONS

ATTACHED = "attached policy"
INLINE = "inline policy"
PROFILE = "instance profile"
_MOST_OF_A_PAGE = 1_000
_FEW = 100
"""Up to this many roles in an account, the tags of every role are read, whatever its name."""


@dataclass(frozen=True, kw_only=True)
class IamRole(DeletedInTwo):
    """`trust` and the values of `inline_policies` (by policy name) are policy documents; duration in seconds."""

    kind = "iam_role"
    services = ("iam",)
    identifiers = Identifiers(
        outputs=("name", "arn", "role_id"),
        unique_id="role_id",
        if_taken=OTHER_NAMES,
        arn_prefixes={"iam:role": "name"},
        stack_id="name",
        lag=iam.LAG,
    )
    updates = Updates(
        force_new={"name", "path"},
        additive={"inline_policies": INLINE},
        never_ours={"AWSRevokeOlderSessions"},  # the console's "Revoke active sessions"
        strictness={
            "trust": Compared(trust_order),
            "inline_policies": Compared(policy_order),
            "description": Repaired("a text that IAM does nothing with"),
            "permissions_boundary": Limited(),
            "max_session_duration": Smaller(),
        },
        opens={
            "permissions_boundary": Opening(
                "lost-boundary", "the permissions boundary that was set does not limit it any more"
            ),
            "max_session_duration": Opening("longer-session", "a session may last longer than was set"),
            INLINE: Opening("foreign-policy", "it may grant what this deployment does not"),
            ATTACHED: Opening("foreign-policy", "it may grant what this deployment does not"),
            PROFILE: Opening("new-principal", "anyone who starts a machine with it can act with the role"),
        },
        set_by={"permissions_boundary": "--permissions-boundary"},
        precheck_on_update={"permissions_boundary"},
    )
    deletion = Deletion(detachable=ATTACHED)
    permissions = PERMISSIONS
    while_waiting = {"trust": LOCKED}

    name: str
    trust: policy.PolicyDocument
    inline_policies: dict[str, policy.PolicyDocument] = field(default_factory=dict)
    description: str = ""
    path: str = "/"
    permissions_boundary: str | None = None
    max_session_duration: int = 3600

    @property
    def label(self) -> str:
        return self.name

    @property
    def policies_of_others(self) -> Sequence[str]:
        return [self.permissions_boundary] if self.permissions_boundary else []

    @property
    def denying(self) -> list[str]:
        """The names of the inline policies that deny anything."""
        return [name for name, content in self.inline_policies.items() if policy.denies(content)]

    def validate(self, account: Account) -> Sequence[str]:
        found = [
            *iam.name_problems("role", self.name, 64),
            *iam.path_problems(self.path),
            *iam.tag_problems(self.tags),
            *iam.text_problems("description", self.description),
            *(f"trust: {item}" for item in iam.trust_problems(self.trust, account)),
        ]
        for name, content in self.inline_policies.items():
            found += iam.name_problems("inline policy", name, 128)
            wrong = policy.policy_problems(content, policy.INLINE_SUM_LIMIT)
            found += [type(item)(f"{name}: {item}") for item in wrong]
        total = sum(policy.characters(content) for content in self.inline_policies.values())
        if len(self.inline_policies) > 1 and total > policy.INLINE_SUM_LIMIT:
            most = policy.INLINE_SUM_LIMIT
            found.append(policy.TooLong(f"inline policies: {total:,} characters together; IAM accepts {most:,}"))
        if not 3600 <= self.max_session_duration <= 43200:
            found.append("max_session_duration: IAM accepts 3,600 to 43,200 seconds")
        return found

    def arn_variables(self) -> Properties:
        return {**self.properties(), "boundaries": [self.permissions_boundary] if self.permissions_boundary else []}

    def policies(self, account: Account) -> Mapping[str, Mapping[str, Any]]:
        return {"trust": self.trust, **self.inline_policies}

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        """Whether the quota allows it, and the boundary exists and belongs to this account or to AWS."""
        return [
            *iam.no_room(aws, self, "Roles", "IAM roles", "Roles per account (L-FE177D64)"),
            *iam.policy_obstacles(aws, self.permissions_boundary, "the permissions boundary"),
        ]

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return {"name": self.name, "arn": iam.arn(account, "role", self.path, self.name)}

    def attachments(self) -> Iterable[Part]:
        return [Part(iam.TRUSTED_BY, provider, f"role {self.name}") for provider, _ in providers(self.trust)]

    def canonical(self, name: str, value: Any) -> Any:
        return policy.canonical(value) if name in ("trust", "inline_policies") else value

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        """One round trip when the inline policies are the expected ones: all queries are sent at once."""
        name = outputs.get("name", self.name)
        role = {"RoleName": name}
        answers = aws.read_existing(
            Query("iam", "get_role", role, (iam.GONE,)),
            Query("iam", "list_role_policies", role, (iam.GONE,)),
            iam.attached_policies(name),
            Query("iam", "list_instance_profiles_for_role", role, (iam.GONE,)),
            *(Query("iam", "get_role_policy", {**role, "PolicyName": item}, (iam.GONE,)) for item in self.inline_policies),
        )
        found, inline, attached, profiles, *documents = answers
        if found is None:
            return None
        own = {
            item: answer["PolicyDocument"] for item, answer in zip(self.inline_policies, documents, strict=True) if answer
        }
        live = found["Role"]
        others = [item for item in (inline or {}).get("PolicyNames", []) if item not in own and not aws.destroying]
        queries = {item: Query("iam", "get_role_policy", {**role, "PolicyName": item}, (iam.GONE,)) for item in others}
        tags = iam.tag_map(live.get("Tags", []))
        return Live(
            outputs=_outputs(aws.account, live),
            properties={
                "name": live["RoleName"],
                "trust": live["AssumeRolePolicyDocument"],
                # Of a policy that is not ours, or no longer desired, only the name is compared.
                "inline_policies": {item: own.get(item, {}) for item in (inline or {}).get("PolicyNames", [])},
                "description": live.get("Description", ""),
                "path": live["Path"],
                "permissions_boundary": live.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
                "max_session_duration": live.get("MaxSessionDuration", 3600),
                "tags": iam.own_tags(tags),
            },
            owner=Owner.from_tags(tags),
            stack=stack_of(tags),
            parts=frozenset(
                [Part(ATTACHED, name, item["PolicyArn"]) for item in (attached or {}).get("AttachedPolicies", [])]
                + [Part(PROFILE, name, item["InstanceProfileName"]) for item in (profiles or {}).get("InstanceProfiles", [])]
            ),
            documents={
                f"{INLINE} {item}": answer["PolicyDocument"]
                for item, query in queries.items()
                if (answer := aws.read_if_allowed(query))
            },
            notes=tuple(
                f"the trusted principal {dead} is a role or user that was deleted; the trust policy must be written again"
                for dead in policy.dead_principals(live["AssumeRolePolicyDocument"])
            ),
        )

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: SearchFilter) -> Iterable[tuple[Outputs, Mapping[str, str]]]:
        """ListRoles does not return tags, so they are read role by role. With many roles, only those whose name or
        description could be ours: in an account with thousands, reading all would make IAM throttle everybody."""
        [answer] = aws.read(Query("iam", "list_roles", {"PathPrefix": search_filter.path, "MaxItems": _MOST_OF_A_PAGE}))
        roles = [item for item in answer["Roles"] if not item["Path"].startswith("/aws-")]
        if len(roles) > _FEW:
            roles = [item for item in roles if search_filter.matches(item["RoleName"], item.get("Description", ""))]
        names = [item["RoleName"] for item in roles]
        tags = aws.read_each([Query("iam", "list_role_tags", {"RoleName": name}, (iam.GONE,)) for name in names], "roles")
        for name, found in zip(names, tags, strict=True):
            yield {"name": name}, iam.tag_map((found or {}).get("Tags", []))

    def why_unusable(self, aws: Cloud) -> str:
        """Reads only the role: for an existing role of the user, no other permission should be necessary."""
        [found] = aws.read(Query("iam", "get_role", {"RoleName": self.name}, (iam.GONE,)))
        if found is None:
            return f"there is no role {self.name} in account {aws.account.id}"
        if (path := found["Role"]["Path"]).startswith(iam.PROTECTED):
            return f"the role {self.name} (path {path}) can be changed by AWS only; name a role of your own"
        return ""

    def create(self, aws: Cloud) -> Live:
        boundary = {"PermissionsBoundary": self.permissions_boundary} if self.permissions_boundary else {}
        with raise_already_exists("EntityAlreadyExists"):
            answer = aws.call(
                "iam",
                "create_role",
                RoleName=self.name,
                Path=self.path,
                AssumeRolePolicyDocument=json.dumps(self.trust),
                Description=self.description,
                MaxSessionDuration=self.max_session_duration,
                Tags=aws.tags(self.tags),
                **boundary,
            )
        return Live(
            outputs=_outputs(aws.account, answer["Role"]),
            properties={**self.properties(), "inline_policies": {}},
            owner=aws.owner,
        )

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        role = {"RoleName": outputs["name"]}
        _detach(aws, role)
        changed = {item.field for item in differences}
        if "trust" in changed:
            aws.call("iam", "update_assume_role_policy", **role, PolicyDocument=json.dumps(self.trust))
        if changed & {"description", "max_session_duration"}:
            aws.call(
                "iam", "update_role", **role, Description=self.description, MaxSessionDuration=self.max_session_duration
            )
        if "permissions_boundary" in changed and self.permissions_boundary:
            aws.call("iam", "put_role_permissions_boundary", **role, PermissionsBoundary=self.permissions_boundary)
        elif "permissions_boundary" in changed:
            with ignore_missing(iam.GONE):
                aws.call("iam", "delete_role_permissions_boundary", **role)
        inline = [item for item in differences if item.field == "inline_policies"]
        denying = [item for item in inline if policy.denies(item.after or {})]
        for items in (denying, [item for item in inline if item not in denying]):
            aws.at_once(*(partial(_apply, aws, role, item) for item in items))
        iam.retag(aws, "role", role, differences)
        return outputs

    def strip(self, aws: Cloud, outputs: Outputs) -> None:
        """What denies goes after what allows, and last what others added that the plan named: it may be a lock."""
        role = {"RoleName": outputs.get("name", self.name)}
        allowing = [name for name in self.inline_policies if name not in self.denying]
        added = _named(aws, INLINE) if DELETE_FOREIGN in aws.allowed else []
        for names in (allowing, self.denying, added):
            aws.at_once(*(partial(_remove, aws, "delete_role_policy", **role, PolicyName=name) for name in names))
        _detach(aws, role)

    def remove(self, aws: Cloud, outputs: Outputs) -> None:
        _remove(aws, "delete_role", RoleName=outputs.get("name", self.name))


def _named(aws: Cloud, what: str) -> list[str]:
    """What the plan named of that kind."""
    return [each.removeprefix(f"{what} ") for each in sorted(aws.also_removed) if each.startswith(f"{what} ")]


def _detach(aws: Cloud, role: Mapping[str, str]) -> None:
    """Detaches what the plan named of what others attached."""
    if DETACH_FOREIGN in aws.allowed and (found := _named(aws, ATTACHED)):
        aws.at_once(*(partial(_remove, aws, "detach_role_policy", **role, PolicyArn=arn) for arn in found))


def _apply(aws: Cloud, role: Mapping[str, str], item: Difference) -> None:
    """Writes or deletes one inline policy. IAM may refuse several of a role at a time; `retry.RULES` send those again."""
    if item.after is None:
        _remove(aws, "delete_role_policy", **role, PolicyName=item.key)
    else:
        aws.call("iam", "put_role_policy", **role, PolicyName=item.key, PolicyDocument=json.dumps(item.after))


def _remove(aws: Cloud, operation: str, **named: Any) -> None:
    with ignore_missing(iam.GONE):
        aws.call("iam", operation, **named)


def _outputs(account: Account, live: Mapping[str, str]) -> dict[str, str]:
    """The ARN is computed, not read: for some seconds after the creation AWS may return the unique id instead."""
    arn = iam.arn(account, "role", live["Path"], live["RoleName"])
    return {"name": live["RoleName"], "arn": arn, "role_id": live["RoleId"]}
