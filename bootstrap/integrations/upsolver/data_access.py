"""Upsolver's role-based credentials: one policy, one role, and the SQL that creates connections with them.

The role trusts an entity of the organization's own, which only Upsolver's Security Information page shows. The page's
examples are pictures, so the permissions come from elsewhere: see `data.py`.
"""

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any, ClassVar, Self

from bootstrap.core import validators
from bootstrap.core.account import EXAMPLE, Account
from bootstrap.core.commands import option as option_words
from bootstrap.core.deviation import Deviation
from bootstrap.core.graph import Graph
from bootstrap.core.input import Choice
from bootstrap.core.integration import Handoff, option, own
from bootstrap.core.policy import MANAGED_LIMIT, Statement, document, documents_within
from bootstrap.core.strict_json import strict_json
from bootstrap.errors import UsageError
from bootstrap.integrations.existing import sts
from bootstrap.integrations.existing.bucket_policies import FILE
from bootstrap.integrations.upsolver import grants
from bootstrap.integrations.upsolver.connections import connection_files, connection_name, name_from
from bootstrap.integrations.upsolver.data import NO_LIST, UpsolverData
from bootstrap.integrations.upsolver.deviations import BUCKET_KEYS, LISTING_HELD
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment

_STORAGE = (
    "If Upsolver refuses the catalog connection because its storage is read-only, run create again with --access read-write."
)


