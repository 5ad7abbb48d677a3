"""An existing bucket that is used as it is: whether it can be used, who owns it, its region, and how it encrypts.

Source: S3 API reference HeadBucket (BucketRegion; 403 both for a bucket of others and for a missing permission),
GetBucketEncryption; S3 user guide bucket-owner-condition.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Literal, NamedTuple

from botocore.exceptions import ClientError

from bootstrap.aws.errors import NOT_OFFERED, code_of
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.permissions.denial import CODES
from bootstrap.resources.s3 import encryption

_ABSENT = ("404", "NoSuchBucket")
_UNSEEN = CODES | NOT_OFFERED | {"301", "400", "PermanentRedirect", "IllegalLocationConstraintException"}
"""Codes that say nothing about the bucket; the last ones come from a region that the account has not enabled."""
READ_KEY = "s3:GetEncryptionConfiguration"


class Seen(NamedTuple):
    """What is known about a bucket. `region` is "" when unknown; `key` is the ARN of the KMS key or alias of its default
    encryption, "" when that is not a customer's key, None when it may not be read. `not_owner` says that the expected owner
    certainly does not own it."""

    whose: Literal["ours", "another account's", "unknown", "nobody's"]
    region: str = ""
    key: str | None = None
    not_owner: bool = False


def lookup_permissions(name: str) -> tuple[Permission, ...]:
    """The permissions of `look`; without them, less is known."""
    bucket = f"arn:{{partition}}:s3:::{name}"
    return (
        Permission("look", "s3:ListBucket", bucket, why="whose the bucket is, and where", optional=True),
        Permission("look", READ_KEY, bucket, why="whether those who use the bucket need a KMS key", optional=True),
    )


def why_unusable(aws: Cloud, name: str) -> str:
    """Why a bucket that must belong to this account cannot be used, or ""."""
    try:
        [head] = aws.read(_head(name, aws.account.id))
    except ClientError as error:
        if code_of(error) != "403":
            raise
        return f"bucket {name} belongs to another account, or s3:ListBucket on it is missing (403)"
    return "" if head is not None else f"there is no bucket {name} (and anyone could create one with that name)"


def ask_ahead(ask: Callable[..., list[Any]], account: Account, names: Iterable[str]) -> None:
    """Asks what `look` asks about buckets of `account`, about all of them at the same time: the answers are kept for it."""
    named = [{"Bucket": name, "ExpectedBucketOwner": account.id} for name in names]
    with suppress(ClientError):
        ask(*(query for where in named for query in (_head(where["Bucket"], account.id), encryption.query(where, _ABSENT))))


def look(ask: Callable[[Query], list[Any]], account: Account, name: str, owner: str = "") -> Seen:
    """Reads the bucket as `account`. What may not be read is not an error. `owner` is the account to which it should belong
    if it is not ours. Only if the bucket may be read at all, a 403 to that question means that the owner is another one."""
    head = _answer(ask, _head(name, account.id))
    ours = head is not _DENIED
    if not ours:
        head = _answer(ask, _head(name))
    if head is None:
        return Seen("nobody's")
    where = {"Bucket": name, **({"ExpectedBucketOwner": account.id} if ours else {})}
    found = _answer(ask, encryption.query(where, _ABSENT))
    region = head.get("BucketRegion", account.region)
    key = None if found is _DENIED else encryption.customer_key(found)
    if key and not key.startswith("arn:"):  # an id or an alias, which S3 looks up in the account that writes
        key = f"arn:{account.partition}:kms:{region}:{account.id}:{key if key.startswith('alias/') else f'key/{key}'}"
    if head is _DENIED:
        return Seen("unknown", key=key)
    if ours:
        return Seen("ours", region, key)
    return Seen("another account's", region, key, bool(owner) and _answer(ask, _head(name, owner)) is _DENIED)


_DENIED: dict[str, Any] = {}
"""Stands for a denied answer."""


def _answer(ask: Callable[[Query], list[Any]], query: Query) -> Any:
    try:
        return ask(query)[0]
    except ClientError as error:
        if code_of(error) not in _UNSEEN:
            raise
        return _DENIED


def _head(name: str, owner: str = "") -> Query:
    return Query("s3", "head_bucket", {"Bucket": name, **({"ExpectedBucketOwner": owner} if owner else {})}, _ABSENT)
