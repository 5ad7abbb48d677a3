"""What keeps S3 from deleting a bucket is found before a delete, and once more before the first object goes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.s3.models import s3_backends

from bootstrap.aws.scope import Scope
from bootstrap.errors import AwsError
from bootstrap.resources.s3 import refusals
from bootstrap.resources.s3.bucket import S3Bucket
from tests.conftest import MakeScope
from tests.support.samples import deployed, read_back
from tests.support.wire import Wire

NAME = "the-bucket"
BUCKET = S3Bucket(name=NAME)
ARN = f"arn:aws:s3:::{NAME}"
ENABLED = {"Status": "Enabled"}
LATER, EARLIER = (datetime.now(UTC) + timedelta(days=days) for days in (30, -30))


def access_point(scope: Scope) -> None:
    scope.client("s3control").create_access_point(AccountId=scope.account.id, Name="theirs", Bucket=NAME)


def mfa_delete(scope: Scope) -> None:
    both = {**ENABLED, "MFADelete": "Enabled"}
    scope.client("s3").put_bucket_versioning(Bucket=NAME, VersioningConfiguration=both, MFA="arn 123456")


def object_lock(scope: Scope) -> None:
    """moto takes it for an empty bucket only."""
    scope.client("s3").put_bucket_versioning(Bucket=NAME, VersioningConfiguration=ENABLED)
    s3_backends["123456789012"]["aws"].get_bucket(NAME).object_lock_enabled = True


def locked(**lock: Any) -> Callable[[Scope], None]:
    """Puts an object into the bucket that has this lock, if any."""

    def put(scope: Scope) -> None:
        object_lock(scope)
        scope.client("s3").put_object(Bucket=NAME, Key="kept", Body=b"x", ChecksumAlgorithm="CRC32", **lock)

    return put


def denies(**statement: Any) -> Callable[[Scope], None]:
    """Puts a statement of somebody else beside ours."""

    def put(scope: Scope) -> None:
        s3 = scope.client("s3")
        document = json.loads(s3.get_bucket_policy(Bucket=NAME)["Policy"])
        theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Resource": [ARN, f"{ARN}/*"], **statement}
        document["Statement"].append(theirs)
        s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps(document))

    return put


def until(mode: str, date: datetime) -> dict[str, Any]:
    return {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": date}


KEEPS: Mapping[str, tuple[Callable[[Scope], None], str]] = {
    "an access point": (access_point, "bucket the-bucket has access points, and S3 does not delete such a bucket: theirs"),
    "MFA delete": (mfa_delete, "bucket the-bucket has MFA delete on"),
    "compliance mode": (locked(**until("COMPLIANCE", LATER)), "Object Lock protects kept (compliance mode, until"),
    "governance mode": (locked(**until("GOVERNANCE", LATER)), "Object Lock protects kept (governance mode, until"),
    "a legal hold": (locked(ObjectLockLegalHoldStatus="ON"), "Object Lock protects kept (legal hold)"),
    "a denial for the bucket": (
        denies(Action="s3:DeleteBucket", Resource=ARN),
        "the policy of bucket the-bucket denies s3:DeleteBucket (statement Theirs)",
    ),
    "a denial for objects": (
        denies(Action=["s3:DeleteObject*", "s3:PutObject"], Resource=f"{ARN}/records/*"),
        "denies s3:DeleteObject, s3:DeleteObjectVersion (statement Theirs)",
    ),
    "a denial for all but a few": (
        denies(NotAction="s3:Get*"),
        "denies s3:AbortMultipartUpload, s3:DeleteBucket, s3:DeleteObject, s3:DeleteObjectVersion, "
        "s3:ListBucketMultipartUploads, s3:ListBucketVersions (statement Theirs)",
    ),
    "a denial of what comes after the objects": (denies(Action="s3:ListBucketMulti*"), "s3:ListBucketMultipartUploads"),
    "a denial under our own name": (
        denies(Sid="BootstrapTlsOnly", Action="s3:DeleteBucket"),
        "denies s3:DeleteBucket (statement BootstrapTlsOnly)",
    ),
    "a denial of objects with a tag": (
        denies(Action="s3:Delete*", Condition={"StringEquals": {"s3:ExistingObjectTag/keep": "yes"}}),
        "may deny s3:DeleteBucket, s3:DeleteObject, s3:DeleteObjectVersion (statement Theirs): "
        "that depends on s3:existingobjecttag/keep",
    ),
    "a denial of some objects to some people": (
        denies(
            Action="s3:DeleteObject*",
            Resource=f"{ARN}/records/*",
            Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/Admin"}},
        ),
        "may deny s3:DeleteObject, s3:DeleteObjectVersion (statement Theirs): that depends on aws:principalarn",
    ),
    "a denial by the address": (
        denies(Action="s3:*", Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        "that depends on aws:sourceip",
    ),
    "a denial by the private address": (
        denies(Action="s3:*", Condition={"NotIpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}),
        "that depends on aws:vpcsourceip",
    ),
    "a denial by the user agent, which names features of a call": (
        denies(Action="s3:*", Condition={"StringNotLike": {"aws:UserAgent": "*browser*"}}),
        "that depends on aws:useragent",
    ),
    "a denial of everything to some at some time": (
        denies(Action="s3:*", Condition={"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}),
        "depends on aws:currenttime",
    ),
    "a denial of everything with TLS": (
        denies(Action="s3:Delete*", Condition={"Null": {"aws:SecureTransport": "false"}}),
        "depends on aws:securetransport",
    ),
    "a denial of newer TLS than ours may be": (
        denies(Action="s3:Delete*", Condition={"NumericLessThan": {"s3:TlsVersion": "1.3"}}),
        "depends on s3:tlsversion",
    ),
    "a denial for everybody but one": (
        denies(Action="s3:DeleteBucket", Principal=None, NotPrincipal={"AWS": "arn:aws:iam::123456789012:root"}),
        "denies s3:DeleteBucket",
    ),
}
LETS_GO: Mapping[str, Callable[[Scope], None]] = {
    "an object lock that keeps nothing": locked(),
    "a retention that is over": locked(**until("COMPLIANCE", EARLIER)),
    "a denial of something else": denies(Action=["s3:PutObject", "s3:DeleteBucketPolicy"]),
    "a denial for other accounts": denies(Action="s3:*", Principal={"AWS": "arn:aws:iam::210987654321:root"}),
    "a denial for a service": denies(Action="s3:*", Principal={"Service": "logging.s3.amazonaws.com"}),
    "a denial to another organization, which would have denied our reads too": denies(
        Action="s3:*", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}}
    ),
    "a denial without TLS": denies(Action="s3:Delete*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
    "a denial of old TLS": denies(Action="s3:*", Condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    "a denial of other accounts": denies(
        Action="s3:Delete*", Condition={"StringNotEquals": {"aws:PrincipalAccount": ["123456789012", "210987654321"]}}
    ),
    "an allowing statement": denies(Effect="Allow", Action="s3:Delete*", Principal={"AWS": "123456789012"}),
}


@pytest.fixture
def bucket(scope: MakeScope, cloud: Wire) -> Scope:
    """Ours is there. Gives the scope of a delete that takes data along."""
    deployed(BUCKET, scope())
    return replace(scope(destroying=True), allowed=frozenset({"delete-data"}))


def fill(scope: Scope) -> None:
    scope.client("s3").put_object(Bucket=NAME, Key="precious", Body=b"x")


def holds(scope: Scope) -> list[str]:
    return sorted(s3_backends[scope.account.id]["aws"].get_bucket(NAME).keys)


@pytest.mark.parametrize("what", KEEPS)
def test_what_keeps_a_bucket_is_found_before_anything_in_it_is_deleted(what: str, bucket: Scope) -> None:
    make, told = KEEPS[what]
    fill(bucket)
    make(bucket)
    before = holds(bucket)
    [obstacle] = read_back(BUCKET, bucket, {}).obstacles
    assert told in obstacle.what
    assert obstacle.advice
    with pytest.raises((AwsError, ClientError)):  # it may have come after the plan
        BUCKET.delete(bucket, {})
    assert holds(bucket) == before
    assert read_back(BUCKET, replace(bucket, destroying=False), {}).obstacles == ()


@pytest.mark.parametrize("what", LETS_GO)
def test_what_only_looks_like_it_stops_nothing(what: str, bucket: Scope) -> None:
    fill(bucket)
    LETS_GO[what](bucket)
    assert read_back(BUCKET, bucket, {}).obstacles == ()


KEEP_OBJECTS = (
    mfa_delete,
    denies(Action="s3:DeleteObject", Resource=f"{ARN}/*"),
    denies(Action="s3:Delete*", Condition={"StringEquals": {"aws:username": "intern"}}),
)


@pytest.mark.parametrize("keeps_objects", KEEP_OBJECTS)
def test_what_keeps_objects_keeps_no_empty_bucket(keeps_objects: Callable[[Scope], None], bucket: Scope) -> None:
    keeps_objects(bucket)
    assert read_back(BUCKET, bucket, {}).obstacles == ()
    BUCKET.delete(bucket, {})
    assert BUCKET.read(bucket, {}) is None


def many(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Fills three pages with versions. Returns what is told meanwhile."""
    object_lock(scope)
    for _ in range(5):
        fill(scope)
    scope.client("s3").delete_object(Bucket=NAME, Key="zz")  # a marker alone
    monkeypatch.setattr(refusals, "PAGE", 2)
    monkeypatch.setattr(refusals, "PROGRESS_SECONDS", -1)
    return []


