"""An OIDC provider with its audiences: CloudFormation and Terraform know an audience only as a part of the provider.

An account has one for each URL. A script uses the one that exists; the other tools fail there, which a note says.
Source: CloudFormation template reference AWS::IAM::OIDCProvider; AWS provider, aws_iam_openid_connect_provider
(thumbprint_list may be missing since 5.81.0: the schema of 5.80.0 requires it).
"""

from collections.abc import Iterator

from bootstrap.core.graph import Node
from bootstrap.errors import UsageError
from bootstrap.export.exported import Exported
from bootstrap.export.kinds.form import (
    REF,
    Add,
    Block,
    Command,
    Forms,
    Note,
    address_of,
    resource_of,
    tag_list,
    without_empty,
)
from bootstrap.resources.iam.oidc_audience import IamOidcAudience
from bootstrap.resources.iam.oidc_provider import IamOidcProvider


def cloudformation(of: Exported, node: Node) -> Iterator[Add | Note]:
    """The stack keeps it, as a destroy does once others trust it, which a stack cannot know."""
    provider = resource_of(node, IamOidcProvider)
    properties = {
        "Url": provider.url,
        "ClientIdList": _audiences(of, node),
        "ThumbprintList": provider.thumbprints,
        "Tags": tag_list(of.tags(node)),
    }
    yield from _must_be_ours(of, node, provider, "CloudFormation")
    yield Note(
        "BeforeDeleting", f"Deleting the stack keeps the OIDC provider {provider.label}, which others may use by then"
    )
    yield Add("AWS::IAM::OIDCProvider", without_empty(properties), {"Arn": "arn"}, keeps=True)


def terraform(of: Exported, node: Node) -> Iterator[Block | Note]:
    provider = resource_of(node, IamOidcProvider)
    body = {
        "url": provider.url,
        "client_id_list": _audiences(of, node),
        "thumbprint_list": provider.thumbprints,
        "tags": of.tags(node),
    }
    yield from _must_be_ours(of, node, provider, "Terraform")
    yield Note("BeforeDeleting", f"See that no other role trusts the OIDC provider {provider.label}, which goes, too")
    imported = of.recorded_output(node, "arn")
    yield Block("aws_iam_openid_connect_provider", without_empty(body), imported=imported, least="5.81")


def script(of: Exported, node: Node) -> Iterator[Command]:
    provider = resource_of(node, IamOidcProvider)
    # The AWS CLI would fetch the page of --url, and send that.
    content = {"Url": provider.url, "ThumbprintList": provider.thumbprints, "Tags": tag_list(of.tags(node))}
    arn = {"open-id-connect-provider-arn": of.graph.predicted_output(node.address, "arn")}
    there = Command("iam", "get-open-id-connect-provider", arn)
    yield Command("iam", "create-open-id-connect-provider", {"cli-input-json": without_empty(content)}, unless=there)


def _audiences(of: Exported, node: Node) -> list[str]:
    """With what follows from properties filled in: a role trusts the provider, and may be its audience."""
    nodes = [each for each in of.nodes.values() if isinstance(each.resource, IamOidcAudience)]
    known = [of.graph.predicted(each).properties() for each in nodes]
    return [
        each["audience"] for each in known if address_of(of, node.resource.kind, "arn", each["provider"]) == node.address
    ]


def _must_be_ours(of: Exported, node: Node, provider: IamOidcProvider, tool: str) -> Iterator[Note]:
    """New, or created by the deployment that the tool takes over. Raises UsageError."""
    if record := of.recorded and of.recorded.records.get(node.address):
        if not record.created_here:
            raise UsageError(
                f"the OIDC provider {provider.label} was there before, and {tool} would remove the audiences of others",
                "Export it for cli, or keep it with bootstrap.",
            )
        return
    instead = "if the account has it already, ask for the script for the AWS CLI instead, which adds an audience to it"
    yield Note("MustNotExist", f"OIDC provider {provider.label}: an account has one for each URL; {instead}")


FORMS = Forms({"arn": (REF, "arn")}, "aws_iam_openid_connect_provider", cloudformation, terraform, script)
