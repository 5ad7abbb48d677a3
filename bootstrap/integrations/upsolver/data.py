"""The data that a customer names for Upsolver: the inputs that all its integrations share, and what they grant.

Upsolver's S3 page lists the permissions for reading and writing. For Kinesis, Glue and KMS Upsolver publishes no list, so
those permissions come from AWS's tables of actions.
"""

from dataclasses import dataclass
from typing import ClassVar

from bootstrap.core import validators
from bootstrap.core.account import Account
from bootstrap.core.deviation import Deviation
from bootstrap.core.integration import option
from bootstrap.core.policy import Statement
from bootstrap.integrations.existing.bucket_keys import key_note
from bootstrap.integrations.existing.buckets import Use, UsesBuckets, place_statements, uses_of
from bootstrap.integrations.upsolver.grants import S3_PAGE

_TABLES = "https://docs.aws.amazon.com/service-authorization/latest/reference"
KINESIS_TABLE = f"{_TABLES}/list_amazonkinesisdatastreams.html"
GLUE_TABLE = f"{_TABLES}/list_awsglue.html"
KMS_TABLE = f"{_TABLES}/list_awskeymanagementservice.html"

_WHY = "You named it as data for Upsolver"
_RECORDS_READ = "DescribeStream DescribeStreamSummary ListShards GetShardIterator GetRecords"
_RECORDS_WRITE = "PutRecord PutRecords"
_TABLES_READ = "GetDatabase GetDatabases GetTable GetTables GetTableVersion GetTableVersions GetPartition GetPartitions"
_TABLES_WRITE = (
    "CreateTable UpdateTable DeleteTable CreatePartition UpdatePartition DeletePartition BatchCreatePartition "
    "BatchDeletePartition"
)

NO_LIST = Deviation(
    page="no list of permissions for Kinesis streams, Glue databases and KMS keys",
    sent="for those that you name, the actions that reading needs, and with --access read-write those that writing needs. "
    "On a KMS key, --write-bucket and an existing bucket for Upsolver's output also grant those that writing needs",
    why="Upsolver's pages list permissions for S3 only. According to AWS's tables, these actions can be limited to the "
    "named stream, database or key, except kinesis:ListStreams, with which Upsolver's screens list the streams",
    source="Service authorization reference, Kinesis Data Streams, Glue and KMS",
    risk="low",
)


