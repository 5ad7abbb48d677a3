"""A customer managed policy."""

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
    Note,
    reasons,
    resource_of,
    tag_list,
    without_empty,
    without_tags,
)
from bootstrap.resources.iam.policy import IamPolicy


def cloudformation(of: Exported, node: Node) -> Iterator[Add | Note]:
    yield from without_tags(of, node, "a managed policy")
    policy = resource_of(node, IamPolicy)
    properties = {
        "ManagedPolicyName": policy.name,
        "Path": policy.path,
        "Description": policy.description,
        "PolicyDocument": policy.document,
    }
    why = reasons(of, policy.document)
    yield Add("AWS::IAM::ManagedPolicy", without_empty(properties), {"PolicyArn": "arn"}, why=why)


def terraform(of: Exported, node: Node) -> Iterator[Block]:
    policy = resource_of(node, IamPolicy)
    body = {
        "name": policy.name,
        "path": policy.path,
        "description": policy.description,
        "policy": Encoded(policy.document),
        "tags": of.tags(node),
    }
    yield Block("aws_iam_policy", without_empty(body), imported=of.recorded_output(node, "arn"))


def script(of: Exported, node: Node) -> Iterator[Command]:
    policy = resource_of(node, IamPolicy)
    options = {
        "policy-name": policy.name,
        "path": policy.path,
        "description": policy.description,
        "policy-document": policy.document,
        "tags": tag_list(of.tags(node)),
    }
    yield Command("iam", "create-policy", without_empty(options))


FORMS = Forms(
    {"arn": (REF, "arn"), "policy_id": ("PolicyId", "policy_id"), "version": ("DefaultVersionId", "")},
    "aws_iam_policy",
    cloudformation,
    terraform,
    script,
)
