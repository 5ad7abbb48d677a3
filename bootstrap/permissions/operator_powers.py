"""What whoever runs bootstrap can do with the policies for it, by the same claims as for the roles of a page. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from bootstrap.core.policy import Document
from bootstrap.permissions.actions import Table, applies
from bootstrap.permissions.claims import CLAIMS
from bootstrap.permissions.powers import actions_of, resources_of

TRUSTS = ("iam:ListRoles", "iam:GetRole", "iam:GetAccountAuthorizationDetails")
"""What shows the trust policies of roles. Source: IAM API reference, the elements of a Role."""


@dataclass(frozen=True)
class OperatorPower:
    """`code` is that of the claim, and `text` goes on from "can"; `actions` are all that it is about, and `resources` those
    that they are allowed on."""

    code: str
    text: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]


def operator_powers(documents: Iterable[Document], table: Table) -> tuple[OperatorPower, ...]:
    """In the order of the claims. An action counts whatever its conditions are."""
    granted = [
        (action, arn)
        for document in documents
        for statement in document["Statement"]
        for action in actions_of(statement, table)
        for arn in resources_of(statement)
        if applies(action, (arn,))
    ]
    found = list[OperatorPower]()
    for claim in CLAIMS:
        breaking = {each.name for each in claim.broken_by((action for action, _ in granted), table)}
        if those := [(action.name, arn) for action, arn in granted if action.name in breaking]:
            actions, arns = (tuple(dict.fromkeys(each)) for each in zip(*those, strict=True))
            found.append(OperatorPower(claim.code, claim.text, actions, arns))
    if those := [(action.name, arn) for action, arn in granted if action.name in TRUSTS and "*" in arn]:
        actions, arns = (tuple(dict.fromkeys(each)) for each in zip(*those, strict=True))
        found.append(
            OperatorPower("trusts", "read who may assume which role, also the external ids of other vendors", actions, arns)
        )
    return tuple(found)
