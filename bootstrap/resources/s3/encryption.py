"""How a bucket encrypts what is put into it: "AES256" or the ARN of a KMS key.

Source: S3 API reference PutBucketEncryption, ServerSideEncryptionRule.
"""

from collections.abc import Mapping
from typing import Any

from bootstrap.core.cloud import Cloud
from bootstrap.core.direction import Order
from bootstrap.core.query import Query
from bootstrap.resources import whole

_OF_AWS = "alias/aws/s3"
_AES, _KMS, _TWICE = "AES256", "aws:kms", "aws:kms:dsse"


def query(bucket: Mapping[str, str], absent: tuple[str, ...]) -> Query:
    """`absent` are the codes that say that there is no such bucket."""
    return Query("s3", "get_bucket_encryption", bucket, (*absent, "ServerSideEncryptionConfigurationNotFoundError"))


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
    """The KMS key of the customer's own in an answer to `query`, or ""."""
    rules = (answer or {}).get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {}) if rules else {}
    key = str(default.get("KMSMasterKeyID") or "") if str(default.get("SSEAlgorithm")).startswith(_KMS) else ""
    return "" if key.endswith(_OF_AWS) else key


def order(live: Any, wanted: Any) -> Order:
    """KMS is stricter than S3's own keys, both layers (DSSE) than one, a key of one's own than AWS's. Of two keys, each has
    a policy of its own.

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
    """How many layers of KMS it has, and the key of one's own, if it has one. -1 for an algorithm that nobody knows here."""
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

    def changed(answer: Any) -> whole.Write:
        """Which kinds of encryption the bucket refuses, the new rule must say again: it replaces the old one."""
        rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [{}])
        blocked = {key: value for key, value in rules[0].items() if key == "BlockedEncryptionTypes"}
        return "put_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [{**blocked, **rule}]}}

    whole.rewrite(aws, whole.ENCRYPTION, bucket, changed)
