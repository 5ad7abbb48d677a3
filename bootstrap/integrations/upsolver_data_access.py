"""Upsolver's role-based credentials: one policy, one role, and the SQL that makes connections with them.

Whom to trust is the organization's own entity, shown on Upsolver's Security Information page; it cannot be derived.
The page's examples are pictures, so the permissions come from Upsolver's S3 page and, where Upsolver publishes no
list (Kinesis, Glue, KMS), from AWS's table of actions.
"""

import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any, ClassVar, Self

from bootstrap.core import check, commands, sts
from bootstrap.core.account import DEFAULT, EXAMPLE, Account
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Ask, Deviation, Handoff, Integration, option
from bootstrap.core.permission import Permission
from bootstrap.core.policy import Statement, document
from bootstrap.core.prechecks import Precheck
from bootstrap.core.strict_json import strict_json
from bootstrap.errors import UsageError
from bootstrap.integrations import upsolver
from bootstrap.integrations.bucket_keys import key_note
from bootstrap.integrations.buckets import Use, findings, looks, uses_of
from bootstrap.integrations.upsolver_connections import connection_files
from bootstrap.resources.iam_policy import IamPolicy
from bootstrap.resources.iam_role import IamRole
from bootstrap.resources.iam_role_attachment import IamRoleAttachment

KINESIS_TABLE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisdatastreams.html"
GLUE_TABLE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html"
KMS_TABLE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html"

_ROLE = "UpsolverDataAccessRole"
_TABLES_READ = "GetDatabase GetDatabases GetTable GetTables GetTableVersion GetTableVersions GetPartition GetPartitions"
_TABLES_WRITE = (
    "CreateTable UpdateTable DeleteTable CreatePartition UpdatePartition DeletePartition BatchCreatePartition "
    "BatchDeletePartition"
)
_STORAGE = "If Upsolver refuses the catalog connection for its read-only storage, run create again with --access read-write."
_RECORDS_READ = "DescribeStream DescribeStreamSummary ListShards GetShardIterator GetRecords"


