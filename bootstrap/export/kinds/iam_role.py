"""An IAM role with its inline policies. Terraform has a resource of its own for each of these."""

from collections.abc import Iterator

from bootstrap.core.graph import Node
from bootstrap.export.exported import Exported
from bootstrap.export.kinds.form import (
    REF,
    Add,
    Block,
    Command,
    Encoded,
    Forms,
    of_the_account,
    reasons,
    resource_of,
    tag_list,
    without_empty,
)
from bootstrap.resources.iam.role import IamRole


def cloudformation(of: Exported, node: Node) -> Iterator[Add]:
    role = resource_of(node, IamRole)
    inline = [{"PolicyName": name, "PolicyDocument": each} for name, each in role.inline_policies.items()]
    properties = {
        "RoleName": role.name,
        "Path": role.path,
        "Description": role.description,
        "MaxSessionDuration": role.max_session_duration,
        "PermissionsBoundary": of_the_account(role.permissions_boundary),
        "AssumeRolePolicyDocument": role.trust,
        "Policies": inline,
        "Tags": tag_list(of.tags(node)),
    }
    why = reasons(of, role.trust, *role.inline_policies.values())
    yield Add("AWS::IAM::Role", without_empty(properties), {"RoleName": "name"}, why=why)


def terraform(of: Exported, node: Node) -> Iterator[Block]:
    role = resource_of(node, IamRole)
    body = {
        "name": role.name,
        "path": role.path,
        "description": role.description,
        "max_session_duration": role.max_session_duration,
        "permissions_boundary": of_the_account(role.permissions_boundary),
        "assume_role_policy": Encoded(role.trust),
        "tags": of.tags(node),
    }
    yield Block("aws_iam_role", without_empty(body), imported=of.recorded_output(node, "name"))
    known = of.recorded_output(node, "name")
    for name, each in role.inline_policies.items():
        inline = {"name": name, "role": node["name"], "policy": Encoded(each)}
        yield Block("aws_iam_role_policy", inline, part=name, imported=f"{known}:{name}" if known else "")


def script(of: Exported, node: Node) -> Iterator[Command]:
    role = resource_of(node, IamRole)
    options = {
        "role-name": role.name,
        "path": role.path,
        "description": role.description,
        "max-session-duration": str(role.max_session_duration),
        "permissions-boundary": of_the_account(role.permissions_boundary),
        "assume-role-policy-document": role.trust,
        "tags": tag_list(of.tags(node)),
    }
    yield Command("iam", "create-role", without_empty(options))
    for name, each in role.inline_policies.items():
        named = {"role-name": role.name, "policy-name": name, "policy-document": each}
        yield Command("iam", "put-role-policy", named)


FORMS = Forms(
    {"name": (REF, "name"), "arn": ("Arn", "arn"), "role_id": ("RoleId", "unique_id")},
    "aws_iam_role",
    cloudformation,
    terraform,
    script,
)
