"""A service-linked role: the role that an AWS service itself uses in an account. Each service has one, for all its users.

It has no tags, and AWS chooses its name. Batch creates its own with the first compute environment without a role, so it may
appear at any time.
Source: IAM API reference CreateServiceLinkedRole, GetRole; Batch user guide using-service-linked-roles.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bootstrap.aws.errors import raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Outputs, Properties
from bootstrap.core.permission import Condition, Permission
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.core.resource_type import Deletion, Identifiers, Updates
from bootstrap.permissions.service_linked_roles import NAMES
from bootstrap.resources.iam import shared as iam

_ROLE = "arn:{partition}:iam::{account}:role/aws-service-role/{service}/{name}"


@dataclass(frozen=True, kw_only=True)
class IamServiceLinkedRole(Resource):
    """`service` is one of `NAMES`, such as "batch.amazonaws.com"."""

    kind = "iam_service_linked_role"
    services = ("iam",)
    identifiers = Identifiers(outputs=("name", "arn"), shared=True, lag=iam.LAG)
    updates = Updates(force_new={"service"})
    deletion = Deletion(never=True)
    permissions = (
        Permission("read", "iam:GetRole", _ROLE),
        Permission(
            "create",
            "iam:CreateServiceLinkedRole",
            _ROLE,
            (Condition("StringEquals", "iam:AWSServiceName", ("{service}",)),),
        ),
    )

    service: str

    @property
    def label(self) -> str:
        return NAMES.get(self.service, self.service)

    def validate(self, account: Account) -> Sequence[str]:
        if self.service in NAMES:
            return []
        return [f"service {self.service!r}: of service-linked roles only those of {', '.join(NAMES)} are known here"]

    def arn_variables(self) -> Properties:
        return {**self.properties(), "name": self.label}

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return {"name": self.label, "arn": iam.arn(account, "role", f"/aws-service-role/{self.service}/", self.label)}

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        [found] = aws.read(Query("iam", "get_role", {"RoleName": self.label}, (iam.GONE,)))
        return self._live(aws) if found else None

    def create(self, aws: Cloud) -> Live:
        with raise_already_exists("InvalidInput", text="has been taken"):
            aws.call("iam", "create_service_linked_role", AWSServiceName=self.service)
        return self._live(aws)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        """Does nothing: without the role, every compute environment of the account would break, including those of
        others."""

    def _live(self, aws: Cloud) -> Live:
        """The caller counts as its owner: a role that somebody else just created serves as well as our own."""
        return Live(self.predicted_outputs(aws.account), self.properties(), owner=aws.owner)
