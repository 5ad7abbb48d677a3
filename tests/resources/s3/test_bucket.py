"""What is odd about a bucket: names of the world, settings that are replaced whole, and contents."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from moto.s3.models import s3_backends

from bootstrap.aws.errors import code_of
from bootstrap.aws.scope import Scope
from bootstrap.core.difference import Difference, differences, others
from bootstrap.core.previous_record import applicable_record
from bootstrap.core.state import Record, Status
from bootstrap.core.strictness import Order
from bootstrap.core.tightening import settle
from bootstrap.engine.ownership_checks import create_or_adopt
from bootstrap.errors import AlreadyExists, AwsError, StalePlan, UnmanagedResource
from bootstrap.permissions.denial import CODES
from bootstrap.resources.s3 import lifecycle
from bootstrap.resources.s3.bucket import S3Bucket
from tests.conftest import MakeScope
from tests.support.samples import deployed, read_back
from tests.support.wire import Call, Carry, Wire, answer, error_answer

NAME = "the-bucket"
BUCKET = S3Bucket(name=NAME)
DELETE_DATA = frozenset({"delete-data"})
THEIRS: dict[str, Any] = {
    "Sid": "Theirs",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "s3:*",
}
TLS_ONLY: dict[str, Any] = {
    "Sid": "AnyName",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [f"arn:aws:s3:::{NAME}/*", f"arn:aws:s3:::{NAME}"],
    "Condition": {"Bool": {"aws:SecureTransport": False}},
}


def statements(scope: Scope) -> Any:
    return json.loads(scope.client("s3").get_bucket_policy(Bucket=NAME)["Policy"])["Statement"]


def put_policy(scope: Scope, *content: dict[str, Any]) -> None:
    document = {"Version": "2012-10-17", "Statement": list(content)}
    scope.client("s3").put_bucket_policy(Bucket=NAME, Policy=json.dumps(document))


def keys(scope: Scope) -> list[str]:
    pages = scope.client("s3").get_paginator("list_object_versions").paginate(Bucket=NAME)
    return [item["Key"] for page in pages for item in (*page.get("Versions", []), *page.get("DeleteMarkers", []))]


def tags(scope: Scope) -> dict[str, str]:
    listed = scope.client("s3").get_bucket_tagging(Bucket=NAME)["TagSet"]
    return {item["Key"]: item["Value"] for item in listed}


# Making it


@pytest.mark.parametrize(
    ("region", "constraint"),
    [
        ("us-east-1", None),
        ("eu-west-1", "<LocationConstraint>eu-west-1</LocationConstraint>"),
        ("cn-north-1", "<LocationConstraint>cn-north-1</LocationConstraint>"),
        ("us-gov-west-1", "<LocationConstraint>us-gov-west-1</LocationConstraint>"),
    ],
)
def test_the_region_is_sent_everywhere_but_in_us_east_1(
    region: str, constraint: str | None, scope: MakeScope, cloud: Wire
) -> None:
    live = deployed(BUCKET, scope(region))
    [creating] = [call for call in cloud.calls if call.operation == "CreateBucket"]
    assert "LocationConstraint" not in creating.text if constraint is None else constraint in creating.text
    assert live.outputs["region"] == region
    assert live.outputs == BUCKET.predicted_outputs(scope(region).account)


def test_in_us_east_1_a_bucket_that_is_there_is_found_before_the_call_that_would_take_it(
    scope: MakeScope, cloud: Wire
) -> None:
    scope().client("s3").create_bucket(Bucket=NAME)
    with cloud.recorded() as calls, pytest.raises(AlreadyExists) as raised:
        BUCKET.create(scope())
    assert [call.operation for call in calls] == ["HeadBucket"]
    assert raised.value.code == "BucketAlreadyOwnedByYou"


def test_elsewhere_s3_itself_says_that_it_is_there(scope: MakeScope, cloud: Wire) -> None:
    scope("eu-west-1").client("s3").create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with cloud.recorded() as calls, pytest.raises(AlreadyExists) as raised:
        BUCKET.create(scope("eu-west-1"))
    assert [call.operation for call in calls] == ["CreateBucket"]
    assert raised.value.code == "BucketAlreadyOwnedByYou"


@pytest.mark.parametrize("theirs", [{"owner": "bob"}, {"aws:cloudformation:stack-name": "theirs"}, {}])
def test_in_us_east_1_a_bucket_that_somebody_creates_right_before_the_call_stays_theirs(
    theirs: dict[str, str], scope: MakeScope, cloud: Wire
) -> None:
    """S3 answers 200 to our call as if it had made the bucket."""
    s3 = scope().client("s3")

    def first_a_stranger(call: Call, carry: Carry) -> None:
        s3.create_bucket(Bucket=NAME)
        if theirs:
            s3_backends["123456789012"]["aws"].put_bucket_tagging(NAME, theirs)

    cloud.trick("CreateBucket", first_a_stranger)
    with cloud.recorded() as calls, pytest.raises(UnmanagedResource, match="this deployment did not create it"):
        create_or_adopt(BUCKET, scope(looked=time.monotonic()), scope().owner)
    assert [call.operation for call in calls if call.operation.startswith("Put")] == []
    assert (tags(scope()) if theirs else {}) == theirs


@pytest.mark.parametrize("tightened", ["versioning", "encryption"])
def test_in_us_east_1_a_late_answer_loosens_nothing_of_a_bucket_that_is_ours(
    tightened: str, scope: MakeScope, cloud: Wire
) -> None:
    """S3 answers 200 to CreateBucket for a bucket that we have, though HeadBucket said that there is none."""
    deployed(BUCKET, scope())
    s3 = scope().client("s3")
    if tightened == "versioning":
        s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})
    else:
        by_kms = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
        s3.put_bucket_encryption(Bucket=NAME, ServerSideEncryptionConfiguration=by_kms)
    cloud.refuse("HeadBucket", "404", status=404)
    with cloud.recorded() as calls, pytest.raises(StalePlan, match=f"changed outside bootstrap: {tightened}"):
        create_or_adopt(BUCKET, scope(), scope().owner)
    assert [call.operation for call in calls if call.operation.startswith("Put")] == []


def test_in_us_east_1_a_new_bucket_that_shows_its_tags_late_is_ours(scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("GetBucketTagging", "NoSuchTagSet", status=404, times=3)
    with cloud.recorded() as calls:
        live = create_or_adopt(BUCKET, scope(looked=time.monotonic()), scope().owner, settle=5)
    assert live.owner == scope().owner
    assert "PutBucketTagging" not in [call.operation for call in calls]


def test_a_new_bucket_that_may_not_be_read_and_is_in_no_list_yet_is_not_called_somebody_elses(
    scope: MakeScope, cloud: Wire
) -> None:
    def between(call: Call, carry: Carry) -> Any:
        if call.operation == "ListBuckets":
            return answer("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>")
        return carry() if call.changes else error_answer(call, "AccessDenied", "no", 403)

    cloud.between = between
    with pytest.raises(ClientError) as raised:
        BUCKET.create(scope(looked=time.monotonic()))
    assert code_of(raised.value) in CODES


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_lost_answer_to_the_creating_call_ends_in_our_bucket(region: str, scope: MakeScope, cloud: Wire) -> None:
    cloud.lose_answer("CreateBucket")
    live = deployed(BUCKET, scope(region))
    assert cloud.names.count("s3.CreateBucket") == 2
    assert differences(BUCKET, live) == ()
    assert live.owner == scope(region).owner


@pytest.mark.parametrize(("region", "operation"), [("us-east-1", "HeadBucket"), ("eu-west-1", "CreateBucket")])
def test_a_name_that_another_account_has_is_not_ours(region: str, operation: str, scope: MakeScope, cloud: Wire) -> None:
    if operation == "CreateBucket":
        cloud.refuse("CreateBucket", "BucketAlreadyExists", status=409)
    else:
        cloud.refuse("HeadBucket", "403", status=403)
    cloud.refuse("HeadBucket", "403", status=403)
    with pytest.raises(UnmanagedResource) as raised:
        create_or_adopt(BUCKET, scope(region), scope(region).owner)
    assert "--existing-bucket" in raised.value.advice


def test_a_bucket_that_may_not_be_looked_at_is_there_and_has_no_owner(scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("HeadBucket", "403", status=403)
    live = read_back(BUCKET, scope(), {})
    assert live.owner is None
    assert live.outputs == live.properties == {}


def test_a_setting_that_may_not_be_read_is_an_error_and_not_absent(scope: MakeScope, cloud: Wire) -> None:
    deployed(BUCKET, scope())
    cloud.refuse("GetBucketTagging", "AccessDenied", status=403)
    with pytest.raises(ClientError):
        BUCKET.read(scope(), {})


def test_settings_are_applied_one_after_the_other_and_the_policy_is_last(scope: MakeScope, cloud: Wire) -> None:
    bucket = replace(BUCKET, versioning=True, lifecycle={"r": {"prefix": "", "expire_days": 1}})
    live = bucket.create(scope())
    with cloud.recorded() as calls:
        bucket.update(scope(), live.outputs, differences(bucket, live))
    assert [call.operation for call in calls if call.operation.startswith("Put")] == [
        "PutBucketVersioning",
        "PutBucketLifecycleConfiguration",
        "PutBucketPolicy",
    ]
    wanted = replace(
        bucket, block_public_access=False, encryption="arn:aws:kms:us-east-1:123456789012:key/k", tls_only=False
    )
    with cloud.recorded() as calls:
        wanted.update(scope(), live.outputs, differences(wanted, read_back(wanted, scope(), live.outputs)))
    writes = [call.operation for call in calls if call.operation.startswith(("Put", "Delete"))]
    assert writes == ["PutPublicAccessBlock", "PutBucketEncryption", "DeleteBucketPolicy"]


def test_every_call_for_a_bucket_that_is_there_names_the_account_that_must_own_it(scope: MakeScope, cloud: Wire) -> None:
    live = deployed(BUCKET, scope())
    wanted = replace(
        BUCKET, tags={"a": "b"}, versioning=True, lifecycle={"r": {"prefix": "", "expire_days": 1}}, tls_only=False
    )
    s3 = scope().client("s3")
    with cloud.recorded() as calls:
        live = read_back(wanted, scope(destroying=True), live.outputs)
        wanted.update(scope(), live.outputs, differences(wanted, live))
    s3.put_object(Bucket=NAME, Key="key", Body=b"x")
    s3.create_multipart_upload(Bucket=NAME, Key="key")
    with cloud.recorded() as deleting:
        BUCKET.delete(scope(allowed=DELETE_DATA), live.outputs)
    named = [(call.service, call.headers.get("x-amz-expected-bucket-owner")) for call in (*calls, *deleting)]
    assert {owner for service, owner in named if service == "s3"} == {"123456789012"}


@pytest.mark.parametrize(
    "properties",
    [
        {"ownership": "ObjectWriter"},
        {"encryption": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
        {"block_public_access": False},
        {"tls_only": False},
        {"versioning": True},
    ],
)
def test_settings_that_are_not_the_usual_ones_are_there_after_the_first_run(
    properties: dict[str, Any], scope: MakeScope
) -> None:
    bucket = replace(BUCKET, **properties)
    live = deployed(bucket, scope())
    assert differences(bucket, live) == ()
    assert differences(BUCKET, live) != ()


# Settings that others share


def test_tags_of_others_stay(scope: MakeScope) -> None:
    tagged = replace(BUCKET, tags={"team": "data", "cost": "7"})
    live = deployed(tagged, scope())
    listed = [{"Key": key, "Value": value} for key, value in {**tags(scope()), "theirs": "1"}.items()]
    scope().client("s3").put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": listed})
    wanted = replace(BUCKET, tags={"team": "web"})
    live = read_back(wanted, scope(), live.outputs)
    assert others(wanted, live, tagged.properties()) == ("tag theirs",)
    wanted.update(scope(), live.outputs, differences(wanted, live, tagged.properties()))
    assert tags(scope()) == {**scope().owner.tags(), "theirs": "1", "team": "web"}


def test_tags_that_aws_put_there_are_given_back_because_s3_refuses_a_set_without_them(scope: MakeScope, cloud: Wire) -> None:
    live = deployed(BUCKET, scope())

    def with_a_tag_of_aws(call: Call, carry: Carry) -> AWSResponse:
        listed = {**scope().owner.tags(), "aws:cloudformation:stack-name": "theirs"}
        found = "".join(f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>" for key, value in listed.items())
        return answer(f"<Tagging><TagSet>{found}</TagSet></Tagging>")

    def only_with_the_tag_of_aws(call: Call, carry: Carry) -> AWSResponse:
        if "<Key>aws:cloudformation:stack-name</Key><Value>theirs</Value>" in call.text:
            return answer("")
        error = "<Error><Code>InvalidTag</Code><Message>System Tags cannot be removed by requester</Message></Error>"
        return answer(error, 400)

    cloud.trick("GetBucketTagging", with_a_tag_of_aws, times=2)
    cloud.trick("PutBucketTagging", only_with_the_tag_of_aws)
    wanted = replace(BUCKET, tags={"team": "web"})
    live = read_back(wanted, scope(), live.outputs)
    assert others(wanted, live) == ()
    wanted.update(scope(), live.outputs, differences(wanted, live))
    assert cloud.names[-1] == "s3.PutBucketTagging"


def test_a_rule_of_ours_that_others_narrowed_is_read_as_that_and_kept(scope: MakeScope) -> None:
    ruled = replace(BUCKET, lifecycle={"ours": {"prefix": "work/", "expire_days": 30}})
    live = deployed(ruled, scope())
    s3 = scope().client("s3")
    narrowed = {"And": {"Prefix": "work/", "Tags": [{"Key": "keep", "Value": "no"}]}}
    rule = {"ID": "ours", "Status": "Enabled", "Filter": narrowed, "Expiration": {"Days": 30}}
    s3.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": [rule]})
    has = read_back(ruled, scope(), live.outputs).properties["lifecycle"]["ours"]
    assert has == {"prefix": "work/", "expire_days": 30, "narrowed": True}
    assert lifecycle.order(has, ruled.lifecycle["ours"]) is Order.TIGHTER
    assert lifecycle.order({**has, "more": True}, ruled.lifecycle["ours"]) is Order.UNORDERED


@pytest.mark.parametrize(
    ("changed", "order"),
    [
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 5}}, Order.TIGHTER),
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 10, "NewerNoncurrentVersions": 5}}, Order.UNORDERED),
        ({"Transitions": [{"Days": 5, "StorageClass": "GLACIER"}]}, Order.UNORDERED),
        ({"Expiration": {"Date": "2030-01-01T00:00:00Z"}}, Order.UNORDERED),
        ({"Expiration": {"Days": 20}}, Order.LOOSER),
        ({"Expiration": {"Days": 40}, "Transitions": [{"Days": 5, "StorageClass": "GLACIER"}]}, Order.UNORDERED),
    ],
    ids=str,
)
def test_a_rule_that_keeps_more_is_kept_and_one_that_does_more_is_not_taken_for_looser(
    changed: dict[str, Any], order: Order
) -> None:
    ours = {"prefix": "work/", "expire_days": 30, "noncurrent_days": 30}
    has = lifecycle.from_aws([{**lifecycle.to_aws("ours", ours), **changed}])["ours"]
    assert lifecycle.order(has, ours) is order


@pytest.mark.parametrize("odd", [None, "x", {}, {"prefix": None}, {"prefix": "a/", "expire_days": "30"}])
def test_a_rule_of_an_edited_state_cannot_be_ordered(odd: Any) -> None:
    assert lifecycle.order({"prefix": "a/", "expire_days": 30}, odd) is Order.UNORDERED


def test_lifecycle_rules_of_others_stay(scope: MakeScope) -> None:
    ruled = replace(BUCKET, lifecycle={"ours": {"prefix": "a/", "expire_days": 1}})
    live = deployed(ruled, scope())
    s3 = scope().client("s3")
    rules = s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    theirs = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "b/"}, "Expiration": {"Days": 9}}
    s3.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": [*rules, theirs]})
    live = read_back(ruled, scope(), live.outputs)
    assert others(ruled, live) == ("lifecycle rule theirs",)
    for wanted in (replace(BUCKET, lifecycle={"ours": {"prefix": "a/", "expire_days": 2}}), BUCKET):
        live = read_back(wanted, scope(), live.outputs)
        wanted.update(scope(), live.outputs, differences(wanted, live, ruled.properties()))
        assert read_back(wanted, scope(), live.outputs).properties["lifecycle"] == {
            **wanted.lifecycle,
            "theirs": {"prefix": "b/", "expire_days": 9},
        }


def test_rules_of_others_in_the_older_form_stay_beside_ours_with_the_smallest_size_that_moves(scope: MakeScope) -> None:
    live = deployed(BUCKET, scope())
    s3, size = scope().client("s3"), "TransitionDefaultMinimumObjectSize"
    moved = [{"Days": 30, "StorageClass": "GLACIER"}]
    theirs = [
        {"ID": "everything", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 9}},
        {"ID": "some", "Status": "Enabled", "Prefix": "b/", "Transitions": moved},
    ]
    s3.put_bucket_lifecycle_configuration(
        Bucket=NAME, LifecycleConfiguration={"Rules": theirs}, TransitionDefaultMinimumObjectSize="varies_by_storage_class"
    )
    ruled = replace(BUCKET, lifecycle={"ours": {"prefix": "a/", "expire_days": 1}})
    ruled.update(scope(), live.outputs, differences(ruled, read_back(ruled, scope(), live.outputs)))
    found = s3.get_bucket_lifecycle_configuration(Bucket=NAME)
    assert found[size] == "varies_by_storage_class"
    assert [(rule["ID"], rule["Filter"]["Prefix"]) for rule in found["Rules"]] == [
        ("everything", ""), ("some", "b/"), ("ours", "a/"),
    ]  # fmt: skip
    assert found["Rules"][1]["Transitions"] == moved


def test_a_lifecycle_rule_that_was_switched_off_is_drift(scope: MakeScope) -> None:
    ruled = replace(BUCKET, lifecycle={"ours": {"prefix": "a/", "expire_days": 1}})
    live = deployed(ruled, scope())
    s3 = scope().client("s3")
    [rule] = s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    s3.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": [{**rule, "Status": "Disabled"}]})
    live = read_back(ruled, scope(), live.outputs)
    assert [item.path for item in differences(ruled, live)] == ["lifecycle.ours"]


@pytest.mark.parametrize("listed", [True, False])
def test_statements_of_others_stay_in_the_policy(listed: bool, scope: MakeScope) -> None:
    live = deployed(BUCKET, scope())
    theirs = {**THEIRS, "Resource": f"arn:aws:s3:::{NAME}"}
    document = {"Version": "2012-10-17", "Statement": [theirs] if listed else theirs}
    scope().client("s3").put_bucket_policy(Bucket=NAME, Policy=json.dumps(document))
    live = read_back(BUCKET, scope(), live.outputs)
    assert [item.path for item in differences(BUCKET, live)] == ["tls_only"]
    BUCKET.update(scope(), live.outputs, differences(BUCKET, live))
    assert [item["Sid"] for item in statements(scope())] == ["Theirs", "BootstrapTlsOnly"]
    wanted = replace(BUCKET, tls_only=False)
    live = read_back(wanted, scope(), live.outputs)
    wanted.update(scope(), live.outputs, differences(wanted, live))
    assert statements(scope()) == [theirs]


def test_without_our_statement_nothing_is_left_of_the_policy(scope: MakeScope) -> None:
    live = deployed(BUCKET, scope())
    wanted = replace(BUCKET, tls_only=False)
    live = read_back(wanted, scope(), live.outputs)
    wanted.update(scope(), live.outputs, differences(wanted, live))
    with pytest.raises(ClientError) as raised:
        statements(scope())
    assert code_of(raised.value) == "NoSuchBucketPolicy"


@pytest.mark.parametrize(
    "statement",
    [
        TLS_ONLY,
        {**TLS_ONLY, "Principal": {"AWS": "*"}, "Action": ["S3:*"]},
        {**TLS_ONLY, "Principal": {"AWS": ["*"]}, "Condition": {"Bool": {"AWS:securetransport": ["false"]}}},
    ],
)
def test_tls_only_is_what_a_statement_means_and_not_how_it_is_written(
    statement: dict[str, Any], scope: MakeScope, cloud: Wire
) -> None:
    live = deployed(BUCKET, scope())
    put_policy(scope(), statement)
    assert differences(BUCKET, read_back(BUCKET, scope(), live.outputs)) == ()


def test_what_somebody_denied_in_our_statement_stays_when_ours_is_restored(scope: MakeScope) -> None:
    live = deployed(BUCKET, scope())
    old_tls = {**TLS_ONLY, "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}
    put_policy(scope(), {**old_tls, "Sid": "BootstrapTlsOnly"})
    for _ in range(2):
        live = read_back(BUCKET, scope(), live.outputs)
        BUCKET.update(scope(), live.outputs, differences(BUCKET, live))
    assert [item.get("Sid") for item in statements(scope())] == [None, "BootstrapTlsOnly"]
    assert statements(scope())[0]["Condition"] == old_tls["Condition"]


@pytest.mark.parametrize(
    "statement",
    [
        {**TLS_ONLY, "Effect": "Allow"},
        {**TLS_ONLY, "Resource": f"arn:aws:s3:::{NAME}/*"},
        {**TLS_ONLY, "Action": "s3:PutObject"},
        {**TLS_ONLY, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}},
        {**TLS_ONLY, "Condition": {"Bool": {"aws:SecureTransport": True}}},
        {**TLS_ONLY, "Condition": {**TLS_ONLY["Condition"], "StringEquals": {"aws:username": "x"}}},
        {**TLS_ONLY, "Sid": "BootstrapTlsOnly", "Action": "s3:PutObject"},
    ],
)
def test_a_statement_that_means_less_is_not_tls_only(statement: dict[str, Any], scope: MakeScope) -> None:
    live = deployed(BUCKET, scope())
    put_policy(scope(), statement)
    live = read_back(BUCKET, scope(), live.outputs)
    assert [item.path for item in differences(BUCKET, live)] == ["tls_only"]
    BUCKET.update(scope(), live.outputs, differences(BUCKET, live))
    assert differences(BUCKET, read_back(BUCKET, scope(), live.outputs)) == ()
    assert len({item["Sid"] for item in statements(scope())}) == len(statements(scope()))


def test_tls_only_of_somebody_else_is_left_to_them_when_we_do_not_want_it(scope: MakeScope) -> None:
    wanted = replace(BUCKET, tls_only=False)
    live = deployed(wanted, scope())
    put_policy(scope(), TLS_ONLY)
    assert differences(wanted, read_back(wanted, scope(), live.outputs)) == ()


# Settings whose forms differ


@pytest.mark.parametrize("missing", ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"])
def test_three_of_four_public_access_blocks_are_not_all(missing: str, scope: MakeScope) -> None:
    live = deployed(BUCKET, scope())
    four = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    scope().client("s3").put_public_access_block(Bucket=NAME, PublicAccessBlockConfiguration={**four, missing: False})
    assert [item.path for item in differences(BUCKET, read_back(BUCKET, scope(), live.outputs))] == ["block_public_access"]


def test_settings_that_were_removed_are_drift_and_are_restored(scope: MakeScope) -> None:
    bucket = replace(BUCKET, versioning=True, lifecycle={"r": {"prefix": "", "expire_days": 1}})
    live = deployed(bucket, scope())
    s3 = scope().client("s3")
    s3.delete_public_access_block(Bucket=NAME)
    s3.delete_bucket_encryption(Bucket=NAME)
    s3.delete_bucket_ownership_controls(Bucket=NAME)
    s3.delete_bucket_lifecycle(Bucket=NAME)
    s3.delete_bucket_policy(Bucket=NAME)
    s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Suspended"})
    live = read_back(bucket, scope(), live.outputs)
    found = differences(bucket, live)
    assert {item.field for item in found} == {
        "block_public_access", "encryption", "ownership", "lifecycle", "tls_only", "versioning",
    }  # fmt: skip
    bucket.update(scope(), live.outputs, found)
    assert differences(bucket, read_back(bucket, scope(), live.outputs)) == ()


def test_lost_owner_tags_are_restored_by_an_update(scope: MakeScope) -> None:
    live = deployed(BUCKET, scope())
    scope().client("s3").delete_bucket_tagging(Bucket=NAME)
    assert read_back(BUCKET, scope(), live.outputs).owner is None
    lost = [Difference("tags", key, None, value) for key, value in scope().owner.tags().items()]
    BUCKET.update(scope(), live.outputs, lost)
    assert read_back(BUCKET, scope(), live.outputs).owner == scope().owner


# Taking it away


@pytest.fixture
def versioned(scope: MakeScope) -> Iterator[Any]:
    """A bucket of ours with versions, and a client to fill it with."""
    deployed(replace(BUCKET, versioning=True), scope())
    yield scope().client("s3")


def test_a_bucket_that_is_not_empty_is_left_as_it_is_with_advice(versioned: Any, scope: MakeScope) -> None:
    versioned.put_object(Bucket=NAME, Key="precious", Body=b"x")
    with pytest.raises(AwsError) as raised:
        BUCKET.delete(scope(), {})
    assert raised.value.code == "BucketNotEmpty"
    assert "--delete-data" in raised.value.advice
    assert keys(scope()) == ["precious"]
    assert differences(BUCKET, read_back(replace(BUCKET, versioning=True), scope(), {}))[0].path == "versioning"


@pytest.mark.parametrize("deleted", [False, True], ids=["a version", "a delete marker"])
def test_contents_are_a_reason_not_to_delete_that_a_look_before_finds(
    deleted: bool, versioned: Any, scope: MakeScope
) -> None:
    assert read_back(BUCKET, scope(destroying=True), {}).blockers == ()
    versioned.put_object(Bucket=NAME, Key="key", Body=b"x")
    if deleted:
        [version] = versioned.list_object_versions(Bucket=NAME)["Versions"]
        versioned.delete_object(Bucket=NAME, Key="key")
        versioned.delete_object(Bucket=NAME, Key="key", VersionId=version["VersionId"])
    assert read_back(BUCKET, scope(destroying=True), {}).blockers == (f"bucket {NAME} still holds objects",)
    assert read_back(BUCKET, scope(), {}).blockers == ()


@pytest.mark.parametrize(
    "key", ["a b", "a+b", "a%2Bb", "a%20b", "é/ü", "\U0001f600", "<&>'\"", "tab\there", "line\nhere", "/", "a//b"]
)
def test_an_object_of_any_name_goes_with_its_versions_delete_markers_and_uploads(
    key: str, versioned: Any, scope: MakeScope
) -> None:
    for content in (b"1", b"2"):
        versioned.put_object(Bucket=NAME, Key=key, Body=content)
    versioned.delete_object(Bucket=NAME, Key=key)
    versioned.put_object(Bucket=NAME, Key=key, Body=b"3")
    versioned.create_multipart_upload(Bucket=NAME, Key=key)
    BUCKET.delete(scope(allowed=DELETE_DATA), {})
    assert BUCKET.read(scope(), {}) is None


def test_names_that_xml_cannot_hold_are_deleted_one_by_one(scope: MakeScope, cloud: Wire) -> None:
    deployed(BUCKET, scope())
    backend = s3_backends["123456789012"]["aws"]
    for key in ("bell\x07", "nul\x00", "plain"):
        backend.put_object(NAME, key, b"x")

    def listing(call: Call, carry: Carry) -> AWSResponse:
        """As S3 lists when it is asked to encode names; moto cannot."""
        assert "encoding-type=url" in call.text
        found = "".join(
            f"<Version><Key>{key}</Key><VersionId>null</VersionId></Version>" for key in ("bell%07", "nul%00", "plain")
        )
        return answer(f"<ListVersionsResult><EncodingType>url</EncodingType>{found}</ListVersionsResult>")

    cloud.trick("ListObjectVersions", listing, times=2)
    BUCKET.delete(scope(allowed=DELETE_DATA), {})
    assert [name for name in cloud.names if "DeleteObject" in name] == [
        "s3.DeleteObject", "s3.DeleteObject", "s3.DeleteObjects",
    ]  # fmt: skip
    assert BUCKET.read(scope(), {}) is None


def test_uploads_are_listed_with_encoded_names_page_by_page(scope: MakeScope, cloud: Wire) -> None:
    deployed(BUCKET, scope())
    pages = [
        "<IsTruncated>true</IsTruncated><NextKeyMarker>a%01+b%2B</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>"
        "<Upload><Key>a%01+b%2B</Key><UploadId>1</UploadId></Upload>",
        "<IsTruncated>false</IsTruncated><Upload><Key>gone</Key><UploadId>2</UploadId></Upload>",
    ]
    asked: list[str] = []

    def listing(call: Call, carry: Carry) -> AWSResponse:
        asked.append(call.text)
        content = f"<EncodingType>url</EncodingType>{[pages[0], *pages][len(asked) - 1]}"  # asked once before
        return answer(f"<ListMultipartUploadsResult>{content}</ListMultipartUploadsResult>")

    aborted: list[str] = []

    def abort(call: Call, carry: Carry) -> AWSResponse:
        aborted.append(call.text)
        if "gone" in call.text:
            return answer("<Error><Code>NoSuchUpload</Code></Error>", 404)
        return answer("", 204)

    scope().client("s3").put_object(Bucket=NAME, Key="key", Body=b"x")
    cloud.trick("ListMultipartUploads", listing, times=3)
    cloud.trick("AbortMultipartUpload", abort, times=2)
    BUCKET.delete(scope(allowed=DELETE_DATA), {})
    assert all("encoding-type=url" in text for text in asked)
    assert "key-marker=a\x01 b+" in asked[2]
    assert "/a\x01 b+?uploadId=1" in aborted[0]
    assert len(aborted) == 2


def test_more_than_a_thousand_versions_go_in_calls_of_at_most_a_thousand(scope: MakeScope, cloud: Wire) -> None:
    deployed(BUCKET, scope())
    backend = s3_backends["123456789012"]["aws"]
    for number in range(1003):
        backend.put_object(NAME, f"key-{number}", b"")
    said: list[str] = []
    BUCKET.delete(scope(allowed=DELETE_DATA, progress=said.append), {})
    sizes = [call.text.count("<Key>") for call in cloud.calls if call.operation == "DeleteObjects"]
    assert sizes == [1000, 3]
    assert said == [
        f"deleted 1,000 objects and versions of {NAME}", f"deleted 1,003 objects and versions of {NAME}",
    ]  # fmt: skip
    assert BUCKET.read(scope(), {}) is None


def test_what_a_writer_adds_in_the_meantime_goes_as_well(versioned: Any, scope: MakeScope, cloud: Wire) -> None:
    versioned.put_object(Bucket=NAME, Key="first", Body=b"x")
    cloud.trick("DeleteObjects", lambda call, carry: versioned.put_object(Bucket=NAME, Key="late", Body=b"x") and None)
    BUCKET.delete(scope(allowed=DELETE_DATA), {})
    assert BUCKET.read(scope(), {}) is None


def test_a_writer_that_does_not_stop_ends_in_an_error_and_not_in_a_loop(
    versioned: Any, scope: MakeScope, cloud: Wire
) -> None:
    def write(call: Call, carry: Carry) -> Any:
        deleted = carry()
        versioned.put_object(Bucket=NAME, Key="again", Body=b"x")
        return deleted

    versioned.put_object(Bucket=NAME, Key="first", Body=b"x")
    cloud.trick("DeleteObjects", write, times=100)
    with pytest.raises(AwsError) as raised:
        BUCKET.delete(scope(allowed=DELETE_DATA), {})
    assert raised.value.code == "BucketNotEmpty"
    assert "Stop what writes to it" in raised.value.advice


def test_an_object_that_s3_would_not_delete_is_named_although_s3_answers_200(
    versioned: Any, scope: MakeScope, cloud: Wire
) -> None:
    versioned.put_object(Bucket=NAME, Key="locked", Body=b"x")
    message = escape("Access Denied because object protected by object lock.")
    error = f"<Error><Key>locked</Key><Code>AccessDenied</Code><Message>{message}</Message></Error>"
    cloud.trick("DeleteObjects", lambda call, carry: answer(f"<DeleteResult>{error}</DeleteResult>"))
    with pytest.raises(AwsError, match="1 objects of the-bucket: locked: Access Denied because object protected") as raised:
        BUCKET.delete(scope(allowed=DELETE_DATA), {})
    assert raised.value.code == "AccessDenied"
    assert raised.value.denial is None  # no permission helps
    assert keys(scope()) == ["locked"]


def not_deleted(*keys: str, message: str) -> AWSResponse:
    """S3's answer that it denies the deletion of these objects: 200 all the same."""
    inside = f"<VersionId>1</VersionId><Code>AccessDenied</Code><Message>{escape(message)}</Message>"
    return answer(f"<DeleteResult>{''.join(f'<Error><Key>{key}</Key>{inside}</Error>' for key in keys)}</DeleteResult>")


