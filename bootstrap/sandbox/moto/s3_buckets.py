"""Corrections of moto's S3: how buckets are created and deleted, and their policies (see `sandbox/moto/corrections.py`)."""

import json
import re
from typing import Any

import xmltodict
from moto.iam.access_control import IAMPolicy
from moto.s3.exceptions import InvalidBucketName
from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend
from moto.s3.responses import S3Response

from bootstrap.sandbox.moto.patching import Method, many, wrap_method


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _bucket_names_follow_the_rules()
    _new_buckets_have_the_defaults()
    _new_buckets_keep_their_tags()
    _loopback_counts_as_tls()
    _deleted_buckets_lose_their_tags()


def _bucket_names_follow_the_rules() -> None:
    """moto checks only the length; S3 has rules and reserved names, which a dry run must find."""
    shape = re.compile(r"(?!.*\.\.)(?![0-9]+(\.[0-9]+){3}$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
    reserved_beginnings = ("xn--", "sthree-", "amzn-s3-demo-")
    reserved_endings = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

    def create_bucket(original: Method, backend: S3Backend, bucket_name: str, *others: Any, **named: Any) -> Any:
        reserved = bucket_name.startswith(reserved_beginnings) or bucket_name.endswith(reserved_endings)
        if reserved or not shape.fullmatch(bucket_name):
            raise InvalidBucketName
        return original(backend, bucket_name, *others, **named)

    wrap_method(S3Backend, "create_bucket", create_bucket)


def _new_buckets_have_the_defaults() -> None:
    """In moto a new bucket has no settings; on AWS it is private, encrypted and without ACLs.

    Without this, a plan in the sandbox shows differences that do not exist on AWS, and hides others.
    """

    def create_bucket(original: Method, *arguments: Any, **named: Any) -> Any:
        bucket = original(*arguments, **named)
        bucket.public_access_block = PublicAccessBlock(*["true"] * 4)
        algorithm = {"SSEAlgorithm": "AES256"}
        bucket.encryption = {"Rule": {"ApplyServerSideEncryptionByDefault": algorithm, "BucketKeyEnabled": "false"}}
        bucket.ownership_rule = "BucketOwnerEnforced"
        return bucket

    wrap_method(S3Backend, "create_bucket", create_bucket)


def _new_buckets_keep_their_tags() -> None:
    """moto drops the tags of CreateBucket; on AWS they identify our bucket after a crash."""

    def put_bucket(original: Method, response: S3Response, request: Any, bucket_name: str, *others: Any) -> Any:
        existed = bucket_name in response.backend.buckets  # in us-east-1, creating one's own bucket again succeeds
        answer = original(response, request, bucket_name, *others)
        if not existed and bucket_name in response.backend.buckets and response.body:
            document = xmltodict.parse(response.body, force_list=("Tag",)).get("CreateBucketConfiguration") or {}
            tags = (document.get("Tags") or {}).get("Tag", [])
            response.backend.put_bucket_tagging(bucket_name, {tag["Key"]: tag["Value"] or "" for tag in tags})
        return answer

    wrap_method(S3Response, "_bucket_response_put", put_bucket)


def _loopback_counts_as_tls() -> None:
    """moto ignores conditions, so a policy that denies plain HTTP denies everything; here, loopback counts as TLS."""

    def get_permission(original: Method, bucket: FakeBucket, action: str, resource: str) -> Any:
        if bucket.policy is None:
            return original(bucket, action, resource)
        document = json.loads(bucket.policy)
        applicable = [statement for statement in many(document["Statement"]) if not _is_for_plain_http(statement)]
        return IAMPolicy(json.dumps(document | {"Statement": applicable})).is_action_permitted(action, resource)

    wrap_method(FakeBucket, "get_permission", get_permission)


def _is_for_plain_http(statement: dict[str, Any]) -> bool:
    # All conditions of a statement must hold, so this one alone keeps it from ever applying to a request over TLS.
    conditions = statement.get("Condition", {})
    return any(
        key.lower() == "aws:securetransport" and [str(value).lower() for value in many(values)] == ["false"]
        for operator in ("Bool", "BoolIfExists")
        for key, values in conditions.get(operator, {}).items()
    )


def _deleted_buckets_lose_their_tags() -> None:
    """moto gives the tags of a deleted bucket, and so its owner, to the next bucket of that name; AWS deletes them."""

    def delete_bucket(original: Method, backend: S3Backend, bucket_name: str) -> Any:
        arn = backend.head_bucket(bucket_name).arn
        deleted = original(backend, bucket_name)
        if deleted:
            backend.tagger.delete_all_tags_for_resource(arn)
        return deleted

    wrap_method(S3Backend, "delete_bucket", delete_bucket)
