"""Aspera Transfer Cluster Manager: its nodes reach S3 buckets of the same or another account through a chain of two
roles."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from bootstrap.core import commands, validators
from bootstrap.core.account import Account, SignIn
from bootstrap.core.deviation import Deviation
from bootstrap.core.graph import Graph
from bootstrap.core.input import Choice
from bootstrap.core.integration import Ask, Handoff, Integration, examples, option
from bootstrap.core.permission import Permission
from bootstrap.core.policy import MANAGED_LIMIT, Statement, document, documents_within
from bootstrap.core.prechecks import Precheck
from bootstrap.core.resource import OTHER_NAMES
from bootstrap.core.role_chain import Hop
from bootstrap.errors import UsageError, lines
from bootstrap.integrations.aspera import grants
from bootstrap.integrations.aspera.deviations import DEVIATIONS
from bootstrap.integrations.aspera.handoff import handoff
from bootstrap.integrations.aspera.roles import anywhere, as_arn, existing_roles, path_of
from bootstrap.integrations.existing.bucket_keys import key_note
from bootstrap.integrations.existing.bucket_policies import (
    FILE,
    check_owners,
    named_owners,
    owner_option,
    owners_of,
    owners_part,
)
from bootstrap.integrations.existing.buckets import Use, findings, look, lookup_permissions, not_ours, uses_of
from bootstrap.permissions.trust_overlap import external_ids, requiring
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from bootstrap.resources.iam.role_trust_statement import IamRoleTrustStatement
from bootstrap.resources.iam.shared import UNKNOWN_PATH, arn

CLUSTER, S3 = "cluster", "s3"
S3_ROLE = "atc-s3-access-keys"


@dataclass(frozen=True, kw_only=True)
class AsperaAtc(Integration):
    name: ClassVar[str] = "aspera-atc"
    vendor: ClassVar[str] = "Aspera"
    title: ClassVar[str] = "Aspera Transfer Cluster Manager reaches S3 buckets in its own or another account"
    pages: ClassVar[tuple[str, ...]] = (grants.CROSS_ACCOUNT_PAGE, grants.POLICY_PAGE, grants.ACCESS_KEY_PAGE)
    deviations: ClassVar[tuple[Deviation, ...]] = DEVIATIONS
    handoff_files: ClassVar[tuple[str, ...]] = (FILE,)
    alternatives: ClassVar[tuple[Choice, ...]] = (
        Choice(
            "In which account are the buckets?",
            {
                "The same account as the cluster": (),
                "Another account, for which I have an AWS profile": ("s3_profile",),
                "Another account, with a role that the cluster's account may assume": ("s3_role_arn",),
            },
            accounts=True,
        ),
        Choice(
            "Create a new role that reaches the buckets, or use one you have?",
            {"Create a new role": (), "Use one I have": ("existing_s3_role",)},
        ),
    )
    bucket: tuple[str, ...] = option(
        "Use this bucket of the S3 account for transfers (repeatable).",
        question="Which bucket should transfers use? For a part of it, add /PREFIX.",
        metavar="NAME[/PREFIX]",
        check=validators.bucket_prefix,
    )
    allow: str = option(
        "Allow these transfers: any of upload, download, browse and delete, separated by commas.",
        default="upload,download,browse",
        metavar="LIST",
        check=validators.listed(*grants.TRANSFERS),
    )
    cluster_profile: str | None = option(
        "Sign in to the cluster manager's account with this AWS profile (default: that of --profile).",
        default=None,
        metavar="NAME",
    )
    s3_profile: str | None = option(
        "Sign in to the account with the buckets with this AWS profile (default: the cluster manager's account).",
        question="Which AWS profile signs in to the account with the buckets?",
        default=None,
        metavar="NAME",
    )
    s3_role_arn: str | None = option(
        "Assume this role from the cluster's account to reach the account with the buckets (instead of --s3-profile).",
        question="Which role of the account with the buckets should be assumed? Paste its ARN.",
        default=None,
        metavar="ARN",
        check=validators.role_arn,
    )
    node_role: str = option(
        "Name the role of the cluster's nodes.", default="atc-node", metavar="NAME|ARN", check=validators.role
    )
    external_id: str | None = option(
        "Set the external id (default: a generated one).", default=None, check=validators.external_id, generated=True
    )
    existing_s3_role: str | None = option(
        "Use this role of yours, which reaches the buckets; bootstrap only adds one statement to its trust policy.",
        question="Which role of yours reaches the buckets? Type its name or ARN.",
        default=None,
        metavar="NAME|ARN",
        check=validators.role,
    )
    require_external_id: bool = option(
        "Deny the nodes the role without the external id, even if another statement in the trust policy of "
        "--existing-s3-role lets them in; destroy undoes that.",
        default=False,
    )
    kms_key: str | None = option(
        "Name the KMS key that encrypts the buckets.", default=None, metavar="ARN", check=validators.key_arn
    )
    bucket_owner: tuple[str, ...] = owner_option()

    theirs: frozenset[str] = field(default=frozenset(), compare=False)
    """The buckets that belong to an account other than the S3 account, as far as known. Not an input: every run looks
    again."""

    @classmethod
    def example(cls) -> Self:
        return cls(bucket=("your-bucket/incoming",), external_id="EXTERNAL-ID", s3_profile="buckets")

    @classmethod
    def sign_ins_for(cls, inputs: Mapping[str, Any]) -> Mapping[str, SignIn]:
        cluster, s3, role = (inputs.get(name) for name in ("cluster_profile", "s3_profile", "s3_role_arn"))
        if s3 and role:
            raise UsageError("--s3-profile and --s3-role-arn both say how to reach the S3 account: give only one of them")
        return {CLUSTER: SignIn(profile=cluster), S3: SignIn(profile=s3 or cluster, role_arn=role)}

    @property
    def lookup_permissions(self) -> Mapping[str, tuple[Permission, ...]]:
        roles = {
            alias: tuple(Permission("look", "iam:GetRole", arn, wide=UNKNOWN_PATH) for arn in anywhere(role))
            for alias, role in ((CLUSTER, self.node_role), (S3, self.existing_s3_role))
            if role
        }
        return {**roles, S3: (*roles.get(S3, ()), *lookup_permissions(self.uses))}

    @property
    def uses(self) -> tuple[Use, ...]:
        return uses_of(self.bucket, "--bucket", writes="upload" in self.allow.split(","))

    @property
    def named_owners(self) -> Mapping[str, str]:
        """The owner accounts of buckets that the inputs name, by bucket. Raises UsageError."""
        return named_owners(self.bucket_owner, (use.name for use in self.uses))

    def prechecks(self, accounts: Mapping[str, Account], ask: Ask) -> Iterator[Precheck]:
        account, granting = accounts[S3], not self.existing_s3_role
        actions = grants.key_actions(self.allow.split(","))
        keys = [self.kms_key] if self.kms_key and granting else []
        using = ("s3-policy",) if granting else ("s3-trust",)
        yield from findings(self.uses, keys, account, ask, using, granting=granting, owners=self.named_owners)
        if actions:
            users = (self.role_prefix + S3_ROLE,)
            yield from (Precheck(key_note(account, self.path, users, key, actions)) for key in keys)

    def resolve_lookups(self, accounts: Mapping[str, Account], ask: Ask) -> Self:
        """Fills in the current ARNs of the existing roles, and an external id."""
        existing = {"node_role": (CLUSTER, self.node_role), "existing_s3_role": (S3, self.existing_s3_role)}
        arns: dict[str, Any] = {**existing_roles(existing, accounts, ask)}
        seen = look(self.uses, accounts[S3], ask, self.named_owners)
        check_owners(self.named_owners, seen, accounts[S3])
        return replace(self, **arns, external_id=self.external_id or secrets.token_urlsafe(24), theirs=not_ours(seen))

    def recover_generated(self, live: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
        """The external ids, from the trust of the role that reaches the buckets."""
        added = live.get("s3-trust", {}).get("statement", {})
        trust = live.get("s3-role", {}).get("trust", {"Statement": [added]})
        found = external_ids(trust, self.node_role)
        return dict(zip(("external_id", "previous_external_id"), found, strict=False))

    def _s3_role_arn(self, account: Account) -> str:
        if self.existing_s3_role:
            return as_arn(self.existing_s3_role, account)
        return arn(account, "role", self.path, self.role_prefix + S3_ROLE)

    def _data(self, account: Account) -> tuple[Statement, ...]:
        return grants.data(account, self.bucket, self.allow.split(","), self.kms_key)

    def _trust(self, cluster: Account) -> tuple[Statement, ...]:
        return grants.trust(as_arn(self.node_role, cluster), self.external_id or "GENERATED-BY-CREATE")

    @property
    def statements(self) -> tuple[Statement, ...]:
        accounts = {account.alias: account for account in examples(self)}
        mine = () if self.existing_s3_role else self._data(accounts[S3])
        return (*grants.assume(self._s3_role_arn(accounts[S3])), *self._trust(accounts[CLUSTER]), *mine)

    @property
    def notes(self) -> tuple[str, ...]:
        same = "Neither --s3-profile nor --s3-role-arn is given, so the cluster and the buckets are in the same account."
        theirs = (
            "You control what --existing-s3-role may do: --allow, --kms-key and --permissions-boundary have no effect on it."
        )
        always = "--require-external-id has no effect: a new role always requires the external id."
        return (
            *([] if self.s3_profile or self.s3_role_arn else [same]),
            *([theirs] if self.existing_s3_role else []),
            *([always] if self.require_external_id and not self.existing_s3_role else []),
        )

    def build(self, graph: Graph) -> Handoff:
        cluster, s3 = graph.account(CLUSTER), graph.account(S3)
        node_role = self.node_role.rpartition("/")[2]
        s3_role_arn = self._s3_role_arn(s3)
        graph.use_existing(IamRole(name=node_role, trust={}), account=CLUSTER)
        s3_ready = self._add_existing(graph) if self.existing_s3_role else self._add_role(graph)
        policy = graph.add(
            "assume-policy",
            IamPolicy(
                name=self.role_prefix + "atc-s3-assume-role",
                document=document(grants.assume(s3_role_arn)),
                description="The nodes of the Aspera cluster take the role that reaches the buckets",
                path=self.path,
                tags=self.tags,
            ),
            account=CLUSTER,
            deleted_before=s3_ready,
        )
        path = path_of(self.node_role)
        graph.add(
            "node-attachment",
            IamRoleAttachment(
                role=node_role,
                role_path=path,
                policy_arn=policy["arn"],
                why="The page: attach the policy to the role of the nodes",
                source=grants.CROSS_ACCOUNT_PAGE,
            ),
            account=CLUSTER,
        )
        others = owners_of(self.theirs, self.named_owners, s3)
        owners = owners_part(s3, others, [s3_role_arn], self._data(s3))
        return handoff(self, s3, Hop(account=CLUSTER, role=as_arn(self.node_role, cluster)), s3_role_arn, owners)

    def _add_role(self, graph: Graph) -> list[Any]:
        account = graph.account(S3)
        name = self.role_prefix + S3_ROLE
        use = f"run the same command with: {commands.quoted('--existing-s3-role', name)}"
        policy = graph.add(
            "s3-policy",
            IamPolicy(
                name=self.role_prefix + "atc-s3-policy",
                document=documents_within({"data": self._data(account)}, MANAGED_LIMIT)["data"],
                description="What Aspera transfers may do in the buckets that were named",
                path=self.path,
                tags=self.tags,
            ),
            account=S3,
            if_taken=lines(f"If a role {name} has this policy and reaches the buckets, {use}", OTHER_NAMES),
        )
        role = graph.add(
            "s3-role",
            IamRole(
                name=name,
                trust=document(self._trust(graph.account(CLUSTER))),
                description="The nodes of the Aspera cluster reach the buckets with this role",
                path=self.path,
                permissions_boundary=self.permissions_boundary,
                asked=self.asked("permissions_boundary"),
                tags=self.tags,
            ),
            account=S3,
            if_taken=lines(f"If it already reaches the buckets, {use}", OTHER_NAMES),
        )
        attachment = IamRoleAttachment(
            role=role["name"],
            role_id=role["role_id"],
            role_path=self.path,
            policy_arn=policy["arn"],
            why="The page: the role uses the policy to grant access to the buckets",
            source=grants.CROSS_ACCOUNT_PAGE,
        )
        return [graph.add("s3-attachment", attachment, account=S3)]

    def _add_existing(self, graph: Graph) -> list[Any]:
        role = self.existing_s3_role or ""
        graph.use_existing(IamRole(name=role.rpartition("/")[2], trust={}), account=S3)
        [trusted] = self._trust(graph.account(CLUSTER))
        statement = {key: value for key, value in trusted.to_json().items() if key != "Sid"}
        return [
            graph.add(
                "s3-trust",
                IamRoleTrustStatement(
                    role=role.rpartition("/")[2],
                    role_path=path_of(role),
                    statement=statement,
                    deny=requiring(statement) if self.require_external_id else {},
                ),
                account=S3,
            )
        ]