SAYS = "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: s3:DeleteObjectVersion on resource: "
BY = "because no identity-based policy allows the s3:DeleteObjectVersion action"


@pytest.mark.parametrize(
    ("message", "denied", "resource", "layer"),
    [
        (f'{SAYS}"arn:aws:s3:::{NAME}/key" {BY}', ["key"], f"arn:aws:s3:::{NAME}/key", "identity policy"),
        ("Access Denied", ["key"], f"arn:aws:s3:::{NAME}/key", ""),
        ("Access Denied", ["key", "other"], f"arn:aws:s3:::{NAME}/*", ""),  # nobody asks for them one by one
    ],
)
def test_a_denial_inside_an_answer_of_200_is_a_denial(
    message: str, denied: list[str], resource: str, layer: str, versioned: Any, scope: MakeScope, cloud: Wire
) -> None:
    versioned.put_object(Bucket=NAME, Key="key", Body=b"x")
    cloud.trick("DeleteObjects", lambda call, carry: not_deleted(*denied, message=message))
    with pytest.raises(AwsError, match=r"key: .*s3:DeleteObjectVersion") as raised:
        BUCKET.delete(scope(allowed=DELETE_DATA), {})
    asked = {"Effect": "Allow", "Action": "s3:DeleteObjectVersion", "Resource": resource}
    assert raised.value.denial
    assert raised.value.denial["statement"] == asked
    assert raised.value.denial["layer"] == layer
    assert json.dumps(asked) in raised.value.advice
    assert ("a legal hold" in raised.value.advice) is not bool(layer)