@dataclass(frozen=True, kw_only=True)
class UpsolverData(UsesBuckets):
    """The data that Upsolver may reach. A place in S3 is NAME or NAME/PREFIX."""

    vendor: ClassVar[str] = "Upsolver"

    bucket: tuple[str, ...] = option(
        "Let Upsolver use this data in S3 as --access says (repeatable).",
        question="Which bucket should Upsolver use? For a part of it, add /PREFIX.",
        default=(),
        metavar="NAME[/PREFIX]",
        check=validators.bucket_prefix,
    )
    read_bucket: tuple[str, ...] = option(
        "Let Upsolver read this data in S3 (repeatable).",
        default=(),
        metavar="NAME[/PREFIX]",
        check=validators.bucket_prefix,
    )
    write_bucket: tuple[str, ...] = option(
        "Let Upsolver read, write and delete this data in S3 (repeatable).",
        default=(),
        metavar="NAME[/PREFIX]",
        check=validators.bucket_prefix,
    )
    kinesis_stream: tuple[str, ...] = option(
        "Let Upsolver use this Kinesis stream as --access says (repeatable).",
        default=(),
        metavar="NAME",
        check=validators.stream,
    )
    glue_database: tuple[str, ...] = option(
        "Let Upsolver use this database of the Glue catalog as --access says (repeatable).",
        default=(),
        metavar="NAME",
        check=validators.database,
    )
    access: str = option("Allow this use of the data.", default="read", choices=("read", "read-write"))

    data_inputs: ClassVar[tuple[str, ...]] = ("bucket", "read_bucket", "write_bucket", "kinesis_stream", "glue_database")

    @property
    def writes(self) -> bool:
        return self.access == "read-write"

    @property
    def places(self) -> tuple[str, ...]:
        """All places in S3, without duplicates."""
        return tuple(dict.fromkeys((*self.bucket, *self.read_bucket, *self.write_bucket)))

    @property
    def written(self) -> tuple[str, ...]:
        """The places in S3 to which Upsolver may also write. If a place is given to several inputs, their grants add up."""
        return tuple(dict.fromkeys((*self.write_bucket, *(self.bucket if self.writes else ()))))

    @property
    def uses(self) -> tuple[Use, ...]:
        return (
            *uses_of(self.bucket, "--bucket", writes=self.writes),
            *uses_of(self.read_bucket, "--read-bucket"),
            *uses_of(self.write_bucket, "--write-bucket", writes=True),
        )

    @property
    def named_keys(self) -> tuple[str, ...]:
        """The keys that are not limited to a bucket: they are for all the data, including streams and catalogs."""
        return tuple(key for key in self.kms_key if "=" not in key and ":alias/" not in key)

    @property
    def named_key_actions(self) -> tuple[str, ...]:
        writing = any(use.writes for use in self.uses) or self.writes
        return ("kms:Decrypt", "kms:DescribeKey", *(["kms:GenerateDataKey"] if writing else []))

    def key_notes(self, account: Account) -> tuple[str, ...]:
        named = [key_note(account, self.path, self.users, key, self.named_key_actions) for key in self.named_keys]
        return (*named, *super().key_notes(account))

    def data_statements(self, account: Account, *, list_streams: bool = True) -> tuple[Statement, ...]:
        """What the role may do with the data. `list_streams` is False for a role that may list streams anyway."""
        aws, here = f"arn:{account.partition}", f"{account.region}:{account.id}"
        found = [*_s3(account, self.places, self.written)]
        if self.named_keys:
            names = " ".join(action.partition(":")[2] for action in self.named_key_actions)
            found.append(_grant("UseKey", "kms", names, self.named_keys, KMS_TABLE))
        found += self.key_statements()
        if self.kinesis_stream:
            names = f"{_RECORDS_READ} {_RECORDS_WRITE}" if self.writes else _RECORDS_READ
            streams = tuple(f"{aws}:kinesis:{here}:stream/{name}" for name in self.kinesis_stream)
            found.append(_grant("Streams", "kinesis", names, streams, KINESIS_TABLE))
            why = "Upsolver's screens list the streams; AWS cannot limit this action to certain streams"
            found += [_grant("ListStreams", "kinesis", "ListStreams", ("*",), KINESIS_TABLE, why)] if list_streams else []
        if self.glue_database:
            catalog = [f"{aws}:glue:{here}:catalog"]
            for name in self.glue_database:
                catalog += [f"{aws}:glue:{here}:database/{name}", f"{aws}:glue:{here}:table/{name}/*"]
            names = f"{_TABLES_READ} {_TABLES_WRITE}" if self.writes else _TABLES_READ
            found.append(_grant("Catalog", "glue", names, tuple(catalog), GLUE_TABLE))
        return tuple(found)


def _grant(sid: str, service: str, names: str, resources: tuple[str, ...], source: str, why: str = _WHY) -> Statement:
    actions = tuple(f"{service}:{name}" for name in names.split())
    return Statement(sid=sid, actions=actions, resources=resources, why=why, source=source)


def _s3(account: Account, places: tuple[str, ...], written: tuple[str, ...]) -> list[Statement]:
    """What Upsolver's S3 page lists for reading, and for writing.

    Bucket actions are granted on the bucket's ARN, and object actions on that of the objects; listing is limited to the
    prefix.
    """
    statements = list[Statement]()
    for number, place in enumerate(places, start=1):
        write = place in written
        names = "GetObject GetObjectVersion PutObject DeleteObject" if write else "GetObject GetObjectVersion"
        sids = (f"FindBucket{number}", f"ListBucket{number}", f"{'Write' if write else 'Read'}Objects{number}")
        objects = tuple(f"s3:{name}" for name in names.split())
        actions = (("s3:GetBucketLocation",), ("s3:ListBucket",), objects)
        statements += place_statements(account, place, sids, actions, _WHY, S3_PAGE)
    return statements
