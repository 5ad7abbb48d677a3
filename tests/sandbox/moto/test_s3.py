"""The sandbox's S3 looks at whose bucket it is, and refuses to delete what AWS refuses to delete."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.wire import Wire

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


def test_a_bucket_with_an_access_point_is_not_deleted(cloud: Wire) -> None:
    s3, control = (boto3.client(service, region_name="us-east-1") for service in ("s3", "s3control"))
    s3.create_bucket(Bucket="mine")
    point = {"AccountId": "123456789012", "Name": "point"}
    control.create_access_point(**point, Bucket="mine")
    assert [item["Name"] for item in control.list_access_points(AccountId="123456789012")["AccessPointList"]] == ["point"]
    with pytest.raises(ClientError, match="BucketHasAccessPointsAttached"):
        s3.delete_bucket(Bucket="mine")
    control.delete_access_point(**point)
    s3.delete_bucket(Bucket="mine")


def test_versions_of_a_bucket_with_mfa_delete_stay(cloud: Wire) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="mine")
    both = {"Status": "Enabled", "MFADelete": "Enabled"}
    s3.put_bucket_versioning(Bucket="mine", VersioningConfiguration=both, MFA="arn 123456")
    assert s3.get_bucket_versioning(Bucket="mine")["MFADelete"] == "Enabled"
    version = {"Bucket": "mine", "Key": "a", "VersionId": s3.put_object(Bucket="mine", Key="a", Body=b"b")["VersionId"]}
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(**version)
    s3.put_bucket_versioning(Bucket="mine", VersioningConfiguration={**both, "MFADelete": "Disabled"}, MFA="arn 123456")
    s3.delete_object(**version)


def test_the_retention_of_an_object_is_reported(cloud: Wire) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="mine", ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket="mine", Key="a", Body=b"b")
    with pytest.raises(ClientError, match="NoSuchObjectLockConfiguration"):
        s3.get_object_retention(Bucket="mine", Key="a")
    lock = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime(2100, 1, 1, tzinfo=UTC)}
    s3.put_object_retention(Bucket="mine", Key="a", Retention=lock)
    assert s3.get_object_retention(Bucket="mine", Key="a")["Retention"] == lock


def test_lifecycle_rules_of_both_forms_are_not_taken_together(cloud: Wire) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="mine")
    older = {"ID": "older", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 1}}
    newer = {"ID": "newer", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    with pytest.raises(ClientError, match="Lifecycle V2"):
        s3.put_bucket_lifecycle_configuration(Bucket="mine", LifecycleConfiguration={"Rules": [older, newer]})
    for rules in ([older], [newer]):
        s3.put_bucket_lifecycle_configuration(Bucket="mine", LifecycleConfiguration={"Rules": rules})


def test_a_policy_is_neither_too_long_nor_public_where_that_is_blocked(cloud: Wire) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="mine")

    def put(principal: Any, resource: str, **more: Any) -> None:
        statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": resource, **more}
        s3.put_bucket_policy(Bucket="mine", Policy=json.dumps({"Version": "2012-10-17", "Statement": statement}, indent=4))

    put("111122223333", "arn:aws:s3:::mine/" + "k" * 20_300)
    with pytest.raises(ClientError, match="MalformedPolicy"):
        put("111122223333", "arn:aws:s3:::mine/" + "k" * 20_480)
    for everybody in ("*", {"AWS": "*"}, {"AWS": ["*"]}):
        with pytest.raises(ClientError, match="AccessDenied"):
            put(everybody, "arn:aws:s3:::mine/*")
        put(everybody, "arn:aws:s3:::mine/*", Effect="Deny")
    s3.delete_public_access_block(Bucket="mine")
    put("*", "arn:aws:s3:::mine/*")