def test_an_object_that_is_gone_already_is_no_error(versioned: Any, scope: MakeScope, cloud: Wire) -> None:
    versioned.put_object(Bucket=NAME, Key="key", Body=b"x")
    error = "<Error><Key>key</Key><Code>NoSuchVersion</Code></Error>"

    def gone(call: Call, carry: Carry) -> AWSResponse:
        carry()
        return answer(f"<DeleteResult>{error}</DeleteResult>")

    cloud.trick("DeleteObjects", gone)
    BUCKET.delete(scope(allowed=DELETE_DATA), {})
    assert BUCKET.read(scope(), {}) is None


def test_deleting_waits_while_s3_is_busy_with_the_bucket(scope: MakeScope, cloud: Wire) -> None:
    deployed(BUCKET, scope())
    cloud.refuse("DeleteBucket", "OperationAborted", status=409, times=2)
    BUCKET.delete(scope(), {})
    assert BUCKET.read(scope(), {}) is None


def test_a_bucket_in_china_is_protected_by_arns_of_china(scope: MakeScope) -> None:
    live = deployed(BUCKET, scope("cn-north-1"))
    assert live.outputs["arn"] == f"arn:aws-cn:s3:::{NAME}"
    [statement] = statements(scope("cn-north-1"))
    assert statement["Resource"] == [f"arn:aws-cn:s3:::{NAME}", f"arn:aws-cn:s3:::{NAME}/*"]


