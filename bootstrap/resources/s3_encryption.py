"""How a bucket encrypts what is put into it: "AES256" or the ARN of a KMS key.

Source: S3 API reference PutBucketEncryption, ServerSideEncryptionRule.
"""

from collections.abc import Mapping
from typing import Any

from bootstrap.resources import whole


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

    def changed(answer: Any) -> whole.Write:
        """Which kinds of encryption the bucket refuses, the new rule must say again: it replaces the old one."""
        rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [{}])
        blocked = {key: value for key, value in rules[0].items() if key == "BlockedEncryptionTypes"}
        return "put_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [{**blocked, **rule}]}}

    whole.rewrite(aws, whole.ENCRYPTION, bucket, changed)
