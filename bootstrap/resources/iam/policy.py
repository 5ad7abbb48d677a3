"""A customer managed IAM policy. Its document has versions, of which IAM keeps five.

Source: IAM API reference CreatePolicy, CreatePolicyVersion, DeletePolicy.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of, fallback_after, ignore_missing, raise_already_exists
from bootstrap.core import policy
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Obstacle, Outputs, Part
from bootstrap.core.owner import Owner, stack_of
from bootstrap.core.permission import REQUEST_TAGS, Permission, retagging
from bootstrap.core.query import Query
from bootstrap.core.resource import OTHER_NAMES, Taggable
from bootstrap.core.resource_type import Identifiers, Opening, Updates
from bootstrap.core.strictness import Compared
from bootstrap.permissions.policy_order import policy_order
from bootstrap.resources.iam import shared as iam

MOST_VERSIONS = 5
USED_BY = "attached to"
_VERSION = "policy version"

_POLICY = "arn:{partition}:iam::{account}:policy{path}{name}"
# A search lists all types of a service, even when the inputs use an existing role and create none.
_ROLES = "with other inputs there may have been roles, which no index of tags has"


@dataclass(frozen=True, kw_only=True)
class IamPolicy(Taggable):
    """`document` is a policy document of up to 6,144 characters without white space."""

    kind = "iam_policy"
    services = ("iam",)
    identifiers = Identifiers(
        outputs=("arn", "policy_id", "version"),
        unique_id="policy_id",
        if_taken=OTHER_NAMES,
        arn_prefixes={"iam:policy": "arn"},
        stack_id="arn",
        lag=iam.LAG,
    )
    updates = Updates(
        force_new={"name", "path", "description"},
        strictness={"document": Compared(policy_order)},
        opens={USED_BY: Opening("new-principal", "any user or role that it is attached to may do what it allows")},
    )
    permissions = (
        Permission("find", "iam:ListRoles", "*", why=_ROLES),
        Permission(
            "find",
            "iam:ListRoleTags",
            "arn:{partition}:iam::{account}:role{path}*",
            wide="any role there may be ours",
            why=_ROLES,
        ),
        *(
            Permission("read", f"iam:{action}", _POLICY)
            for action in ("GetPolicy", "GetPolicyVersion", "ListEntitiesForPolicy", "ListPolicyVersions")
        ),
        iam.COUNTED,
        Permission("create", "iam:CreatePolicy", _POLICY, sends=REQUEST_TAGS),
        Permission(
            "create",
            "iam:TagPolicy",
            _POLICY,
            why="IAM asks for it, as the owner tags go into CreatePolicy",
            sends=REQUEST_TAGS,
        ),
        *(
            Permission("update", f"iam:{action}", _POLICY, only_for=("document",))
            for action in ("DeletePolicyVersion", "CreatePolicyVersion")
        ),
        *retagging("iam:TagPolicy", "iam:UntagPolicy", _POLICY),
        *(Permission("delete", f"iam:{action}", _POLICY) for action in ("DeletePolicyVersion", "DeletePolicy")),
    )

    name: str
    document: policy.PolicyDocument
    description: str = ""
    path: str = "/"

    @property
    def label(self) -> str:
        return self.name

    def validate(self, account: Account) -> Sequence[str]:
        return [
            *iam.name_problems("policy", self.name, 128),
            *iam.path_problems(self.path, letters=r"[\w.,+@=/-]"),
            *iam.tag_problems(self.tags),
            *iam.text_problems("description", self.description),
            *policy.policy_problems(self.document, policy.MANAGED_LIMIT),
        ]

    def policies(self, account: Account) -> Mapping[str, Mapping[str, Any]]:
        return {"document": self.document}

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return {"arn": iam.arn(account, "policy", self.path, self.name)}

    def canonical(self, name: str, value: Any) -> Any:
        return policy.canonical(value) if name == "document" else value

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        """One round trip while the recorded version is still the default, otherwise two."""
        arn = outputs.get("arn") or iam.arn(aws.account, "policy", self.path, self.name)
        version = outputs.get("version")
        expected = [self._version(arn, version)] if version else []
        found, entities, versions, *documents = aws.read_existing(
            Query("iam", "get_policy", {"PolicyArn": arn}, (iam.GONE,)),
            Query("iam", "list_entities_for_policy", {"PolicyArn": arn}, (iam.GONE,)),
            Query("iam", "list_policy_versions", {"PolicyArn": arn}, (iam.GONE,)),
            *expected,
        )
        if found is None:
            return None
        live = found["Policy"]
        if not documents or documents[0] is None or live["DefaultVersionId"] != version:
            documents = aws.read(self._version(arn, live["DefaultVersionId"]))
        tags = iam.tag_map(live.get("Tags", []))
        return Live(
            outputs={"arn": live["Arn"], "policy_id": live["PolicyId"], "version": live["DefaultVersionId"]},
            # Without the description: IAM cannot change it, and no text is worth a new policy. Without a document that
            # is so new that AWS does not show it yet.
            properties={
                "name": live["PolicyName"],
                **({"document": documents[0]["PolicyVersion"]["Document"]} if documents[0] else {}),
                "path": live["Path"],
                "tags": iam.own_tags(tags),
            },
            owner=Owner.from_tags(tags),
            stack=stack_of(tags),
            parts=frozenset(_users(live["Arn"], entities or {})),
            along=tuple(_older(versions or {})),
        )

    def displaces(self, live: Live, changed: Collection[str]) -> tuple[str, ...]:
        """The oldest versions, when IAM would accept no new one."""
        most = MOST_VERSIONS - 2  # without the default and the new version
        return live.along[: max(0, len(live.along) - most)] if "document" in changed else ()

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        what, name = "customer managed policies", "Customer managed policies per account (L-E95E4862)"
        return iam.no_room(aws, self, "Policies", what, name)

    def create(self, aws: Cloud) -> Live:
        with raise_already_exists("EntityAlreadyExists"):
            answer = aws.call(
                "iam",
                "create_policy",
                PolicyName=self.name,
                Path=self.path,
                PolicyDocument=json.dumps(self.document),
                Description=self.description,
                Tags=aws.tags(self.tags),
            )
        live = answer["Policy"]
        outputs = {"arn": live["Arn"], "policy_id": live["PolicyId"], "version": live["DefaultVersionId"]}
        return Live(outputs=outputs, properties=self.properties(), owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        name = {"PolicyArn": outputs["arn"]}
        iam.retag(aws, "policy", name, differences)
        if not any(item.field == "document" for item in differences):
            return outputs
        self._prune(aws, name)
        try:
            answer = aws.call(
                "iam", "create_policy_version", **name, PolicyDocument=json.dumps(self.document), SetAsDefault=True
            )
        except ClientError as error:
            # The SDK sent it again after a lost answer: then the version exists and the limit allows no other.
            with fallback_after(error):
                live = self.read(aws, outputs) if code_of(error) == "LimitExceeded" else None
            if live is None or self.canonical("document", live.properties.get("document")) != policy.canonical(
                self.document
            ):
                raise
            return live.outputs
        return {**outputs, "version": answer["PolicyVersion"]["VersionId"]}

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        name = {"PolicyArn": outputs.get("arn") or iam.arn(aws.account, "policy", self.path, self.name)}
        self._prune(aws, name)
        with ignore_missing(iam.GONE):
            aws.call("iam", "delete_policy", **name)

    @staticmethod
    def _prune(aws: Cloud, name: Mapping[str, str]) -> None:
        """Deletes the versions that the plan named."""
        for named in sorted(aws.also_removed):
            if named.startswith(f"{_VERSION} "):
                with ignore_missing(iam.GONE):
                    aws.call("iam", "delete_policy_version", **name, VersionId=named.removeprefix(f"{_VERSION} "))

    @staticmethod
    def _version(arn: str, version: str) -> Query:
        return Query("iam", "get_policy_version", {"PolicyArn": arn, "VersionId": version}, (iam.GONE,))


def _older(versions: Mapping[str, Any]) -> list[str]:
    """All versions except the default, oldest first."""
    found = [item["VersionId"] for item in versions.get("Versions", []) if not item["IsDefaultVersion"]]
    return [f"{_VERSION} {each}" for each in sorted(found, key=lambda each: int(each.removeprefix("v")))]


def _users(arn: str, entities: Mapping[str, Any]) -> list[Part]:
    return [
        Part(USED_BY, arn, f"{what} {item[key]}")
        for what, group, key in (
            ("role", "PolicyRoles", "RoleName"),
            ("user", "PolicyUsers", "UserName"),
            ("group", "PolicyGroups", "GroupName"),
        )
        for item in entities.get(group, [])
    ]
