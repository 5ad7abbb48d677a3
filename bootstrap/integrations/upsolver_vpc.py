"""Upsolver in Upsolver's VPC (one role) and in the customer's own (a management and a server role)."""

from dataclasses import dataclass
from typing import ClassVar, Self

from bootstrap.core import check
from bootstrap.core.account import EXAMPLE, Account
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Deviation, Handoff, option
from bootstrap.core.policy import Document, Statement, document
from bootstrap.integrations import upsolver
from bootstrap.integrations.buckets import Use, UsesBuckets, uses_of
from bootstrap.integrations.upsolver_deviations import ROLE_DEVIATIONS
from bootstrap.resources.iam import arn
from bootstrap.resources.iam_instance_profile import IamInstanceProfile
from bootstrap.resources.iam_role import IamRole
from bootstrap.resources.iam_role_attachment import IamRoleAttachment
from bootstrap.resources.s3_bucket import S3Bucket

_DATA = "You named this place as additional data for Upsolver"


@dataclass(frozen=True, kw_only=True)
class _Vpc(UsesBuckets):
    """What both have in common."""

    pages: ClassVar[tuple[str, ...]] = (upsolver.PERMISSIONS_PAGE,)
    deviations: ClassVar[tuple[Deviation, ...]] = ROLE_DEVIATIONS

    external_id: str = option(
        "The external id that Upsolver shows you; it keeps Upsolver's other customers out.", check=check.external_id
    )
    org_id: str = option("Your organization id at Upsolver; it names the bucket.", metavar="ID", check=check.organization_id)
    existing_bucket: str | None = option(
        "Use this bucket of yours; it is never changed or deleted.", default=None, metavar="NAME", check=check.bucket
    )
    without_athena: bool = option("Leave AmazonAthenaFullAccess out: Upsolver makes no Athena tables.", default=False)
    without_spotinst: bool = option("Do not trust spot.io, and leave out what only it needs.", default=False)
    harden: bool = option("Narrow what the vendor's page grants too widely (see bootstrap integrations).", default=False)
    read_bucket: tuple[str, ...] = option(
        "Data that Upsolver may read (repeatable).", default=(), metavar="NAME[/PREFIX]", check=check.bucket_prefix
    )
    write_bucket: tuple[str, ...] = option(
        "Data that Upsolver may read, write and delete (repeatable).",
        default=(),
        metavar="NAME[/PREFIX]",
        check=check.bucket_prefix,
    )

    @classmethod
    def example(cls) -> Self:
        return cls(external_id="EXTERNAL-ID-FROM-UPSOLVER", org_id="example")

    @property
    def uses(self) -> tuple[Use, ...]:
        own = [Use(self.existing_bucket, "--existing-bucket", writes=True)] if self.existing_bucket else []
        read, write = uses_of(self.read_bucket, "--read-bucket"), uses_of(self.write_bucket, "--write-bucket", writes=True)
        return (*own, *read, *write)

    def bucket_name(self, account: Account) -> str:
        return self.existing_bucket or f"{account.region}-upsolver-{self.org_id}"

    def management_policy(self, account: Account, passed: str) -> tuple[Statement, ...]:
        """`passed` is the name of the role, and profile, to which --harden narrows."""
        return upsolver.management(
            account,
            spotinst=not self.without_spotinst,
            harden=self.harden,
            server_role=arn(account, "role", self.path, passed),
            profile=arn(account, "instance-profile", self.path, passed),
        )

    def trust(self, account: Account) -> tuple[Statement, ...]:
        return upsolver.trust(account, self.external_id, spotinst=not self.without_spotinst)

    def server_policies(self, account: Account) -> dict[str, Document]:
        extra = self.data_statements(account)
        policies = {"upsolver-server": document(upsolver.server(account, self.bucket_name(account)))}
        return {**policies, "upsolver-data": document(extra)} if extra else policies

    def data_statements(self, account: Account) -> tuple[Statement, ...]:
        """Beside those for Upsolver's own bucket: for data that was named, and for the keys of what exists already."""
        data = upsolver.data(account, self.read_bucket, self.write_bucket, _DATA)
        return (*data, *self.key_statements())

    @property
    def notes(self) -> tuple[str, ...]:
        if self.harden:
            wide = "iam:PassRole, iam:CreateServiceLinkedRole and ec2:CreateTags"
            return (f"--harden: {wide} are narrower than on the vendor's page.",)
        return ("what the warnings tell of is granted as the vendor's page asks; --harden narrows it.",)

    def add_bucket(self, graph: Graph) -> list[Node]:
        """What the roles come after: so destroy takes the roles away first, and nobody writes into it any more."""
        if not self.existing_bucket:
            return [graph.add("bucket", S3Bucket(name=self.bucket_name(graph.account()), tags=self.tags))]
        graph.bring(S3Bucket(name=self.existing_bucket))
        return []

    def role(self, name: str, description: str, trust: tuple[Statement, ...], policies: dict[str, Document]) -> IamRole:
        return IamRole(
            name=self.role_prefix + name,
            trust=document(trust),
            inline_policies=policies,
            description=description,
            path=self.path,
            permissions_boundary=self.permissions_boundary,
            tags=self.tags,
        )

    def attach(self, graph: Graph, address: str, role: Node, name: str) -> None:
        graph.add(
            address,
            IamRoleAttachment(
                role=role["name"],
                role_id=role["role_id"],
                role_path=self.path,
                policy_arn=graph.account().managed_policy(name),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class UpsolverVpc(_Vpc):
    name: ClassVar[str] = "upsolver-vpc"
    title: ClassVar[str] = "Upsolver runs in Upsolver's VPC: one role that it assumes, and a bucket for its data"

    @property
    def users(self) -> tuple[str, ...]:
        return (self.role_prefix + "UpsolverRole",)

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (
            *self.trust(EXAMPLE),
            *self.management_policy(EXAMPLE, self.role_prefix + "UpsolverRole"),
            *upsolver.server(EXAMPLE, self.bucket_name(EXAMPLE)),
            *self.data_statements(EXAMPLE),
        )

    def build(self, graph: Graph) -> Handoff:
        account = graph.account()
        bucket = self.add_bucket(graph)
        role = graph.add(
            "role",
            self.role(
                "UpsolverRole",
                "Upsolver manages its clusters and its data with this role",
                self.trust(account),
                {
                    "upsolver-management": document(self.management_policy(account, self.role_prefix + "UpsolverRole")),
                    **self.server_policies(account),
                },
            ),
            after=bucket,
        )
        if not self.without_athena:
            self.attach(graph, "athena", role, "AmazonAthenaFullAccess")
        self.attach(graph, "cloudformation", role, "AWSCloudFormationReadOnlyAccess")
        return Handoff(
            values={
                "Role ARN": role["arn"],
                "External id": self.external_id,
                "Bucket": self.bucket_name(account),
                "Region": account.region,
            },
            steps=(
                "In Upsolver, open the AWS integration and choose Upsolver VPC.",
                "Paste the values above. AWS may take a minute before it lets a new role be assumed.",
                *self.key_notes(account),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class UpsolverPrivateVpc(_Vpc):
    name: ClassVar[str] = "upsolver-private-vpc"
    title: ClassVar[str] = "Upsolver runs in your VPC: a management role, a role for its servers, and a bucket"

    deviations: ClassVar[tuple[Deviation, ...]] = (
        *ROLE_DEVIATIONS,
        Deviation(
            page="no trust policy for the server role",
            sent="trust for EC2, and an instance profile with the role's name",
            why="the page says that EC2 servers start with the role, which takes both",
            source="IAM user guide, id_roles_use_switch-role-ec2_instance-profiles",
        ),
    )

    @property
    def users(self) -> tuple[str, ...]:
        return (self.role_prefix + "UpsolverServerRole",)

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (
            *self.trust(EXAMPLE),
            *self.management_policy(EXAMPLE, self.role_prefix + "UpsolverServerRole"),
            *upsolver.ec2_trust(EXAMPLE),
            *upsolver.server(EXAMPLE, self.bucket_name(EXAMPLE)),
            *self.data_statements(EXAMPLE),
        )

    def build(self, graph: Graph) -> Handoff:
        account = graph.account()
        server_name = self.role_prefix + "UpsolverServerRole"
        bucket = self.add_bucket(graph)
        management = graph.add(
            "management-role",
            self.role(
                "UpsolverManagementRole",
                "Upsolver manages its clusters in this account with this role; it reaches no data",
                self.trust(account),
                {"upsolver-management": document(self.management_policy(account, server_name))},
            ),
            after=bucket,
        )
        server = graph.add(
            "server-role",
            self.role(
                "UpsolverServerRole",
                "Upsolver's servers on EC2 reach the data with this role",
                upsolver.ec2_trust(account),
                self.server_policies(account),
            ),
            after=bucket,
        )
        self.attach(graph, "management-cloudformation", management, "AWSCloudFormationReadOnlyAccess")
        if not self.without_athena:
            self.attach(graph, "server-athena", server, "AmazonAthenaFullAccess")
        self.attach(graph, "server-cloudformation", server, "AWSCloudFormationReadOnlyAccess")
        profile = graph.add(
            "server-profile", IamInstanceProfile(name=server_name, role=server["name"], path=self.path, tags=self.tags)
        )
        return Handoff(
            values={
                "Management role ARN": management["arn"],
                "Server role ARN": server["arn"],
                "Server instance profile ARN": profile["arn"],
                "External id": self.external_id,
                "Bucket": self.bucket_name(account),
                "Region": account.region,
            },
            steps=(
                "In Upsolver, open the AWS integration and choose My VPC.",
                "Paste the values above. AWS may take a minute before it lets a new role be assumed.",
                *self.key_notes(account),
                "Give the security group and key pair of the VPC a Name tag that contains upsolver: launches need it.",
            ),
        )
