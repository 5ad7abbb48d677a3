"""Upsolver in its own VPC (one role), and in the customer's VPC (a management and a server role)."""

from dataclasses import dataclass
from typing import ClassVar

from bootstrap.core.account import EXAMPLE
from bootstrap.core.deviation import Deviation
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff
from bootstrap.core.policy import Statement
from bootstrap.integrations.existing import sts
from bootstrap.integrations.upsolver import grants
from bootstrap.integrations.upsolver.deviations import PRIVATE_DEVIATIONS, ROLE_DEVIATIONS, VPC_DEVIATIONS
from bootstrap.integrations.upsolver.role_and_bucket import RoleAndBucket
from bootstrap.resources.iam.instance_profile import IamInstanceProfile


@dataclass(frozen=True, kw_only=True)
class UpsolverVpc(RoleAndBucket):
    name: ClassVar[str] = "upsolver-vpc"
    using: ClassVar[tuple[str, ...]] = ("role",)
    title: ClassVar[str] = "Upsolver runs in its own VPC: one role that it assumes, and a bucket for its data"
    deviations: ClassVar[tuple[Deviation, ...]] = (*VPC_DEVIATIONS, *ROLE_DEVIATIONS)

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (
            *self.trust(),
            *self.management_policy(EXAMPLE),
            *grants.server(EXAMPLE, self.bucket_name(EXAMPLE)),
            *self.data_statements(EXAMPLE, list_streams=False),
        )

    def build(self, graph: Graph) -> Handoff:
        account = graph.account()
        bucket = self.add_bucket(graph)
        role = graph.add(
            "role",
            self.role(
                "UpsolverRole",
                "Upsolver manages its clusters and its data with this role",
                self.trust(),
                {
                    "upsolver-management": self.management_policy(account),
                    **self.server_policies(account),
                },
            ),
            deleted_before=bucket,
        )
        if not self.without_athena:
            self.attach(graph, "athena", role, grants.ATHENA)
        self.attach(graph, "cloudformation", role, grants.ALL_STACKS)
        owners = self.owners_part(account)
        return Handoff(
            files=owners.files,
            values={
                "Role ARN": role["arn"],
                "External id": self.external_id,
                "Bucket": self.bucket_name(account),
                "Region": account.region,
            },
            steps=(
                *owners.steps,
                "In Upsolver, open the AWS integration and choose Upsolver VPC.",
                "Paste the values above. AWS may need a minute before Upsolver can assume a new role.",
                *filter(None, [sts.if_disabled(account.region, "Upsolver")]),
                *self.key_notes(account),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class UpsolverPrivateVpc(RoleAndBucket):
    name: ClassVar[str] = "upsolver-private-vpc"
    using: ClassVar[tuple[str, ...]] = ("server-role",)
    title: ClassVar[str] = "Upsolver runs in your VPC: a management role, a role for its servers, and a bucket"
    deviations: ClassVar[tuple[Deviation, ...]] = (*PRIVATE_DEVIATIONS, *ROLE_DEVIATIONS)

    @property
    def server_role(self) -> str:
        return self.role_prefix + "UpsolverServerRole"

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (
            *self.trust(),
            *self.management_policy(EXAMPLE),
            *grants.ec2_trust(EXAMPLE),
            *grants.server(EXAMPLE, self.bucket_name(EXAMPLE)),
            *self.data_statements(EXAMPLE, list_streams=False),
        )

    def build(self, graph: Graph) -> Handoff:
        account = graph.account()
        bucket = self.add_bucket(graph)
        management = graph.add(
            "management-role",
            self.role(
                "UpsolverManagementRole",
                "Upsolver manages its clusters in this account with this role; it reaches no data",
                self.trust(),
                {"upsolver-management": self.management_policy(account)},
            ),
            deleted_before=bucket,
        )
        server = graph.add(
            "server-role",
            self.role(
                "UpsolverServerRole",
                "Upsolver's servers on EC2 reach the data with this role",
                grants.ec2_trust(account),
                self.server_policies(account),
            ),
            deleted_before=bucket,
        )
        self.attach(graph, "management-cloudformation", management, grants.INITIAL_STACK)
        if not self.without_athena:
            self.attach(graph, "server-athena", server, grants.ATHENA)
        self.attach(graph, "server-cloudformation", server, grants.FOLLOW_UP_STACKS)
        profile = graph.add(
            "server-profile", IamInstanceProfile(name=self.server_role, role=server["name"], path=self.path, tags=self.tags)
        )
        owners = self.owners_part(account)
        return Handoff(
            files=owners.files,
            values={
                "Management role ARN": management["arn"],
                "Server role ARN": server["arn"],
                "Server instance profile ARN": profile["arn"],
                "External id": self.external_id,
                "Bucket": self.bucket_name(account),
                "Region": account.region,
            },
            steps=(
                *owners.steps,
                "In Upsolver, open the AWS integration and choose My VPC.",
                "Paste the values above. AWS may need a minute before Upsolver can assume a new role.",
                *filter(None, [sts.if_disabled(account.region, "Upsolver")]),
                *self.key_notes(account),
                "Give the security group and key pair of the VPC a Name tag that contains upsolver: launches need it.",
            ),
        )
