"""Where moto 5.2 differs from AWS and our tool would notice: one function a difference, each with its reason.

They replace methods of moto's classes, so they hold in the sandbox's server and in tests with `mock_aws` alike.
"""

import functools
import json
import re
from typing import Any

import xmltodict
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
from moto.iam.access_control import IAMPolicy
from moto.s3.exceptions import InvalidBucketName
from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend
from moto.s3.responses import S3Response

from bootstrap.sandbox.moto import batch, ec2, ec2_addresses, ec2_console, iam, network, quotas, s3, simulation, sts, tagging
from bootstrap.sandbox.moto.around import Method, around, many


@functools.cache
def apply() -> None:
    """Corrects moto in this process; harmless when repeated."""
    _bucket_names_follow_the_rules()
    _new_buckets_have_the_defaults()
    _new_buckets_keep_their_tags()
    _loopback_counts_as_tls()
    _deleted_buckets_take_their_tags_along()
    _china_and_govcloud_offer_instances()
    iam.apply()
    sts.apply()
    ec2.apply()
    ec2_addresses.apply()
    ec2_console.apply()
    network.apply()
    batch.apply()
    s3.apply()
    quotas.apply()
    tagging.apply()
    simulation.apply()


def _bucket_names_follow_the_rules() -> None:
    """moto looks only at the length; a name that S3 refuses must not pass a rehearsal."""
    shape = re.compile(r"(?!.*\.\.)(?![0-9]+(\.[0-9]+){3}$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
    reserved_beginnings = ("xn--", "sthree-", "amzn-s3-demo-")
    reserved_endings = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

    def create_bucket(original: Method, backend: S3Backend, bucket_name: str, *others: Any, **named: Any) -> Any:
        reserved = bucket_name.startswith(reserved_beginnings) or bucket_name.endswith(reserved_endings)
        if reserved or not shape.fullmatch(bucket_name):
            raise InvalidBucketName
        return original(backend, bucket_name, *others, **named)

    around(S3Backend, "create_bucket", create_bucket)


def _new_buckets_have_the_defaults() -> None:
    """On AWS a new bucket is private, encrypted and without ACLs; in moto it has none of the three settings.

    Without this, a plan shows differences here that nobody would see on AWS, and hides others.
    """

    def create_bucket(original: Method, *arguments: Any, **named: Any) -> Any:
        bucket = original(*arguments, **named)
        bucket.public_access_block = PublicAccessBlock(*["true"] * 4)
        algorithm = {"SSEAlgorithm": "AES256"}
        bucket.encryption = {"Rule": {"ApplyServerSideEncryptionByDefault": algorithm, "BucketKeyEnabled": "false"}}
        bucket.ownership_rule = "BucketOwnerEnforced"
        return bucket

    around(S3Backend, "create_bucket", create_bucket)


def _new_buckets_keep_their_tags() -> None:
    """moto drops the tags of CreateBucket, and those are what tells our bucket from a stranger's after a crash."""

    def put_bucket(original: Method, response: S3Response, request: Any, bucket_name: str, *others: Any) -> Any:
        existed = bucket_name in response.backend.buckets  # in us-east-1, creating one's own bucket again succeeds
        answer = original(response, request, bucket_name, *others)
        if not existed and bucket_name in response.backend.buckets and response.body:
            document = xmltodict.parse(response.body, force_list=("Tag",)).get("CreateBucketConfiguration") or {}
            tags = (document.get("Tags") or {}).get("Tag", [])
            response.backend.put_bucket_tagging(bucket_name, {tag["Key"]: tag["Value"] or "" for tag in tags})
        return answer

    around(S3Response, "_bucket_response_put", put_bucket)


def _loopback_counts_as_tls() -> None:
    """moto ignores conditions, so a policy that denies plain HTTP denies everything. Here, loopback stands for TLS."""

    def get_permission(original: Method, bucket: FakeBucket, action: str, resource: str) -> Any:
        if bucket.policy is None:
            return original(bucket, action, resource)
        document = json.loads(bucket.policy)
        applicable = [statement for statement in many(document["Statement"]) if not _is_for_plain_http(statement)]
        return IAMPolicy(json.dumps(document | {"Statement": applicable})).is_action_permitted(action, resource)

    around(FakeBucket, "get_permission", get_permission)


def _is_for_plain_http(statement: dict[str, Any]) -> bool:
    # All conditions of a statement must hold, so this one alone keeps it from ever applying to a request over TLS.
    conditions = statement.get("Condition", {})
    return any(
        key.lower() == "aws:securetransport" and [str(value).lower() for value in many(values)] == ["false"]
        for operator in ("Bool", "BoolIfExists")
        for key, values in conditions.get(operator, {}).items()
    )


def _china_and_govcloud_offer_instances() -> None:
    """moto has no tables of their instance types; a rehearsal there would find that nothing is on offer."""
    for kind in ("region", "availability-zone"):
        known = INSTANCE_TYPE_OFFERINGS[kind]
        for region in ("cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1"):
            there = [{**item, "Location": item["Location"].replace("us-east-1", region)} for item in known["us-east-1"]]
            known.setdefault(region, there)


def _deleted_buckets_take_their_tags_along() -> None:
    """moto gives the tags of a deleted bucket, and so its owner, to the next one of that name."""

    def delete_bucket(original: Method, backend: S3Backend, bucket_name: str) -> Any:
        arn = backend.head_bucket(bucket_name).arn
        deleted = original(backend, bucket_name)
        if deleted:
            backend.tagger.delete_all_tags_for_resource(arn)
        return deleted

    around(S3Backend, "delete_bucket", delete_bucket)
