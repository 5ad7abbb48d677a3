"""An S3 bucket with its settings. Terraform and the AWS CLI have one resource, or one call, for each of these.

Deleting a stack keeps it, as a destroy stops at a bucket that holds data; Terraform deletes only an empty one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bootstrap.core.graph import Node
from bootstrap.export.exported import Exported
from bootstrap.export.kinds.form import (
    REF,
    Add,
    Block,
    Command,
    Encoded,
    Forms,
    Nested,
    resource_of,
    tag_list,
    without_empty,
)
from bootstrap.export.symbols import marker
from bootstrap.resources.s3 import lifecycle, policy
from bootstrap.resources.s3.bucket import S3Bucket

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_BLOCKS_OF_TERRAFORM = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")


def cloudformation(of: Exported, node: Node) -> Iterator[Add]:
    bucket = resource_of(node, S3Bucket)
    default, with_key = _encryption(bucket)
    rule = {"ServerSideEncryptionByDefault": default, "BucketKeyEnabled": with_key}
    properties = {
        "BucketName": bucket.name,
        "OwnershipControls": {"Rules": [{"ObjectOwnership": bucket.ownership}]},
        "PublicAccessBlockConfiguration": dict.fromkeys(_BLOCKS, bucket.block_public_access),
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]},
        "VersioningConfiguration": {"Status": "Enabled"} if bucket.versioning else None,
        "LifecycleConfiguration": {"Rules": [_rule(*each) for each in bucket.lifecycle.items()]}
        if bucket.lifecycle
        else None,
        "Tags": tag_list(of.tags(node)),
    }
    yield Add("AWS::S3::Bucket", without_empty(properties), {"BucketName": "name"}, keeps=True)
    if bucket.tls_only:
        content = policy.document(of.graph.account(node.account), bucket.name)
        policy_of = {"Bucket": node["name"], "PolicyDocument": content}
        yield Add("AWS::S3::BucketPolicy", policy_of, {"Bucket": "name"}, part="policy", keeps=True)


def terraform(of: Exported, node: Node) -> Iterator[Block]:
    bucket = resource_of(node, S3Bucket)
    named = {"bucket": node["name"]}
    default, with_key = _encryption(bucket)
    by = {"sse_algorithm": default["SSEAlgorithm"], "kms_master_key_id": default.get("KMSMasterKeyID")}
    encryption = {"apply_server_side_encryption_by_default": Nested(without_empty(by)), "bucket_key_enabled": with_key}

    def part(kind: str, name: str, body: Mapping[str, Any]) -> Block:
        return Block(kind, {**named, **body}, part=name, imported=of.recorded_output(node, "name"))

    whole = {"bucket": bucket.name, "tags": of.tags(node)}
    yield Block("aws_s3_bucket", without_empty(whole), imported=of.recorded_output(node, "name"))
    ownership = {"rule": Nested({"object_ownership": bucket.ownership})}
    yield part("aws_s3_bucket_ownership_controls", "ownership", ownership)
    blocks = dict.fromkeys(_BLOCKS_OF_TERRAFORM, bucket.block_public_access)
    yield part("aws_s3_bucket_public_access_block", "public_access", blocks)
    yield part("aws_s3_bucket_server_side_encryption_configuration", "encryption", {"rule": Nested(encryption)})
    if bucket.versioning:
        status = {"versioning_configuration": Nested({"status": "Enabled"})}
        yield part("aws_s3_bucket_versioning", "versioning", status)
    if bucket.lifecycle:
        rules = {"rule": [Nested(_rule_of_terraform(*each)) for each in sorted(bucket.lifecycle.items())]}
        yield part("aws_s3_bucket_lifecycle_configuration", "lifecycle", rules)
    if bucket.tls_only:
        content = policy.document(of.graph.account(node.account), bucket.name)
        yield part("aws_s3_bucket_policy", "policy", {"policy": Encoded(content)})


def script(of: Exported, node: Node) -> Iterator[Command]:
    """In us-east-1, S3 creates a bucket again that the account has already: its settings would be overwritten."""
    bucket = resource_of(node, S3Bucket)
    here = {"bucket": bucket.name, "region": marker("here", "region")}
    named = {**here, "expected-bucket-owner": marker("here", "account")}

    def put(what: str, option: str, content: Any) -> Command:
        return Command("s3api", f"put-{what}", {**named, option: content})

    elsewhere = {"create-bucket-configuration": {"LocationConstraint": marker("here", "region")}}
    options = {**here, "object-ownership": bucket.ownership}
    yield Command("s3api", "create-bucket", options, elsewhere, refused_if=Command("s3api", "head-bucket", here))
    if tags := tag_list(of.tags(node)):
        yield put("bucket-tagging", "tagging", {"TagSet": tags})
    yield put("public-access-block", "public-access-block-configuration", dict.fromkeys(_BLOCKS, bucket.block_public_access))
    default, with_key = _encryption(bucket)
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": with_key}]}
    yield put("bucket-encryption", "server-side-encryption-configuration", rules)
    if bucket.versioning:
        yield put("bucket-versioning", "versioning-configuration", {"Status": "Enabled"})
    if bucket.lifecycle:
        content = {"Rules": [lifecycle.to_aws(*each) for each in bucket.lifecycle.items()]}
        yield put("bucket-lifecycle-configuration", "lifecycle-configuration", content)
    if bucket.tls_only:
        yield put("bucket-policy", "policy", policy.document(of.graph.account(node.account), bucket.name))


def _encryption(bucket: S3Bucket) -> tuple[dict[str, str], bool]:
    """The default, and whether a bucket key saves calls to KMS."""
    if bucket.encryption == "AES256":
        return {"SSEAlgorithm": "AES256"}, False
    return {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": bucket.encryption}, True


def _rule(name: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    old = rule.get("noncurrent_days")
    abort = rule.get("abort_multipart_days")
    content = {
        "Id": name,
        "Status": "Enabled",
        "Prefix": rule.get("prefix", ""),
        "ExpirationInDays": rule.get("expire_days"),
        "NoncurrentVersionExpiration": {"NoncurrentDays": old} if old else None,
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": abort} if abort else None,
    }
    return {key: value for key, value in content.items() if value is not None}


def _rule_of_terraform(name: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    days = {
        "expiration": ("expire_days", "days"),
        "noncurrent_version_expiration": ("noncurrent_days", "noncurrent_days"),
        "abort_incomplete_multipart_upload": ("abort_multipart_days", "days_after_initiation"),
    }
    blocks = {block: Nested({word: rule[key]}) for block, (key, word) in days.items() if rule.get(key)}
    return {"id": name, "status": "Enabled", "filter": Nested(without_empty({"prefix": rule.get("prefix")})), **blocks}


FORMS = Forms(
    {"name": (REF, "bucket"), "arn": ("Arn", "arn"), "region": ("", "region")},
    "aws_s3_bucket",
    cloudformation,
    terraform,
    script,
)