def test_the_tags_of_a_bucket_with_abac_are_changed_one_by_one(scope: MakeScope, cloud: Wire) -> None:
    live = deployed(replace(BUCKET, tags={"team": "data", "old": "1"}), scope())
    s3, their_tag = scope().client("s3"), {"Key": "theirs", "Value": "yes"}
    s3.put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": [*s3.get_bucket_tagging(Bucket=NAME)["TagSet"], their_tag]})
    s3.put_bucket_abac(Bucket=NAME, AbacStatus={"Status": "Enabled"})
    with pytest.raises(ClientError):
        s3.put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": [their_tag]})
    wanted = replace(BUCKET, tags={"team": "web", "new": "2"})
    found = [
        Difference("tags", "team", "data", "web"),
        Difference("tags", "new", None, "2"),
        Difference("tags", "old", "1", None),
    ]
    wanted.update(scope(), live.outputs, found)
    assert read_back(wanted, scope(), live.outputs).properties["tags"] == {"team": "web", "new": "2", "theirs": "yes"}
    assert read_back(wanted, scope(), live.outputs).owner == scope().owner


@pytest.mark.parametrize(("intended", "is_new"), [(-5, True), (3600, False)])
def test_a_bucket_that_was_cut_off_after_its_creation_is_told_from_the_old_one_by_its_date(
    intended: int, is_new: bool, scope: MakeScope
) -> None:
    """Somebody deleted the bucket. What the new one lacks nobody removed; what the old one lacks somebody may have."""
    rules = {"work": {"prefix": "work/", "expire_days": 30}}
    wanted = S3Bucket(name="cut-off", lifecycle=rules)
    wanted.create(scope())
    live = read_back(wanted, scope(), {})
    new = Record(
        address="a",
        kind="s3_bucket",
        account="default",
        status=Status.CREATING,
        properties=wanted.properties(),
        recorded_at=int(time.time()) + intended,
    )
    old = replace(new, status=Status.READY, outputs=live.outputs, recorded_at=1_600_000_000)
    record = applicable_record(wanted, live, new, old)
    assert record == (new if is_new else old)
    assert bool(settle(wanted, live, record).kept) != is_new
