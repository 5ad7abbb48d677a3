"""An instance profile with its role."""

from collections.abc import Iterator

from bootstrap.core.graph import Node
from bootstrap.export.exported import Exported
from bootstrap.export.kinds.form import (
    REF,
    Add,
    Block,
    Command,
    Forms,
    Note,
    resource_of,
    tag_list,
    without_empty,
    without_tags,
)
from bootstrap.resources.iam.instance_profile import IamInstanceProfile


def cloudformation(of: Exported, node: Node) -> Iterator[Add | Note]:
    yield from without_tags(of, node, "an instance profile")
    profile = resource_of(node, IamInstanceProfile)
    properties = {"InstanceProfileName": profile.name, "Path": profile.path, "Roles": [profile.role]}
    yield Add("AWS::IAM::InstanceProfile", properties, {"InstanceProfileName": "name"})


def terraform(of: Exported, node: Node) -> Iterator[Block]:
    profile = resource_of(node, IamInstanceProfile)
    body = {"name": profile.name, "path": profile.path, "role": profile.role, "tags": of.tags(node)}
    yield Block("aws_iam_instance_profile", without_empty(body), imported=of.recorded_output(node, "name"))


def script(of: Exported, node: Node) -> Iterator[Command]:
    profile = resource_of(node, IamInstanceProfile)
    named = {"instance-profile-name": profile.name}
    options = {**named, "path": profile.path, "tags": tag_list(of.tags(node))}
    yield Command("iam", "create-instance-profile", without_empty(options))
    yield Command("iam", "add-role-to-instance-profile", {**named, "role-name": profile.role})


FORMS = Forms(
    {"name": (REF, "name"), "arn": ("Arn", "arn"), "profile_id": ("", "unique_id")},
    "aws_iam_instance_profile",
    cloudformation,
    terraform,
    script,
)
