"""An audience of an OIDC provider: in CloudFormation and Terraform a part of the provider (`iam_oidc_provider.py`)."""

from collections.abc import Iterator

from bootstrap.core.graph import Node
from bootstrap.errors import UsageError
from bootstrap.export.exported import Exported
from bootstrap.export.kinds.form import Block, Command, Forms, Note, address_of, resource_of
from bootstrap.resources.iam.oidc_audience import IamOidcAudience


def cloudformation(of: Exported, node: Node) -> Iterator[Note]:
    _check_provider(of, node, "CloudFormation")
    yield from ()


def terraform(of: Exported, node: Node) -> Iterator[Block | Note]:
    _check_provider(of, node, "Terraform")
    yield from ()


def script(of: Exported, node: Node) -> Iterator[Command]:
    """IAM accepts one again that is there."""
    audience = resource_of(node, IamOidcAudience)
    options = {"open-id-connect-provider-arn": audience.provider, "client-id": audience.audience}
    yield Command("iam", "add-client-id-to-open-id-connect-provider", options)


def _check_provider(of: Exported, node: Node, tool: str) -> None:
    audience = resource_of(node, IamOidcAudience)
    if not address_of(of, "iam_oidc_provider", "arn", audience.provider):
        raise UsageError(
            f"{tool} cannot add an audience to the existing OIDC provider {audience.provider} ({node.address}): it would "
            "remove those of others",
            "Export it for cli, or create it with bootstrap.",
        )


FORMS = Forms({}, "", cloudformation, terraform, script)
