"""A managed policy on a role. In CloudFormation it is a property of the role or the policy, whichever the template has."""

from collections.abc import Iterator

from bootstrap.core.graph import Node
from bootstrap.errors import UsageError
from bootstrap.export.exported import Exported
from bootstrap.export.kinds.form import Block, Command, Extend, Forms, address_of, resource_of
from bootstrap.resources.iam.role_attachment import IamRoleAttachment


def cloudformation(of: Exported, node: Node) -> Iterator[Extend]:
    attachment = resource_of(node, IamRoleAttachment)
    policy = address_of(of, "iam_policy", "arn", attachment.policy_arn)
    name = policy or attachment.policy_arn.rpartition("/")[2]  # a key may refer to nothing
    why = {name: attachment.purpose} if attachment.purpose else {}
    if role := address_of(of, "iam_role", "name", attachment.role):
        yield Extend(role, "ManagedPolicyArns", attachment.policy_arn, why)
    elif policy:
        yield Extend(policy, "Roles", attachment.role, why)
    else:
        raise UsageError(
            f"CloudFormation cannot attach {attachment.policy_arn} to the existing role {attachment.role} ({node.address})",
            "Export it for terraform or cli, or create it with bootstrap.",
        )


def terraform(of: Exported, node: Node) -> Iterator[Block]:
    attachment = resource_of(node, IamRoleAttachment)
    body = {"role": attachment.role, "policy_arn": attachment.policy_arn}
    role, policy = (of.recorded_output(node, name) for name in ("role", "policy_arn"))
    yield Block("aws_iam_role_policy_attachment", body, imported=f"{role}/{policy}" if role else "", why=attachment.purpose)


def script(of: Exported, node: Node) -> Iterator[Command]:
    attachment = resource_of(node, IamRoleAttachment)
    options = {"role-name": attachment.role, "policy-arn": attachment.policy_arn}
    yield Command("iam", "attach-role-policy", options, why=attachment.purpose)


FORMS = Forms({}, "aws_iam_role_policy_attachment", cloudformation, terraform, script)
