"""What `--state s3://...` means. Pure: nothing is asked."""

import re
from dataclasses import dataclass

from bootstrap.core.account import Account
from bootstrap.core.operator import Need
from bootstrap.core.permission import Operation

SCHEME = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_READING = ("GetObject", "ListBucket")
_WRITING = ("DeleteObject", "GetBucketVersioning", "PutObject")
_LONGEST = 1000  # bytes; S3 takes 1024, and the lock's key is longer than the state's


@dataclass(frozen=True)
class S3Address:
    """s3://[ACCOUNT@]BUCKET/KEY: one state, or with a / at its end a folder of states. `account` is the bucket's."""

    bucket: str
    key: str
    account: str | None = None

    @property
    def is_folder(self) -> bool:
        return not self.key or self.key.endswith("/")

    def needs(self, account: Account) -> list[Need]:
        """What who works with it needs, with the credentials of this account. A key of KMS, if the bucket has one, is not
        known here."""
        bucket = f"arn:{account.partition}:s3:::{self.bucket}"
        objects = [f"{bucket}/{self.key}*"] if self.is_folder else [f"{bucket}/{self.key}", f"{bucket}/{self.key}.lock"]
        wide = "the states of all deployments in it" if self.is_folder else ""
        operations: dict[Operation, tuple[str, ...]] = {"read": _READING, "create": _WRITING, "delete": _WRITING}
        return [
            Need(
                account=account.alias,
                on=on,
                action=f"s3:{action}",
                arn=arn,
                reason=f"keeps the state in {self}",
                wide="" if arn == bucket else wide,
            )
            for on, actions in operations.items()
            for action in actions
            for arn in (objects if action.endswith("Object") else [bucket])
        ]

    def __str__(self) -> str:
        return f"{SCHEME}{f'{self.account}@' if self.account else ''}{self.bucket}/{self.key}"


def s3_address(text: str) -> S3Address:
    """Raises ValueError, saying what is wrong with it."""
    shape = re.fullmatch(r"s3://(?:([^/@]*)@)?([^/]*)(/?)(.*)", text, re.DOTALL)
    account, bucket, slash, key = shape.groups() if shape else (None, "", "", "")
    if account is not None and not re.fullmatch(r"[0-9]{12}", account):
        raise ValueError(f"{account or '(nothing)'} is not the number of an account (12 digits)")
    if not _BUCKET.fullmatch(bucket):
        raise ValueError(f"{bucket or '(nothing)'} is not a bucket's name")
    if not slash:
        raise ValueError("it names a bucket, and nothing in it")
    if key.endswith(".lock") or "//" in f"/{key}" or not key.isprintable() or len(key.encode()) > _LONGEST:
        raise ValueError(f"{key} cannot be the key of a state")
    return S3Address(bucket, key, account)
