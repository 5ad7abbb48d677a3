"""Upsolver's role-based credentials: one policy, one role, and the SQL that makes connections with them.

Whom to trust is the organization's own entity, shown on Upsolver's Security Information page; it cannot be derived.
The page's examples are pictures, so the permissions come from elsewhere: see `data.py`.
"""

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any, ClassVar, Self

from bootstrap.core import validators
from bootstrap.core.account import EXAMPLE, Account
from bootstrap.core.commands import option as option_words
from bootstrap.core.graph import Graph
from bootstrap.core.input import Choice
from bootstrap.core.integration import Deviation, Handoff, option, own
from bootstrap.core.policy import Statement, document
from bootstrap.core.strict_json import strict_json
from bootstrap.errors import UsageError
from bootstrap.integrations.existing.bucket_policies import FILE
from bootstrap.integrations.upsolver import grants, sts
from bootstrap.integrations.upsolver.connections import connection_files, connection_name, name_from
from bootstrap.integrations.upsolver.data import NO_LIST, UpsolverData
from bootstrap.integrations.upsolver.deviations import BUCKET_KEYS, LISTING_HELD
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment

_STORAGE = "If Upsolver refuses the catalog connection for its read-only storage, run create again with --access read-write."


@dataclass(frozen=True, kw_only=True)
class UpsolverDataAccess(UpsolverData):
    name: ClassVar[str] = "upsolver-data-access"
    title: ClassVar[str] = "Upsolver reads, or reads and writes, the data you name: a role, a policy, and connection.sql"
    pages: ClassVar[tuple[str, ...]] = (grants.CREDENTIALS_PAGE, grants.S3_PAGE)
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
            source=grants.S3_PAGE,
        ),
        Deviation(
            page="s3:ListAllMyBuckets, when no path filter is set",
            sent="not granted; connection.sql sets the filter",
            why="the filter makes it needless, and other buckets are nobody's business",
            source=grants.S3_PAGE,
        ),
        NO_LIST,
        LISTING_HELD,
        BUCKET_KEYS,
    )

    handoff_files: ClassVar[tuple[str, ...]] = ("connection.sql", "drop-connection.sql", FILE)
    alternatives: ClassVar[tuple[Choice, ...]] = (
        Choice(
            "Whom should the new role trust? Upsolver shows it on its Security Information page.",
            {
                "enter the external id and the role that Upsolver shows me": ("external_id", "trusted_principal"),
                "use a file with the JSON that Upsolver shows me": ("trusted_entity",),
            },
        ),
    )

    external_id: str | None = option(
        "The external id that Upsolver shows you (with --trusted-principal).", default=None, check=validators.external_id
    )
    trusted_principal: str | None = option(
        "Upsolver's role for your organization.", default=None, metavar="ARN", check=validators.principal_arn
    )
    trusted_entity: str | None = option(
        "A file with the JSON from Upsolver's Security Information page (instead of the two inputs above).",
        default=None,
        metavar="FILE",
        file=True,
    )
    connection_prefix: str | None = option(
        "What the names of the connections begin with (default: upsolver, then --role-prefix); give one to a deployment in "
        "another account or region, as Upsolver has one list of names.",
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
                source=grants.CREDENTIALS_PAGE,
            ),
        )

    def _trusted(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if self.trusted_entity is None:
            return (self.trusted_principal or "",), (self.external_id or "",)
        if self.external_id or self.trusted_principal:
            raise UsageError("--trusted-entity already says whom to trust: leave --external-id and --trusted-principal out")
        return trusted_by(self.trusted_entity)

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (*self.trust(), *self.data_statements(EXAMPLE))

    @property
    def users(self) -> tuple[str, ...]:
        return (self.role_prefix + "UpsolverDataAccessRole",)

    @property
    def connections(self) -> str:
        """What the names of the connections begin with: another deployment in the account has another --role-prefix."""
        return self.connection_prefix or name_from("upsolver", self.role_prefix)

    def _same_names(self) -> str:
        return (
            "Upsolver has one list of connection names for all of your accounts and regions. If another deployment has made "
            f"connections whose names begin with {self.connections}_, get other names first: {own('rename')}"
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
            raise UsageError("--glue-database needs --bucket too: a catalog connection stores its tables' files there")
        policy = graph.add(
            "policy",
            IamPolicy(
                name=self.role_prefix + "UpsolverDataAccessPolicy",
                document=document(self.data_statements(account)),
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
                "Run connection.sql in Upsolver: it makes the connections. AWS may take a minute to know a new role.",
                *filter(None, [sts.if_disabled(account.region, "Upsolver")]),
                *self.key_notes(account),
                *([_STORAGE] if self.glue_database and not self.written else []),
                f"When you need it no longer, run drop-connection.sql there first. Then: {own('destroy')}",
            ),
            verbs={"destroy": ["destroy"], "rename": self._renamed(account)},
            files={**connection_files(self, account.region, role["arn"], external_id), **owners.files},
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