@dataclass(frozen=True, kw_only=True)
class UpsolverDataAccess(Integration):
    name: ClassVar[str] = "upsolver-data-access"
    title: ClassVar[str] = "Upsolver reads, or reads and writes, the data you name: a role, a policy, and connection.sql"
    pages: ClassVar[tuple[str, ...]] = (upsolver.CREDENTIALS_PAGE, upsolver.S3_PAGE)
    deviations: ClassVar[tuple[Deviation, ...]] = (
        Deviation(
            page="look at the STS region list and activate the region",
            sent="nothing is switched; where there is a switch, the hand-off says where it is, in case Upsolver needs it",
            why="us-east-1 has no switch and is always active; opt-in regions have none, and are active once the region is "
            "enabled; the others are active unless somebody deactivated them, and only who assumes a role is told so "
            "(RegionDisabledException)",
            source="IAM user guide, id_credentials_temp_region-endpoints",
        ),
        Deviation(
            page="the examples of trust policy, S3 policy and connection are pictures",
            sent="the permissions of Upsolver's S3 page, the SQL of its connection page",
            why="there is nothing on the page to copy",
            source=upsolver.S3_PAGE,
        ),
        Deviation(
            page="s3:ListAllMyBuckets, when no path filter is set",
            sent="not granted; connection.sql sets the filter",
            why="the filter makes it needless, and other buckets are nobody's business",
            source=upsolver.S3_PAGE,
        ),
    )

    handoff_files: ClassVar[tuple[str, ...]] = ("connection.sql", "drop-connection.sql")
    alternatives: ClassVar[tuple[tuple[str, ...], ...]] = (("external_id", "trusted_principal"), ("trusted_entity",))

    external_id: str | None = option(
        "The external id that Upsolver shows you (with --trusted-principal).", default=None, check=check.external_id
    )
    trusted_principal: str | None = option(
        "Upsolver's role for your organization.", default=None, metavar="ARN", check=check.principal_arn
    )
    trusted_entity: str | None = option(
        "Instead of the two: the JSON from Upsolver's Security Information page.", default=None, metavar="FILE", file=True
    )
    bucket: tuple[str, ...] = option(
        "Data in S3 (repeatable).", default=(), metavar="NAME[/PREFIX]", check=check.bucket_prefix
    )
    access: str = option("What Upsolver may do with the data.", default="read", choices=("read", "read-write"))
    kms_key: str | None = option("The key that encrypts the data.", default=None, metavar="ARN", check=check.key_arn)
    kinesis_stream: tuple[str, ...] = option(
        "A Kinesis stream (repeatable).", default=(), metavar="NAME", check=check.stream
    )
    glue_database: tuple[str, ...] = option(
        "A database of the Glue catalog (repeatable).", default=(), metavar="NAME", check=check.database
    )

    @classmethod
    def required(cls, given: Mapping[str, Any]) -> tuple[str, ...]:
        trusted = () if given.get("trusted_entity") else ("external_id", "trusted_principal")
        data = any(given.get(name) for name in ("bucket", "kinesis_stream", "glue_database"))
        return trusted if data else (*trusted, "bucket")

    @classmethod
    def example(cls) -> Self:
        return cls(
            external_id="EXTERNAL-ID-FROM-UPSOLVER",
            trusted_principal="arn:aws:iam::111122223333:role/upsolver-for-your-organization",
            bucket=("your-bucket/raw",),
        )

    @property
    def writes(self) -> bool:
        return self.access == "read-write"

    @property
    def uses(self) -> tuple[Use, ...]:
        return uses_of(self.bucket, "--bucket", writes=self.writes)

    @property
    def looks(self) -> Mapping[str, tuple[Permission, ...]]:
        return {DEFAULT: looks(self.uses)}

    def prechecks(self, accounts: Mapping[str, Account], ask: Ask) -> Iterator[Precheck]:
        account = accounts[DEFAULT]
        yield from findings(self.uses, [self.kms_key] if self.kms_key else [], account, ask)
        yield from map(Precheck, self._key_notes(account))

    def _key_notes(self, account: Account) -> list[str]:
        name = self.role_prefix + _ROLE
        return [key_note(account, self.path, (name,), self.kms_key, self._key_actions)] if self.kms_key else []

    @property
    def _key_actions(self) -> tuple[str, ...]:
        names = "Decrypt DescribeKey GenerateDataKey" if self.writes else "Decrypt DescribeKey"
        return tuple(f"kms:{name}" for name in names.split())

    def trust(self) -> tuple[Statement, ...]:
        """Raises UsageError when the pasted entity trusts everybody, or somebody without an external id."""
        principals, external_ids = self._trusted()
        return (
            Statement(
                sid="UpsolverOrganization",
                actions=("sts:AssumeRole",),
                resources=(),
                principals={"AWS": principals},
                conditions={"StringEquals": {"sts:ExternalId": list(external_ids)}},
                why="Upsolver's role for your organization, and no other customer's",
                source=upsolver.CREDENTIALS_PAGE,
            ),
        )

    def _trusted(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if self.trusted_entity is None:
            return (self.trusted_principal or "",), (self.external_id or "",)
        if self.external_id or self.trusted_principal:
            raise UsageError("--trusted-entity already says whom to trust: leave --external-id and --trusted-principal out")
        return trusted_by(self.trusted_entity)

    def permissions(self, account: Account) -> tuple[Statement, ...]:
        why = "You named it as data for Upsolver"
        aws = f"arn:{account.partition}"
        here = f"{account.region}:{account.id}"
        statements = list(upsolver.data(account, self.bucket, self.bucket if self.writes else (), why))

        def grant(sid: str, service: str, names: str, resources: tuple[str, ...], source: str, why: str = why) -> None:
            actions = tuple(f"{service}:{name}" for name in names.split())
            statements.append(Statement(sid=sid, actions=actions, resources=resources, why=why, source=source))

        if self.kms_key:
            names = " ".join(action.partition(":")[2] for action in self._key_actions)
            grant("UseKey", "kms", names, (self.kms_key,), KMS_TABLE)
        if self.kinesis_stream:
            names = f"{_RECORDS_READ} PutRecord PutRecords" if self.writes else _RECORDS_READ
            grant(
                "Streams",
                "kinesis",
                names,
                tuple(f"{aws}:kinesis:{here}:stream/{x}" for x in self.kinesis_stream),
                KINESIS_TABLE,
            )
            listing = "Upsolver's screens list the streams; AWS knows no narrower resource for it"
            grant("ListStreams", "kinesis", "ListStreams", ("*",), KINESIS_TABLE, listing)
        if self.glue_database:
            places = [f"{aws}:glue:{here}:catalog"]
            for database in self.glue_database:
                places += [f"{aws}:glue:{here}:database/{database}", f"{aws}:glue:{here}:table/{database}/*"]
            names = f"{_TABLES_READ} {_TABLES_WRITE}" if self.writes else _TABLES_READ
            grant("Catalog", "glue", names, tuple(places), GLUE_TABLE)
        return tuple(statements)

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (*self.trust(), *self.permissions(EXAMPLE))

    def build(self, graph: Graph) -> Handoff:
        account = graph.account()
        if not (self.bucket or self.kinesis_stream or self.glue_database):
            raise UsageError("name the data: --bucket, --kinesis-stream or --glue-database")
        if self.glue_database and not self.bucket:
            raise UsageError("--glue-database needs --bucket too: a catalog connection stores its tables' files there")
        policy = graph.add(
            "policy",
            IamPolicy(
                name=self.role_prefix + "UpsolverDataAccessPolicy",
                document=document(self.permissions(account)),
                description="What Upsolver may do with the data that was named",
                path=self.path,
                tags=self.tags,
            ),
        )
        role = graph.add(
            "role",
            IamRole(
                name=self.role_prefix + _ROLE,
                trust=document(self.trust()),
                description="Upsolver reaches the data that was named with this role",
                path=self.path,
                permissions_boundary=self.permissions_boundary,
                tags=self.tags,
            ),
        )
        graph.add(
            "attachment",
            IamRoleAttachment(role=role["name"], role_id=role["role_id"], role_path=self.path, policy_arn=policy["arn"]),
        )
        external_id = self._trusted()[1][0]
        return Handoff(
            values={"Role ARN": role["arn"], "External id": external_id, "Region": account.region},
            steps=(
                "Run connection.sql in Upsolver: it makes the connections. AWS may take a minute to know a new role.",
                *filter(None, [sts.if_disabled(account.region, "Upsolver")]),
                *self._key_notes(account),
                *([_STORAGE] if self.glue_database and not self.writes else []),
                f"Before {commands.bootstrap('destroy')}, run drop-connection.sql there.",
            ),
            files=connection_files(self, account.region, role["arn"], external_id),
        )


def trusted_by(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The principals and external ids of a pasted trust policy. Raises UsageError that says what is wrong with it."""

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
            principals += [check.principal_arn(_text(item)) for item in named]
            external_ids += [check.external_id(_text(item).strip()) for item in _listed(ids)]
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
