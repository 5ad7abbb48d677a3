"""What a run destroys for good is in the plan, in the receipt and in --json; and so is what stays."""

import pytest
from moto.s3.models import s3_backends

from bootstrap.resources.s3 import objects
from tests.cli.conftest import BUCKET, INPUTS, VPC, Bootstrap
from tests.conftest import MakeScope
from tests.support.wire import Wire

DUET = f"--integration biomodal-duet {INPUTS['biomodal-duet']}"
LOST = f"1,200 objects and versions (2.3 KB) in bucket {BUCKET}"


def fill(number: int) -> None:
    backend = s3_backends["123456789012"]["aws"]
    for each in range(number):
        backend.put_object(BUCKET, f"data/{each}", b"xy")


def test_the_data_of_a_bucket_is_in_the_plan_and_in_the_receipt(bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(f"create {VPC} --yes")
    fill(1_200)
    with cloud.recorded() as calls:
        kept = bootstrap("destroy --dry-run")
    assert f"It holds more than 1,000 objects and versions (at least 2 KB) in bucket {BUCKET}." in kept.out
    assert "for good" not in kept.out
    assert sum(call.operation == "ListObjectVersions" for call in calls) == 1
    planned = bootstrap("destroy --dry-run --delete-data")
    assert f"      - {LOST}: deleted for good\n" in planned.out
    assert f"Plan: 4 to delete.\nDeleted for good: {LOST}.\n" in planned.out
    assert "still holds objects" not in planned.out
    plan = bootstrap("destroy --dry-run --delete-data --json").last("plan")
    [loss] = plan["loses"]
    facts = {"kind": "objects", "name": BUCKET, "count": 1_200, "more": False, "bytes": 2_400, "text": LOST, "detail": ""}
    assert loss == facts
    assert [change["address"] for change in plan["changes"] if change["loses"] == [loss]] == ["bucket"]
    gone = bootstrap("destroy --yes --delete-data --json").last("receipt")["gone"]
    assert [item["lost"] for item in gone if item["address"] == "bucket"] == [[facts]]


def test_a_count_of_objects_has_an_end(bootstrap: Bootstrap, cloud: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "MOST_COUNTED", 2_000)
    bootstrap(f"create {VPC} --yes")
    fill(2_100)
    with cloud.recorded() as calls:
        planned = bootstrap("destroy --dry-run --delete-data").out
    assert f"Deleted for good: more than 2,000 objects and versions (at least 3.9 KB) in bucket {BUCKET}." in planned
    assert sum(call.operation == "ListObjectVersions" for call in calls) == 2


def test_the_bucket_of_the_user_is_named_as_kept(bootstrap: Bootstrap, scope: MakeScope) -> None:
    scope().client("s3").create_bucket(Bucket="my-own-bucket")
    bootstrap(f"create {VPC} --existing-bucket my-own-bucket --yes")
    stays = "s3_bucket my-own-bucket in account 123456789012, which existed before"
    assert f"Kept: {stays}.\n" in bootstrap("destroy --dry-run --delete-data").out
    gone = bootstrap("destroy --yes --delete-data --json")
    assert gone.last("plan")["keeps"] == [stays]
    assert gone.last("receipt")["kept"] == [stays]


def test_what_others_added_and_a_delete_takes_with_it_is_lost_too(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    iam = scope().client("iam")
    iam.put_role_policy(
        RoleName="UpsolverRole",
        PolicyName="debug",
        PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}',
    )
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.attach_role_policy(RoleName="UpsolverRole", PolicyArn=policy)
    planned = bootstrap("destroy --dry-run --delete-foreign --detach-foreign").out
    assert "Deleted for good: inline policy debug, which somebody else added.\n" in planned
    assert f"Kept: attached policy {policy}, which is only detached.\n" in planned


def test_a_machine_takes_its_disk_along_and_what_the_account_shares_stays(bootstrap: Bootstrap, scope: MakeScope) -> None:
    scope().client("iam").create_service_linked_role(AWSServiceName="spot.amazonaws.com")
    assert bootstrap(f"create {DUET} --yes").code == 0
    [volume] = scope().client("ec2").describe_volumes()["Volumes"]
    disk = f"volume {volume['VolumeId']} (100 GB) with everything on it"
    for line in (f"plan {DUET} --replace vm", "destroy --dry-run"):
        planned = bootstrap(line).out
        assert f"      - {disk}: deleted for good\n" in planned
        assert f"\nDeleted for good: {disk}.\n" in planned
        assert f"- volume {volume['VolumeId']}: also" not in planned
    again = {each["address"]: each["reason"] for each in bootstrap(f"plan {DUET} --json").last("plan")["changes"]}
    assert again["batch-service-role"] == "created by this deployment; the whole account shares it"
    assert again["spot-service-role"] == "exists already; the whole account shares it"
    assert bootstrap(f"create {DUET} --tag a=b --yes").code == 0  # who created it is not forgotten
    gone = bootstrap("destroy --yes")
    assert f"      - {disk}: deleted for good\n" in gone.out
    where = "in account 123456789012"
    shares = "left because the whole account shares it"
    assert f"AWSServiceRoleForBatch {where}: created by this deployment; {shares}\n" in gone.out
    assert f"AWSServiceRoleForEC2Spot {where}: {shares}\n" in gone.out
    assert "Destroyed: nothing that biomodal-duet created is left but what the whole account shares." in gone.err
