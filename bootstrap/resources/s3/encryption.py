"""How a bucket encrypts new objects: "AES256" or the ARN of a KMS key.

Source: S3 API reference PutBucketEncryption, ServerSideEncryptionRule.
"""

from collections.abc import Mapping
from typing import Any

from bootstrap.core.cloud import Cloud
from bootstrap.core.query import Query
from bootstrap.core.strictness import Order
from bootstrap.resources import documents

_OF_AWS = "alias/aws/s3"
_AES, _KMS, _TWICE = "AES256", "aws:kms", "aws:kms:dsse"


def query(bucket: Mapping[str, str], absent: tuple[str, ...]) -> Query:
    """`absent` are the codes that mean that the bucket does not exist."""
    return documents.ENCRYPTION.query(bucket, absent)


def from_aws(answer: Any) -> Any:
    rules = (answer or {}).get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    if not rules:
        return None
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    algorithm, key = default.get("SSEAlgorithm"), default.get("KMSMasterKeyID")
    if algorithm == _TWICE and key:
        return f"{_TWICE} {key}"
    return key if algorithm == _KMS and key else algorithm


def customer_key(answer: Any) -> str:
    """The customer's own KMS key in an answer to `query`, or ""."""
    rules = (answer or {}).get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {}) if rules else {}
    key = str(default.get("KMSMasterKeyID") or "") if str(default.get("SSEAlgorithm")).startswith(_KMS) else ""
    return "" if key.endswith(_OF_AWS) else key


def order(live: Any, wanted: Any) -> Order:
    """KMS is stricter than S3's own keys, two layers (DSSE) than one, a customer's key than AWS's. Two different keys
    cannot be ordered, because each has its own policy.

    Source: S3 user guide serv-side-encryption; KMS developer guide concepts (AWS managed keys).
    """
    if live is None:
        return Order.LOOSER
    (layers, key), (wanted_layers, wanted_key) = _strength(live), _strength(wanted)
    if layers < 0 or (key and wanted_key and key != wanted_key):
        return Order.UNORDERED
    more, less = layers > wanted_layers or key > wanted_key, layers < wanted_layers or key < wanted_key
    return Order.UNORDERED if more and less else Order.TIGHTER if more else Order.LOOSER


def _strength(value: str) -> tuple[int, str]:
    """The number of KMS layers, and the customer's key or "". -1 for an unknown algorithm."""
    if value in (_AES, _KMS):
        return int(value == _KMS), ""
    if value.startswith(_TWICE):
        return 2, value.removeprefix(_TWICE).strip()
    return (-1, "") if value.startswith("aws:") else (1, value)


def write(aws: Cloud, bucket: Mapping[str, str], wanted: str) -> None:
    by = {"SSEAlgorithm": "AES256"}
    if wanted != "AES256":
        by = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": wanted}
    rule: dict[str, Any] = {
        "ApplyServerSideEncryptionByDefault": by,
        "BucketKeyEnabled": by["SSEAlgorithm"] != "AES256",
    }

    def changed(answer: Any) -> documents.Write:
        """Keeps the encryption types that the bucket blocks: the new rule replaces the old one."""
        rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [{}])
        blocked = {key: value for key, value in rules[0].items() if key == "BlockedEncryptionTypes"}
        return "put_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [{**blocked, **rule}]}}

    documents.rewrite(aws, documents.ENCRYPTION, bucket, changed)
