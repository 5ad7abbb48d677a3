"""An instance profile: what EC2 requires where people say "role". It contains one role.

AWS answers a second AddRoleToInstanceProfile with LimitExceeded, even for the same role.
Source: IAM API reference CreateInstanceProfile, AddRoleToInstanceProfile, DeleteInstanceProfile.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of, fallback_after, ignore_missing, raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.deleted_in_two import DeletedInTwo
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Obstacle, Outputs, Part
from bootstrap.core.owner import Owner, stack_of
from bootstrap.core.permission import REQUEST_TAGS, Permission, retagging
from bootstrap.core.query import Query
from bootstrap.core.resource import OTHER_NAMES, Resource
from bootstrap.core.resource_type import Deletion, Identifiers, Opening, Updates
from bootstrap.core.strictness import Held
from bootstrap.errors import AwsError
from bootstrap.resources.iam import shared as iam
from bootstrap.resources.iam.role import PROFILE, IamRole

_PROFILE = "arn:{partition}:iam::{account}:instance-profile{path}{name}"
_ROLE = "arn:{partition}:iam::{account}:role{path}{role}"
_PUT = "AWS asks for it when a role is added to a profile"


@dataclass(frozen=True, kw_only=True)
class IamInstanceProfile(DeletedInTwo):
    """`role` is the name of the role inside; both have the same `path`."""

    kind = "iam_instance_profile"
    services = ("iam",)
    identifiers = Identifiers(
        outputs=("name", "arn", "profile_id"),
        unique_id="profile_id",
        if_taken=OTHER_NAMES,
        arn_prefixes={"iam:instance-profile": "name"},
        stack_id="name",
        lag=iam.LAG,
    )
    updates = Updates(
        force_new={"name", "path"},
        strictness={"role": Held()},
        opens={"role": Opening("new-role", "machines with it act with another role")},
    )
    deletion = Deletion(member_fields=("role",))
    permissions = (
        Permission("read", "iam:GetInstanceProfile", _PROFILE),
        iam.COUNTED,
        Permission("create", "iam:CreateInstanceProfile", _PROFILE, sends=REQUEST_TAGS),
        Permission(
            "create",
            "iam:TagInstanceProfile",
            _PROFILE,
            why="IAM asks for it, as the owner tags go into CreateInstanceProfile",
            sends=REQUEST_TAGS,
        ),
        Permission("create", "iam:AddRoleToInstanceProfile", _PROFILE),
        Permission("create", "iam:PassRole", _ROLE, iam.PASSED_TO_EC2, why=_PUT),
        Permission("update", "iam:RemoveRoleFromInstanceProfile", _PROFILE, only_for=("role",)),
        Permission("update", "iam:AddRoleToInstanceProfile", _PROFILE, only_for=("role",)),
        Permission("update", "iam:GetInstanceProfile", _PROFILE, only_for=("role",)),
        Permission("update", "iam:PassRole", _ROLE, iam.PASSED_TO_EC2, ("role",), why=_PUT),
        *retagging("iam:TagInstanceProfile", "iam:UntagInstanceProfile", _PROFILE),
        Permission("delete", "iam:RemoveRoleFromInstanceProfile", _PROFILE),
        Permission("delete", "iam:DeleteInstanceProfile", _PROFILE),
    )

    name: str
    role: str
    path: str = "/"

    @property
    def label(self) -> str:
        return self.name

    def validate(self, account: Account) -> Sequence[str]:
        return [
            *iam.name_problems("instance profile", self.name, 128),
            *iam.path_problems(self.path),
            *iam.tag_problems(self.tags),
        ]

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return {"name": self.name, "arn": iam.arn(account, "instance-profile", self.path, self.name)}

    def needs_settings_of(self, other: Resource) -> bool:
        return not isinstance(other, IamRole)

    def attachments(self) -> Iterable[Part]:
        return (Part(PROFILE, self.role, self.name),)

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        name = outputs.get("name", self.name)
        [found] = aws.read(Query("iam", "get_instance_profile", {"InstanceProfileName": name}, (iam.GONE,)))
        if found is None:
            return None
        live = found["InstanceProfile"]
        tags = iam.tag_map(live.get("Tags", []))
        return Live(
            outputs=_outputs(aws.account, live),
            properties={
                "name": live["InstanceProfileName"],
                "role": live["Roles"][0]["RoleName"] if live["Roles"] else None,
                "path": live["Path"],
                "tags": iam.own_tags(tags),
            },
            owner=Owner.from_tags(tags),
            stack=stack_of(tags),
            obstacles=tuple(self._other_roles(live)) if aws.destroying else (),
        )

    def _other_roles(self, live: Mapping[str, Any]) -> Iterator[Obstacle]:
        """IAM deletes no profile that contains a role; ours is removed first."""
        for role in live["Roles"]:
            if role["RoleName"] != self.role:
                what = f"{self.name} contains the role {role['RoleName']}, which this deployment did not add"
                yield Obstacle(
                    f"instance profile {what}", "Remove it, if nobody needs it there, and run the same command again."
                )

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        name = "Instance profiles per account (L-6E65F664)"
        return iam.no_room(aws, self, "InstanceProfiles", "instance profiles", name)

    def create(self, aws: Cloud) -> Live:
        with raise_already_exists("EntityAlreadyExists"):
            answer = aws.call(
                "iam",
                "create_instance_profile",
                InstanceProfileName=self.name,
                Path=self.path,
                Tags=aws.tags(self.tags),
            )
        properties = {**self.properties(), "role": None}
        return Live(outputs=_outputs(aws.account, answer["InstanceProfile"]), properties=properties, owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        profile = {"InstanceProfileName": outputs["name"]}
        for item in differences:
            if item.field != "role":
                continue
            if item.before:
                with ignore_missing(iam.GONE):
                    aws.call("iam", "remove_role_from_instance_profile", **profile, RoleName=item.before)
            self._add_role(aws, profile)
        iam.retag(aws, "instance_profile", profile, differences)
        return outputs

    def _add_role(self, aws: Cloud, profile: dict[str, str]) -> None:
        try:
            aws.call("iam", "add_role_to_instance_profile", **profile, RoleName=self.role)
        except ClientError as error:
            # The profile has a role already. After a lost answer it is ours, as desired.
            if code_of(error) not in ("LimitExceeded", "EntityAlreadyExists"):
                raise
            with fallback_after(error):
                roles = aws.call("iam", "get_instance_profile", **profile)["InstanceProfile"]["Roles"]
            if [role["RoleName"] for role in roles] != [self.role]:
                raise

    def strip(self, aws: Cloud, outputs: Outputs) -> None:
        profile = {"InstanceProfileName": outputs.get("name", self.name)}
        works = [partial(self._remove_role, aws, profile)]
        if aws.reads_are_old:  # a fresh plan has just looked
            works.append(partial(self._check_no_other_role, aws, profile))
        aws.at_once(*works)

    def remove(self, aws: Cloud, outputs: Outputs) -> None:
        with ignore_missing(iam.GONE):
            aws.call("iam", "delete_instance_profile", InstanceProfileName=outputs.get("name", self.name))

    def _remove_role(self, aws: Cloud, profile: Mapping[str, str]) -> None:
        with ignore_missing(iam.GONE):
            aws.call("iam", "remove_role_from_instance_profile", **profile, RoleName=self.role)

    def _check_no_other_role(self, aws: Cloud, profile: Mapping[str, str]) -> None:
        with ignore_missing(iam.GONE):  # does not wrap the delete: a new profile that does not show yet would stay
            found = aws.call("iam", "get_instance_profile", **profile)["InstanceProfile"]
            if others := list(self._other_roles(found)):
                raise AwsError(others[0].what, others[0].advice, "DeleteConflict")


def _outputs(account: Account, live: dict[str, Any]) -> dict[str, str]:
    """The ARN is computed, not read: for some seconds after the creation AWS may return the unique id instead."""
    arn = iam.arn(account, "instance-profile", live["Path"], live["InstanceProfileName"])
    return {"name": live["InstanceProfileName"], "arn": arn, "profile_id": live["InstanceProfileId"]}