@dataclass(frozen=True, kw_only=True)
class UpsolverDataAccess(UpsolverData):
    name: ClassVar[str] = "upsolver-data-access"
    using: ClassVar[tuple[str, ...]] = ("policy",)
    title: ClassVar[str] = (
        "Upsolver reads, or reads and writes, the data that you name: a role, a policy, and connection.sql"
    )
    pages: ClassVar[tuple[str, ...]] = (grants.CREDENTIALS_PAGE, grants.S3_PAGE)
    deviations: ClassVar[tuple[Deviation, ...]] = (
        Deviation(
            page="look at the STS region list and activate the region",
            sent="nothing is activated; where STS can be activated, the hand-off says how, in case Upsolver needs it",
            why="STS is always active in us-east-1, and in an opt-in region once the region is enabled. In the other "
            "regions it is active unless somebody deactivated it, and only whoever assumes a role finds that out "
            "(RegionDisabledException)",
            source="IAM user guide, id_credentials_temp_region-endpoints",
            risk="none",
        ),
        Deviation(
            page="the examples of the trust policy, S3 policy and connection are pictures",
            sent="the permissions of Upsolver's S3 page, the SQL of its connection page",
            why="the page has no text to copy",
            source=grants.S3_PAGE,
            risk="none",
        ),
        Deviation(
            page="s3:ListAllMyBuckets, when no path filter is set",
            sent="not granted; connection.sql sets the filter",
            why="with the filter it is not needed, and Upsolver has no need to see your other buckets",
            source=grants.S3_PAGE,
            risk="none",
        ),
        NO_LIST,
        LISTING_HELD,
        BUCKET_KEYS,
    )

    handoff_files: ClassVar[tuple[str, ...]] = ("connection.sql", "drop-connection.sql", FILE)
    alternatives: ClassVar[tuple[Choice, ...]] = (
        Choice(
            "Upsolver's Security Information page shows whom the new role should trust. How do you want to enter it?",
            {
                "Type the external id and the role that the page shows": ("external_id", "trusted_principal"),
                "Name a file with the JSON that the page shows": ("trusted_entity",),
            },
        ),
    )

    external_id: str | None = option(
        "Require the external id that Upsolver shows you (with --trusted-principal).",
        question="Which external id does Upsolver show you?",
        default=None,
        check=validators.external_id,
    )
    trusted_principal: str | None = option(
        "Trust this role, which Upsolver has for your organization.",
        question="Which role does Upsolver show you? Paste its ARN.",
        default=None,
        metavar="ARN",
        check=validators.principal_arn,
    )
    trusted_entity: str | None = option(
        "Read whom to trust from a file with the JSON from Upsolver's Security Information page (instead of the two inputs "
        "above).",
        question="Which file has the JSON?",
        default=None,
        metavar="FILE",
        file=True,
    )
    connection_prefix: str | None = option(
        "Begin the names of the connections with this (default: upsolver, then --role-prefix). A deployment in another "
        "account or region needs its own, because Upsolver has one list of names.",
        default=None,
        metavar="NAME",
        check=connection_name,
    )

    @classmethod
    def required(cls, given: Mapping[str, Any]) -> tuple[str, ...]:
        trusted = () if given.get("trusted_entity") else ("external_id", "trusted_principal")
        data = any(given.get(name) for name in cls.data_inputs)
        return trusted if data else (*trusted, "bucket")

    @classmethod
    def example(cls) -> Self:
        return cls(
            external_id="EXTERNAL-ID-FROM-UPSOLVER",
            trusted_principal="arn:aws:iam::111122223333:role/upsolver-for-your-organization",
            bucket=("your-bucket/raw",),
        )

    def trust(self) -> tuple[Statement, ...]:
        """The role's trust policy. Raises UsageError if the pasted entity trusts everybody, or somebody without an external
        id."""
        principals, external_ids = self._trusted()
        return (
            Statement(
                sid="UpsolverOrganization",
                actions=("sts:AssumeRole",),
                resources=(),
                principals={"AWS": principals},
                conditions={"StringEquals": {"sts:ExternalId": list(external_ids)}},
                why="Upsolver's role for your organization, and no other customer's",
                source=grants.CREDENTIALS_PAGE,
                who="Upsolver",
            ),
        )

    def _trusted(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if self.trusted_entity is None:
            return (self.trusted_principal or "",), (self.external_id or "",)
        if self.external_id or self.trusted_principal:
            raise UsageError("--trusted-entity already says whom to trust: omit --external-id and --trusted-principal")
        return trusted_by(self.trusted_entity)

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (*self.trust(), *self.data_statements(EXAMPLE))

    @property
    def users(self) -> tuple[str, ...]:
        return (self.role_prefix + "UpsolverDataAccessRole",)

    @property
    def connections(self) -> str:
        """The beginning of the names of the connections. Another deployment in the account has another --role-prefix."""
        return self.connection_prefix or name_from("upsolver", self.role_prefix)

    def _same_names(self) -> str:
        return (
            "Upsolver has one list of connection names for all your accounts and regions. If another deployment has created "
            f"connections whose names begin with {self.connections}_, choose other names first: {own('rename')}"
        )

    def _renamed(self, account: Account) -> list[str]:
        region = account.region.replace("-", "_")
        prefix = f"{self.connections[: 60 - len(account.id) - len(region)]}_{account.id}_{region}"
        return ["create", *option_words("integration", self.name), *option_words("connection_prefix", prefix)]

    def build(self, graph: Graph) -> Handoff:
        account = graph.account()
        if not (self.places or self.kinesis_stream or self.glue_database):
            raise UsageError("name the data: --bucket, --kinesis-stream or --glue-database")
        if self.glue_database and not self.places:
            raise UsageError(
                "--glue-database also needs --bucket: a catalog connection stores the files of its tables there"
            )
        policy = graph.add(
            "policy",
            IamPolicy(
                name=self.role_prefix + "UpsolverDataAccessPolicy",
                document=documents_within({"data": self.data_statements(account)}, MANAGED_LIMIT)["data"],
                description="What Upsolver may do with the data that was named",
                path=self.path,
                tags=self.tags,
            ),
        )
        role = graph.add(
            "role",
            IamRole(
                name=self.users[0],
                trust=document(self.trust()),
                description="Upsolver reaches the data that was named with this role",
                path=self.path,
                permissions_boundary=self.permissions_boundary,
                asked=self.asked("permissions_boundary"),
                tags=self.tags,
            ),
        )
        graph.add(
            "attachment",
            IamRoleAttachment(
                role=role["name"],
                role_id=role["role_id"],
                role_path=self.path,
                policy_arn=policy["arn"],
                why="The page: locate the policy and add it to the role",
                source=grants.CREDENTIALS_PAGE,
            ),
        )
        external_id = self._trusted()[1][0]
        owners = self.owners_part(account)
        return Handoff(
            values={"Role ARN": role["arn"], "External id": external_id, "Region": account.region},
            steps=(
                *owners.steps,
                *([] if self.connection_prefix else [self._same_names()]),
                "Run connection.sql in Upsolver to create the connections. AWS may need a minute before a new role works.",
                *filter(None, [sts.if_disabled(account.region, "Upsolver")]),
                *self.key_notes(account),
                *([_STORAGE] if self.glue_database and not self.written else []),
                f"When you no longer need them, run drop-connection.sql in Upsolver first. Then: {own('destroy')}",
            ),
            verbs={"destroy": ["destroy"], "rename": self._renamed(account)},
            files={**connection_files(self, account.region, role["arn"], external_id), **owners.files},
        )


def trusted_by(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The principals and external ids of a pasted trust policy. Raises UsageError, which says what is wrong with it."""

    def wrong(what: str) -> UsageError:
        return UsageError(
            f"--trusted-entity: {what}", "Copy the whole JSON from Upsolver's Security Information page again."
        )

    try:
        content = strict_json(text, deepest=100)
    except JSONDecodeError as error:
        raise wrong(f"it is not JSON ({error})") from error
    except ValueError as error:
        raise wrong(str(error)) from error
    statements = content.get("Statement") if isinstance(content, dict) else None
    statements = statements if isinstance(statements, list) else [statements]
    principals: list[str] = []
    external_ids: list[str] = []
    for statement in statements:
        if not isinstance(statement, dict) or statement.get("Effect") != "Allow":
            raise wrong("each statement must be an Allow")
        if _listed(statement.get("Action")) != ["sts:AssumeRole"]:
            raise wrong("each statement must allow sts:AssumeRole and nothing else")
        named = statement.get("Principal")
        named = _listed(named.get("AWS")) if isinstance(named, dict) and set(named) == {"AWS"} else [named]
        condition = statement.get("Condition")
        if (
            not isinstance(condition, dict)
            or set(condition) != {"StringEquals"}
            or not isinstance(condition["StringEquals"], dict)
        ):
            raise wrong("it trusts somebody without an external id (StringEquals sts:ExternalId)")
        if [key.lower() for key in condition["StringEquals"]] != ["sts:externalid"]:
            raise wrong("the condition must be StringEquals sts:ExternalId and nothing else")
        [ids] = condition["StringEquals"].values()
        if not named or not _listed(ids):
            raise wrong("one of its statements trusts nobody")
        try:
            principals += [validators.principal_arn(_text(item)) for item in named]
            external_ids += [validators.external_id(_text(item).strip()) for item in _listed(ids)]
        except ValueError as error:
            raise wrong(str(error)) from error
    if not principals:
        raise wrong("it trusts nobody")
    if len(statements) > 1 and len(set(external_ids)) > 1:
        raise wrong("its statements have different external ids")
    return tuple(dict.fromkeys(principals)), tuple(dict.fromkeys(external_ids))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else reprlib.repr(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
