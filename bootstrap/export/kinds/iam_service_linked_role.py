"""A service-linked role: the account shares it, so only a script creates it, where it is missing.

CloudFormation and Terraform fail where it exists, and would delete it with the rest.
Source: CloudFormation template reference AWS::IAM::ServiceLinkedRole; AWS provider, aws_iam_service_linked_role.
"""

from collections.abc import Iterator

from bootstrap.core.graph import Node
from bootstrap.export.exported import Exported
from bootstrap.export.kinds.form import Block, Command, Forms, Note, resource_of
from bootstrap.resources.iam.service_linked_role import IamServiceLinkedRole


def cloudformation(of: Exported, node: Node) -> Iterator[Note]:
    role = resource_of(node, IamServiceLinkedRole)
    create = f"create it where it is missing (IAM's CreateServiceLinkedRole for {role.service})"
    yield Note("MustExist", f"service-linked role {role.label}, which all of the account share: {create}")


def terraform(of: Exported, node: Node) -> Iterator[Block | Note]:
    yield from cloudformation(of, node)


def script(of: Exported, node: Node) -> Iterator[Command]:
    role = resource_of(node, IamServiceLinkedRole)
    there = Command("iam", "get-role", {"role-name": role.label})
    yield Command("iam", "create-service-linked-role", {"aws-service-name": role.service}, unless=there)


FORMS = Forms({}, "", cloudformation, terraform, script)
