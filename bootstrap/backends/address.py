"""The parts of an address such as `--state s3://...`. Asks AWS for nothing."""

import re
from dataclasses import dataclass

from bootstrap.core.account import Account
from bootstrap.core.permission import Operation
from bootstrap.permissions.operator import Need

SCHEME = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_READING = ("GetObject", "ListBucket")
_WRITING = ("DeleteObject", "GetBucketVersioning", "PutObject")
_BESIDE = ("", ".lock", ".destroyed")
"""The endings of the keys of a state, its lock and its receipt; no state has a key that ends like the last two."""
_OPTIONS = re.compile(r"(.*)\?([a-z-]+=.*)", re.DOTALL)
_SSE = ("AES256", "aws:kms", "aws:kms:dsse")
_KMS_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[\w-]+", re.ASCII)
_ENCRYPTING: dict[Operation, tuple[str, ...]] = {
    "read": ("kms:Decrypt",),
    "create": ("kms:GenerateDataKey",),
    "delete": ("kms:GenerateDataKey",),
}
"""Source: S3 user guide UsingKMSEncryption, permissions."""
_LONGEST = 1000  # bytes; S3 takes 1024, and the lock's key is longer than the state's


@dataclass(frozen=True)
class S3Address:
    """s3://[ACCOUNT@]BUCKET/KEY[?sse=ALGORITHM][&kms-key=ARN]: one state, or with a / at the end of KEY a folder of states.

    `account` is the bucket's. `sse` and `kms_key` go with each object that is written, as PutObject takes them; without
    them nothing is sent, and the bucket's default holds.
    """

    bucket: str
    key: str
    account: str | None = None
    sse: str | None = None
    kms_key: str | None = None

    @property
    def is_folder(self) -> bool:
        return not self.key or self.key.endswith("/")

    def needs(self, account: Account) -> list[Need]:
        """The permissions to work with it, for credentials of this account: without those for a KMS key that the bucket has
        and the address does not name."""
        bucket = f"arn:{account.partition}:s3:::{self.bucket}"
        objects = [f"{bucket}/{self.key}*"] if self.is_folder else [f"{bucket}/{self.key}{end}" for end in _BESIDE]
        wide = "the states of all deployments in it" if self.is_folder else ""
        operations: dict[Operation, tuple[str, ...]] = {"read": _READING, "create": _WRITING, "delete": _WRITING}
        encrypting = [
            Need(account=account.alias, on=on, action=action, arn=self.kms_key, reason=f"encrypts the state in {self}")
            for on, actions in _ENCRYPTING.items()
            for action in actions
            if self.kms_key
        ]
        return encrypting + [
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
        account = f"{self.account}@" if self.account else ""
        options = {"sse": self.sse, "kms-key": self.kms_key}
        given = "&".join(f"{name}={value}" for name, value in options.items() if value)
        return f"{SCHEME}{account}{self.bucket}/{self.key}{f'?{given}' if given else ''}"


def s3_address(text: str) -> S3Address:
    """Raises ValueError, saying what is wrong with it."""
    place, options = found.groups() if (found := _OPTIONS.fullmatch(text)) else (text, "")
    shape = re.fullmatch(r"s3://(?:([^/@]*)@)?([^/]*)(/?)(.*)", place, re.DOTALL)
    account, bucket, slash, key = shape.groups() if shape else (None, "", "", "")
    if account is not None and not re.fullmatch(r"[0-9]{12}", account):
        raise ValueError(f"{account or '(nothing)'} is not the number of an account (12 digits)")
    if not _BUCKET.fullmatch(bucket):
        raise ValueError(f"{bucket or '(nothing)'} is not a bucket's name")
    if not slash:
        raise ValueError("it names a bucket, and nothing in it")
    if key.endswith(_BESIDE[1:]) or "//" in f"/{key}" or not key.isprintable() or len(key.encode()) > _LONGEST:
        raise ValueError(f"{key} cannot be the key of a state")
    return S3Address(bucket, key, account, *_encryption(options))


def _encryption(options: str) -> tuple[str | None, str | None]:
    """The options `sse` and `kms-key` of an address; a key alone means aws:kms. Raises ValueError."""
    given = [option.partition("=") for option in options.split("&") if option]
    names = [name for name, _, _ in given]
    if unknown := [name for name in names if name not in ("sse", "kms-key")]:
        raise ValueError(f"it has no option {unknown[0]!r} after the ?, only sse and kms-key")
    if len(names) > len(set(names)):
        raise ValueError(f"{names[0]} is given twice")
    found = {name: value for name, _, value in given}
    key = found.get("kms-key")
    sse = found.get("sse", "aws:kms" if key else None)
    if sse is not None and sse not in _SSE:
        raise ValueError(f"sse={sse} is none of {', '.join(_SSE)}")
    if key is not None and not _KMS_KEY.fullmatch(key):
        raise ValueError(f"kms-key={key} is not the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID)")
    if key and sse == "AES256":
        raise ValueError("sse=AES256 uses no KMS key")
    return sse, key
