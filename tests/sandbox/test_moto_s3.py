"""The sandbox's S3 looks at whose bucket it is."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.wire import Wire

ASKED: dict[str, Callable[[Any, dict[str, str]], Any]] = {
    "about the bucket": lambda s3, whose: s3.get_bucket_versioning(Bucket="mine", **whose),
    "for an object": lambda s3, whose: s3.get_object(Bucket="mine", Key="a", **whose),
    "to write": lambda s3, whose: s3.put_object(Bucket="mine", Key="a", Body=b"b", **whose),
    "to delete": lambda s3, whose: s3.delete_object(Bucket="mine", Key="a", **whose),
    "for a list": lambda s3, whose: s3.list_objects_v2(Bucket="mine", **whose),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_bucket_of_another_owner_than_expected_is_refused(ask: Callable[[Any, dict[str, str]], Any], cloud: Wire) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="mine")
    s3.put_object(Bucket="mine", Key="a", Body=b"b")
    ask(s3, {})
    s3.put_object(Bucket="mine", Key="a", Body=b"b")
    ask(s3, {"ExpectedBucketOwner": "123456789012"})
    with pytest.raises(ClientError, match="AccessDenied"):
        ask(s3, {"ExpectedBucketOwner": "210987654321"})


def test_versions_stay_on_where_object_lock_or_replication_needs_them(cloud: Wire) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    enabled, suspended = ({"Status": status} for status in ("Enabled", "Suspended"))
    copies = {"Role": "r", "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::locked"}}]}
    for bucket in ("locked", "copied", "free"):
        s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=bucket == "locked")
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=enabled)
    s3.put_bucket_replication(Bucket="copied", ReplicationConfiguration=copies)
    s3.put_bucket_versioning(Bucket="free", VersioningConfiguration=suspended)
    for bucket in ("locked", "copied"):
        with pytest.raises(ClientError, match="InvalidBucketState"):
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=suspended)


def test_acls_that_give_others_access_cannot_be_switched_off(cloud: Wire) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="shared", ObjectOwnership="ObjectWriter")
    s3.put_bucket_acl(Bucket="shared", ACL="log-delivery-write")
    off = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    with pytest.raises(ClientError, match="InvalidBucketAclWithObjectOwnership"):
        s3.put_bucket_ownership_controls(Bucket="shared", OwnershipControls=off)
    s3.put_bucket_acl(Bucket="shared", ACL="private")
    s3.put_bucket_ownership_controls(Bucket="shared", OwnershipControls=off)
