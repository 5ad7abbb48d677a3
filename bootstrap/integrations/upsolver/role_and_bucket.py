"""What `upsolver-vpc` and `upsolver-private-vpc` have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from bootstrap.core import commands, validators
from bootstrap.core.account import Account
from bootstrap.core.graph import Graph, Node
from bootstrap.core.input import Choice
from bootstrap.core.integration import option
from bootstrap.core.policy import INLINE_SUM_LIMIT, Statement, document, documents_within
from bootstrap.errors import lines
from bootstrap.integrations.existing.buckets import Use
from bootstrap.integrations.upsolver import grants
from bootstrap.integrations.upsolver.data import UpsolverData
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from bootstrap.resources.iam.shared import arn
from bootstrap.resources.s3.bucket import S3Bucket


@dataclass(frozen=True, kw_only=True)
class RoleAndBucket(UpsolverData):
    """The inputs, the role that Upsolver assumes, and the bucket that it writes to."""

    pages: ClassVar[tuple[str, ...]] = (grants.PERMISSIONS_PAGE,)
    partition: ClassVar[str] = grants.PARTITION
    alternatives: ClassVar[tuple[Choice, ...]] = (
        Choice(
            "Create a new bucket for Upsolver, or use one you have?",
            {"Create a new bucket": ("org_id",), "Use one I have": ("existing_bucket",)},
            exclusive=False,
        ),
    )

    external_id: str = option(
        "Require the external id that Upsolver shows you; it keeps Upsolver's other customers out.",
        question="Which external id does Upsolver show you?",
        check=validators.external_id,
    )
    org_id: str | None = option(
        "Name the new bucket after your organization id at Upsolver (required without --existing-bucket).",
        question="What is your organization id at Upsolver? The new bucket is named after it.",
        default=None,
        metavar="ID",
        check=validators.organization_id,
    )
    existing_bucket: str | None = option(
        "Use this bucket of yours; bootstrap never changes or deletes it.",
        question="Which bucket of yours should Upsolver use?",
        default=None,
        metavar="NAME",
        check=validators.bucket,
    )
    without_athena: bool = option("Omit AmazonAthenaFullAccess: Upsolver creates no Athena tables.", default=False)
    without_spotinst: bool = option("Do not trust spot.io, and omit what only spot.io needs.", default=False)
    harden: bool = option("Grant less where the vendor's page grants too much (see bootstrap integrations).", default=False)

    @classmethod
    def required(cls, given: Mapping[str, Any]) -> tuple[str, ...]:
        return ("external_id",) if given.get("existing_bucket") else ("external_id", "org_id")

    @classmethod
    def example(cls) -> Self:
        return cls(external_id="EXTERNAL-ID-FROM-UPSOLVER", org_id="example")

    @property
    def uses(self) -> tuple[Use, ...]:
        own = [Use(self.existing_bucket, "--existing-bucket", writes=True)] if self.existing_bucket else []
        return (*own, *super().uses)

    def creates(self, account: Account) -> str:
        return "" if self.existing_bucket else self.bucket_name(account)

    def instead_of_bucket(self, account: Account, number: int) -> Mapping[str, str]:
        """Upsolver makes the name from the organization id: no other one would do."""
        return {"existing_bucket": self.bucket_name(account)}

    @property
    def sole_bucket(self) -> str:
        return self.existing_bucket or ""

    @property
    def users(self) -> tuple[str, ...]:
        return (self.server_role or self.role_prefix + "UpsolverRole",)

    def bucket_name(self, account: Account) -> str:
        return self.existing_bucket or f"{account.region}-upsolver-{self.org_id}"

    @property
    def server_role(self) -> str:
        """The name of the role, and of its profile, that servers in this account get; "" if there are no servers."""
        return ""

    def management_policy(self, account: Account) -> tuple[Statement, ...]:
        name = self.server_role
        role, profile = (arn(account, what, self.path, name) if name else "" for what in ("role", "instance-profile"))
        return grants.management(
            account, spotinst=not self.without_spotinst, harden=self.harden, server_role=role, profile=profile
        )

    def trust(self) -> tuple[Statement, ...]:
        return grants.trust(self.external_id, spotinst=not self.without_spotinst)

    def granted(self, account: Account) -> tuple[Statement, ...]:
        own = grants.server(account, self.existing_bucket) if self.existing_bucket else ()
        return (*own, *self.data_statements(account))

    def server_policies(self, account: Account) -> dict[str, tuple[Statement, ...]]:
        extra = self.data_statements(account, list_streams=False)
        policies = {"upsolver-server": grants.server(account, self.bucket_name(account))}
        return {**policies, "upsolver-data": extra} if extra else policies

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(f"with --harden, {text}" for text in (self.lost_with_harden if self.harden else ()))

    @property
    def lost_with_harden(self) -> tuple[str, ...]:
        return tuple(grants.narrowed(spotinst=not self.without_spotinst, server_role=self.server_role))

    @property
    def about_warnings(self) -> str:
        limited = "--harden limits it where a warning names no other option."
        return "" if self.harden else f"The vendor's page asks for the access that the warnings name. {limited}"

    def add_bucket(self, graph: Graph) -> list[Node]:
        """The new bucket, if any. Destroy deletes the roles before it, so that nobody writes to it any longer."""
        if not self.existing_bucket:
            name = self.bucket_name(graph.account())
            use = commands.quoted("--existing-bucket", name)
            mine = f"If it is yours and in this account, run the same command with: {use}"
            way_out = lines(
                mine,
                "If not, create a bucket with another name, and give it to --existing-bucket.",
                "Or use another region: Upsolver has one bucket for an organization in each.",
            )
            return [graph.add("bucket", S3Bucket(name=name, tags=self.tags), if_taken=way_out)]
        create_new = commands.quoted("--existing-bucket", "")
        named = "" if self.org_id else "add --org-id with your organization id at Upsolver, and "
        if self.named_owners.get(self.existing_bucket, graph.account().id) != graph.account().id:
            return []
        owner = commands.quoted("--bucket-owner", f"{self.existing_bucket}=ACCOUNT")
        graph.use_existing(
            S3Bucket(name=self.existing_bucket),
            if_missing=lines(
                f"If it belongs to another account, add: {owner}",
                f"To get a new bucket, {named}run the same command with: {create_new}",
            ),
        )
        return []

    def role(
        self, name: str, description: str, trust: tuple[Statement, ...], policies: dict[str, tuple[Statement, ...]]
    ) -> IamRole:
        return IamRole(
            name=self.role_prefix + name,
            trust=document(trust),
            inline_policies=documents_within(policies, INLINE_SUM_LIMIT),
            description=description,
            path=self.path,
            permissions_boundary=self.permissions_boundary,
            asked=self.asked("permissions_boundary"),
            tags=self.tags,
        )

    def attach(self, graph: Graph, address: str, role: Node, policy: tuple[str, str]) -> None:
        """`policy` is the name of an AWS managed policy, and the page's reason for it."""
        name, why = policy
        graph.add(
            address,
            IamRoleAttachment(
                role=role["name"],
                role_id=role["role_id"],
                role_path=self.path,
                policy_arn=graph.account().managed_policy(name),
                why=why,
                source=grants.PERMISSIONS_PAGE,
            ),
        )
