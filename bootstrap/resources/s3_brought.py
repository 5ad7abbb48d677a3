"""A bucket that the user brings: whether it can be used, and what to know of it before the first change.

Sources: S3 API reference HeadBucket (BucketRegion); S3 user guide UsingKMSEncryption (kms:GenerateDataKey to write,
kms:Decrypt to read, both for uploads in parts); KMS developer guide key-policy-modifying-external-accounts.
"""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws_errors import NOT_OFFERED, code_of
from bootstrap.core.denial import CODES
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.resources import s3_encryption

_ABSENT = ("404", "NoSuchBucket")
_READ_KEY = "s3:GetEncryptionConfiguration"


def permissions(bucket: str) -> tuple[Permission, ...]:
    """What it takes to look; without the second one, less is known."""
    why = "whether those who use it need a KMS key"
    return Permission("bring", "s3:ListBucket", bucket), Permission("bring", _READ_KEY, bucket, why=why, optional=True)


def missing(aws: Any, name: str) -> str:
    """Why it cannot be used, or ""."""
    try:
        [head] = aws.read(_head(aws, name))
    except ClientError as error:
        if code_of(error) != "403":
            raise
        return f"bucket {name} is another account's, or s3:ListBucket on it is missing (403)"
    return "" if head is not None else f"there is no bucket {name} (and anybody may take that name)"


def remarks(aws: Any, name: str) -> Iterator[str]:
    """What the user would find out later: of a bucket that is not `missing`."""
    [head] = aws.read(_head(aws, name))
    region = (head or {}).get("BucketRegion") or aws.account.region
    if region != aws.account.region:
        yield (
            f"bucket {name} is in {region}, and this deployment is for {aws.account.region}: AWS charges for data that goes "
            "from one region to another"
        )
    needs = "kms:GenerateDataKey and kms:Decrypt on that key, which this deployment does not grant"
    key = default_key(aws, name)
    if key is None:
        yield (
            f"how bucket {name} encrypts may not be read ({_READ_KEY}): with a KMS key of your own, whoever uses the bucket "
            f"needs {needs}"
        )
    elif key:
        theirs = key.startswith("arn:") and key.split(":")[4] != aws.account.id
        who = "the account that has the key must allow them both, and so must a policy of theirs here"
        yield (
            f"bucket {name} encrypts what is put into it with the KMS key {key}: the roles that read and write there need "
            f"{needs}; {who if theirs else 'allow both for them in the policy of the key'}"
        )


def default_key(aws: Any, name: str) -> str | None:
    """The customer's KMS key with which the bucket encrypts by itself, as an ARN, an id or an alias; "" where it has none
    (AWS's own key is open to the whole account); None where that may not be read."""
    try:
        [found] = aws.read(s3_encryption.query(_named(aws, name), _ABSENT))
    except ClientError as error:
        if code_of(error) not in CODES | NOT_OFFERED:
            raise
        return None
    return s3_encryption.customer_key(found)


def _named(aws: Any, name: str) -> dict[str, str]:
    return {"Bucket": name, "ExpectedBucketOwner": aws.account.id}


def _head(aws: Any, name: str) -> Query:
    return Query("s3", "head_bucket", _named(aws, name), _ABSENT)