def test_each_of_many_versions_is_looked_at_and_what_is_not_locked_goes(
    bucket: Scope, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = many(bucket, monkeypatch)
    with cloud.recorded() as calls:
        assert read_back(BUCKET, replace(bucket, progress=told.append), {}).obstacles == ()
    asked = [call.operation for call in calls]
    assert asked.count("GetObjectRetention") == asked.count("GetObjectLegalHold") == 5
    assert told[-1] == "checked 4 versions in the-bucket for object locks"
    BUCKET.delete(bucket, {})
    assert BUCKET.read(bucket, {}) is None


def test_one_locked_version_behind_many_keeps_them_all(bucket: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    many(bucket, monkeypatch)
    oldest = bucket.client("s3").list_object_versions(Bucket=NAME)["Versions"][-1]["VersionId"]
    bucket.client("s3").put_object_legal_hold(
        Bucket=NAME, Key="precious", VersionId=oldest, LegalHold={"Status": "ON"}, ChecksumAlgorithm="CRC32"
    )
    before = holds(bucket)
    with pytest.raises(AwsError, match=r"Object Lock protects precious \(legal hold\)"):
        BUCKET.delete(bucket, {})
    assert holds(bucket) == before
    assert len(bucket.client("s3").list_object_versions(Bucket=NAME)["Versions"]) == 5


def test_the_search_for_locks_ends_with_the_first_page_that_has_one(
    bucket: Scope, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(bucket, monkeypatch)
    bucket.client("s3").put_object(
        Bucket=NAME, Key="first", Body=b"x", ObjectLockLegalHoldStatus="ON", ChecksumAlgorithm="CRC32"
    )
    with cloud.recorded() as calls:
        [obstacle] = read_back(BUCKET, bucket, {}).obstacles
    assert obstacle.what.endswith("Object Lock protects first (legal hold), and possibly more: the search stopped there")
    assert [call.operation for call in calls].count("GetObjectLegalHold") == 2


def test_while_no_data_may_be_deleted_one_page_is_enough(
    bucket: Scope, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(bucket, monkeypatch)
    with cloud.recorded() as calls:
        live = read_back(BUCKET, replace(bucket, allowed=frozenset()), {})
    assert live.blockers
    assert [call.operation for call in calls].count("GetObjectRetention") == 2


def test_the_search_for_locks_can_be_stopped(bucket: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    many(bucket, monkeypatch)
    before = holds(bucket)
    with pytest.raises(AwsError, match=r"stopped while checking \S+ for object locks"):
        BUCKET.delete(replace(bucket, stopping=lambda: True), {})
    assert holds(bucket) == before


@pytest.mark.parametrize(
    ("denied", "lock"),
    [("GetObjectRetention", {"ObjectLockLegalHoldStatus": "ON"}), ("GetObjectLegalHold", until("GOVERNANCE", LATER))],
)
def test_a_lock_counts_though_the_other_form_may_not_be_asked(
    denied: str, lock: dict[str, Any], bucket: Scope, cloud: Wire
) -> None:
    locked(**lock)(bucket)
    cloud.refuse(denied, "AccessDenied", status=403)
    [obstacle] = read_back(BUCKET, bucket, {}).obstacles
    assert "Object Lock protects kept" in obstacle.what


@pytest.mark.parametrize("denied", ["GetObjectLockConfiguration", "GetObjectRetention", "GetObjectLegalHold"])
def test_data_stays_while_it_may_not_be_read_whether_it_is_locked(denied: str, bucket: Scope, cloud: Wire) -> None:
    object_lock(bucket)
    fill(bucket)
    cloud.refuse(denied, "AccessDenied", status=403)
    [obstacle] = read_back(BUCKET, bucket, {}).obstacles
    assert "Object Lock protects" in obstacle.what
    assert denied.replace("GetObjectLockC", "GetBucketObjectLockC") in obstacle.advice


def test_without_versioning_nothing_can_be_locked_and_nothing_is_asked(bucket: Scope, cloud: Wire) -> None:
    fill(bucket)
    cloud.refuse("GetObjectLockConfiguration", "AccessDenied", status=403)
    assert read_back(BUCKET, bucket, {}).obstacles == ()


def test_while_there_is_data_s3_is_first_asked_for_the_bucket_itself(bucket: Scope, cloud: Wire) -> None:
    """No look tells of an organization's policy: so a refusal of the last step comes while the data is there."""
    fill(bucket)
    cloud.refuse("DeleteBucket", "AccessDenied", "with an explicit deny in a service control policy", status=403)
    with cloud.recorded() as calls, pytest.raises(Exception, match="explicit deny"):
        BUCKET.delete(bucket, {})
    assert [call.operation for call in calls] == ["DeleteBucket"]
    assert holds(bucket) == ["precious"]


def test_what_is_needed_after_the_objects_is_asked_for_before_the_first_goes(bucket: Scope, cloud: Wire) -> None:
    fill(bucket)
    cloud.refuse("ListMultipartUploads", "AccessDenied", "with an explicit deny in a service control policy", status=403)
    with pytest.raises(ClientError, match="explicit deny"):
        BUCKET.delete(bucket, {})
    assert holds(bucket) == ["precious"]


@pytest.mark.parametrize("code", ["404", "NotImplemented", "MethodNotAllowed"])
def test_an_emulator_without_access_points_has_none(code: str, bucket: Scope, cloud: Wire) -> None:
    cloud.refuse("ListAccessPoints", code, status=404)
    assert read_back(BUCKET, bucket, {}).obstacles == ()


@pytest.mark.parametrize("denied", ["ListAccessPoints", "GetObjectLockConfiguration", "GetObjectRetention"])
def test_what_the_caller_may_not_ask_is_unknown_and_left_to_s3(denied: str, bucket: Scope, cloud: Wire) -> None:
    object_lock(bucket)
    cloud.refuse(denied, "AccessDenied", status=403)
    live = read_back(BUCKET, bucket, {})
    assert (live.obstacles, live.unreadable) == ((), "")
