"""What AWS takes only as a whole is written from what was just read: entries of others stay, whatever a plan believed."""

import ast
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.difference import Difference, differences
from bootstrap.core.resource import Resource
from bootstrap.engine.ownership_checks import create_or_adopt
from bootstrap.resources import documents
from bootstrap.resources.s3.bucket import S3Bucket
from tests.conftest import MakeScope
from tests.support.samples import SAMPLES, Sample, deployed, read_back, trust, trusted, updating
from tests.support.wire import Call, Wire

RESOURCES = Path(documents.__file__).parent
WHOLE = {operation.title().replace("_", ""): document for operation, document in documents.WRITES.items()}
# Its own role's, all of which is its property: it is a difference only where it was read.
OWN = {("role.py", "update_assume_role_policy")}
BUCKET = S3Bucket(name="the-bucket", tags={"team": "data"}, lifecycle={"ours": {"prefix": "a/", "expire_days": 1}})
REPEATABLE = [
    sample for sample in SAMPLES if not sample.resource.identifiers.unnamed and not sample.resource.identifiers.shared
]


def unread(calls: list[Call]) -> list[str]:
    """The whole documents that were written without reading them since the last call that changed something."""
    found, read = [], set[str]()
    for call in calls:
        if (document := WHOLE.get(call.operation)) and document.read.title().replace("_", "") not in read:
            found.append(call.operation)
        if call.changes:
            read.clear()
        else:
            read.add(call.operation)
    return found


def test_no_kind_sends_a_whole_document_any_other_way() -> None:
    sent = {
        (path.name, node.args[1].value)
        for path in RESOURCES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("call")
        if len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
    }
    assert {(name, operation) for name, operation in sent if operation in documents.WRITES} == OWN
    replaced_whole = ("policy", "tagging", "lifecycle", "encryption", "notification", "cors", "replication", "acl")
    puts = {operation for _, operation in sent if str(operation).startswith("put_bucket")}
    assert {operation for operation in puts if str(operation).endswith(replaced_whole)} == set()


@pytest.mark.parametrize("sample", REPEATABLE, ids=[sample.resource.kind for sample in REPEATABLE])
def test_a_create_that_meets_our_resource_reads_before_it_writes_and_keeps_entries_of_others(
    sample: Sample, scope: MakeScope, cloud: Wire
) -> None:
    """As after one late answer of "not there" about a thing that is recorded, and there."""
    sample.before(scope())
    live = deployed(sample.resource, scope())
    own = sample.resource.properties()
    theirs = {
        (name, key): value
        for name in sample.resource.additive
        for key, value in sample.changed.get(name, {}).items()
        if key not in own[name]
    }
    added = tuple(Difference(name, key, None, value) for (name, key), value in theirs.items())
    others: Resource = replace(sample.resource, **{name: {**own[name], **sample.changed[name]} for name, _ in theirs})
    others.update(updating(others, scope(), live.outputs, added), live.outputs, added)
    before = read_back(sample.resource, scope(), live.outputs)
    aws = scope()
    with cloud.recorded() as calls:
        live = create_or_adopt(sample.resource, aws, aws.owner)
        sample.resource.update(aws, live.outputs, differences(sample.resource, live))
    assert unread(calls) == []
    assert read_back(sample.resource, scope(), live.outputs).properties == before.properties


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_bucket_of_ours_that_is_taken_for_a_new_one_keeps_what_others_put_on_it(
    region: str, scope: MakeScope, cloud: Wire
) -> None:
    live = deployed(BUCKET, scope(region))
    s3 = scope(region).client("s3")
    name = {"Bucket": BUCKET.name}
    policy = json.loads(s3.get_bucket_policy(**name)["Policy"])
    resource = f"arn:aws:s3:::{BUCKET.name}"
    theirs: dict[str, Any] = {
        **trusted("123456789012"),
        "Sid": "Theirs",
        "Action": "s3:GetObject",
        "Resource": f"{resource}/*",
    }
    del theirs["Condition"]
    s3.put_bucket_policy(
        **name, Policy=json.dumps({**policy, "Statement": [theirs, {**policy["Statement"][0], "Sid": "Old"}]})
    )
    tags = s3.get_bucket_tagging(**name)["TagSet"]
    s3.put_bucket_tagging(**name, Tagging={"TagSet": [*tags, {"Key": "theirs", "Value": "1"}]})
    rules = s3.get_bucket_lifecycle_configuration(**name)["Rules"]
    rule = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "b/"}, "Expiration": {"Days": 9}}
    s3.put_bucket_lifecycle_configuration(**name, LifecycleConfiguration={"Rules": [*rules, rule]})
    # Nothing that CreateBucket reads afterwards shows it either: each setting counts as missing, and is written.
    for operation, code in {
        "GetBucketPolicy": "NoSuchBucket",
        "GetBucketLifecycleConfiguration": "NoSuchBucket",
        "GetBucketEncryption": "NoSuchBucket",
    }.items():
        cloud.refuse(operation, code, status=404)
    wanted = replace(BUCKET, lifecycle={"ours": {"prefix": "a/", "expire_days": 2}})
    aws = scope(region, looked=10**9)
    with cloud.recorded() as calls:
        live = create_or_adopt(wanted, aws, aws.owner)
        wanted.update(aws, live.outputs, differences(wanted, live))
    assert unread(calls) == []
    found = read_back(wanted, scope(region), live.outputs)
    assert found.properties["tags"] == {"team": "data", "theirs": "1"}
    assert set(found.properties["lifecycle"]) == {"ours", "theirs"}
    kept = [item["Sid"] for item in json.loads(s3.get_bucket_policy(**name)["Policy"])["Statement"]]
    assert kept[0] == "Theirs"


