"""What `--state s3://...` means. Pure: nothing is asked."""

import re
from dataclasses import dataclass
from typing import Any

SCHEME = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
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

    @property
    def statements(self) -> list[dict[str, Any]]:
        """What who works with it needs, for an IAM policy. A key of KMS, if the bucket has one, is not known here."""
        bucket = f"arn:*:s3:::{self.bucket}"
        objects = [f"{bucket}/{self.key}*"] if self.is_folder else [f"{bucket}/{self.key}", f"{bucket}/{self.key}.lock"]
        return [
            {"Effect": "Allow", "Action": ["s3:GetBucketVersioning", "s3:ListBucket"], "Resource": [bucket]},
            {"Effect": "Allow", "Action": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], "Resource": objects},
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
