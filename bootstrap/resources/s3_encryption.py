"""How a bucket encrypts what is put into it: "AES256" or the ARN of a KMS key.

Source: S3 API reference PutBucketEncryption, ServerSideEncryptionRule.
"""

from collections.abc import Mapping
from typing import Any

from bootstrap.aws_errors import gone


def from_aws(answer: Any) -> Any:
    rules = (answer or {}).get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    if not rules:
        return None
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    algorithm = default.get("SSEAlgorithm")
    return default.get("KMSMasterKeyID", algorithm) if algorithm == "aws:kms" else algorithm


def write(aws: Any, bucket: Mapping[str, str], wanted: str) -> None:
    by = {"SSEAlgorithm": "AES256"}
    if wanted != "AES256":
        by = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": wanted}
    rule: dict[str, Any] = {
        "ApplyServerSideEncryptionByDefault": by,
        "BucketKeyEnabled": by["SSEAlgorithm"] != "AES256",
    }
    rules = {"Rules": [{**_blocked(aws, bucket), **rule}]}
    aws.call("s3", "put_bucket_encryption", **bucket, ServerSideEncryptionConfiguration=rules)


def _blocked(aws: Any, bucket: Mapping[str, str]) -> dict[str, Any]:
    """Which kinds of encryption the bucket refuses; a new rule replaces the old one and must say it again."""
    answer: Mapping[str, Any] = {}
    with gone("ServerSideEncryptionConfigurationNotFoundError"):
        answer = aws.call("s3", "get_bucket_encryption", **bucket)
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [{}])
    return {key: value for key, value in rules[0].items() if key == "BlockedEncryptionTypes"}