def test_a_new_bucket_is_read_once_and_its_documents_are_written_from_that_once(scope: MakeScope, cloud: Wire) -> None:
    aws = scope()
    live = create_or_adopt(BUCKET, aws, aws.owner)
    with cloud.recorded() as calls:
        BUCKET.update(aws, live.outputs, differences(BUCKET, live))
    assert [call.operation for call in calls if not call.changes] == []
    with cloud.recorded() as calls:
        BUCKET.update(aws, live.outputs, differences(BUCKET, live))
    assert unread(calls) == []
    assert read_back(BUCKET, scope(), live.outputs).properties["lifecycle"] == BUCKET.lifecycle


def test_what_was_read_of_a_bucket_that_was_not_new_after_all_is_read_again(scope: MakeScope, cloud: Wire) -> None:
    """In us-east-1, S3 answers as if our call had created it."""
    deployed(BUCKET, scope())
    aws = scope(looked=10**9)
    wanted = replace(BUCKET, lifecycle={"ours": {"prefix": "a/", "expire_days": 2}})
    with cloud.recorded() as calls:
        live = create_or_adopt(wanted, aws, aws.owner)
        wanted.update(aws, live.outputs, differences(wanted, live))
    written = [call.operation for call in calls if call.changes]
    assert written == ["CreateBucket", "PutBucketLifecycleConfiguration"]
    assert calls[-2].operation == "GetBucketLifecycleConfiguration"


def test_a_lifecycle_rule_is_written_with_the_smallest_size_that_others_set(scope: MakeScope, cloud: Wire) -> None:
    """A write without it would set AWS's default again, for their rules too. moto does not know it."""
    live = deployed(BUCKET, scope())
    sizes: list[str] = []

    def with_size(call: Call, carry: Any) -> Any:
        answer = carry()
        answer.headers["x-amz-transition-default-minimum-object-size"] = "varies_by_storage_class"
        return answer

    cloud.trick("GetBucketLifecycleConfiguration", with_size, times=2)
    cloud.trick(
        "PutBucketLifecycleConfiguration",
        lambda call, carry: sizes.append(call.headers.get("x-amz-transition-default-minimum-object-size", "")),
    )
    wanted = replace(BUCKET, lifecycle={"ours": {"prefix": "a/", "expire_days": 2}})
    found = read_back(wanted, scope(), live.outputs)
    wanted.update(scope(), live.outputs, differences(wanted, found))
    assert sizes == ["varies_by_storage_class"]


def test_the_answer_is_what_is_changed_and_nothing_is_written_where_nothing_changes(scope: MakeScope, cloud: Wire) -> None:
    iam = scope().client("iam")
    iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=json.dumps(trust()))
    with cloud.recorded() as calls:
        answer = documents.rewrite(scope(), documents.TRUST, {"RoleName": "theirs"}, lambda answer: None)
    assert answer["Role"]["RoleName"] == "theirs"
    assert [call.operation for call in calls] == ["GetRole"]


def test_a_document_is_not_written_from_another_one(scope: MakeScope) -> None:
    deployed(BUCKET, scope())
    bucket = {"Bucket": BUCKET.name}
    with pytest.raises(AssertionError):
        documents.rewrite(scope(), documents.TAGS, bucket, lambda answer: ("put_bucket_policy", {"Policy": "{}"}))


def test_two_changes_of_one_document_in_one_run_wait_for_each_other(scope: MakeScope) -> None:
    iam = scope().client("iam")
    for role in ("theirs", "other"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust()))

    def rewrite(role: str, change: Callable[[Any], None]) -> threading.Thread:
        given = scope(), documents.TRUST, {"RoleName": role}, change
        thread = threading.Thread(target=documents.rewrite, args=given, daemon=True)
        thread.start()
        return thread

    def change(answer: Any) -> None:
        same = rewrite("theirs", lambda answer: None)
        rewrite("other", lambda answer: None).join(10)
        same.join(0.2)
        waiting.append(same)
        waited.append(same.is_alive())

    waiting, waited = list[threading.Thread](), list[bool]()
    rewrite("theirs", change).join(10)
    for thread in waiting:
        thread.join(10)  # else it asks an AWS that is gone by then
    assert waited == [True]
