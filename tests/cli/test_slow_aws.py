"""AWS is slow to show what it has, or does not show it at all: nothing is forgotten, taken over or deleted for that."""

import json
import re
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from bootstrap.aws import client
from bootstrap.core.cloud import Timing
from bootstrap.engine.executor import Times
from tests.cli.conftest import BUCKET, INPUTS, STATE, VPC, Bootstrap, sealed, writes
from tests.conftest import MakeScope
from tests.support.wire import Call, Carry, Wire, answer, error_answer, json_answer

pytestmark = pytest.mark.made_now

PATIENT = Timing(propagation=0.3, pause=0.01, longest_pause=0.05, settle=5, vanish=5)
NOT_YET = {
    "GetRole": ("NoSuchEntity", 404),
    "GetPolicy": ("NoSuchEntity", 404),
    "GetInstanceProfile": ("NoSuchEntity", 404),
    "HeadBucket": ("404", 404),
    "DescribeKeyPairs": ("InvalidKeyPair.NotFound", 400),
    "DescribeSecurityGroups": ("InvalidGroup.NotFound", 400),
    "DescribeAddresses": ("InvalidAllocationID.NotFound", 400),
    "DescribeInstances": ("InvalidInstanceID.NotFound", 400),
    "DescribeLaunchTemplates": ("InvalidLaunchTemplateId.NotFound", 400),
}
"""What the first look at a thing of each type answers while AWS does not show it."""
NONE_YET = {
    "DescribeComputeEnvironments": json_answer({"computeEnvironments": []}),
    "DescribeJobQueues": json_answer({"jobQueues": []}),
    "ListAttachedRolePolicies": answer(
        "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies/>"
        "<IsTruncated>false</IsTruncated></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>"
    ),
}
"""The same where the answer is a list."""


class Late:
    """For each thing of every type, the first answers to a look say that it is not there."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.looked: Counter[str] = Counter()

    def __call__(self, call: Call, carry: Carry) -> Any:
        self.looked[call.text] += 1
        if call.changes or self.looked[call.text] > self.times:
            return carry()
        if call.operation in NOT_YET:
            code, status = NOT_YET[call.operation]
            return error_answer(call, code, "not there", status)
        return NONE_YET.get(call.operation) or carry()


@pytest.fixture
def patient(bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch) -> Bootstrap:
    monkeypatch.setattr(client, "Timing", lambda **options: PATIENT)
    return bootstrap


def roles(scope: MakeScope) -> list[str]:
    return [role["RoleName"] for role in scope().client("iam").list_roles()["Roles"]]


def test_destroy_looks_again_before_it_forgets(patient: Bootstrap, cloud: Wire, scope: MakeScope) -> None:
    patient(f"create {VPC} --yes")
    cloud.refuse("GetRole", "NoSuchEntity", status=404, times=3)
    ran = patient("destroy --yes")
    assert ran.code == 0
    assert "Looking again for athena, cloudformation, role" in ran.err
    assert roles(scope) == []


def test_destroy_looks_again_also_for_what_an_interrupted_destroy_was_about_to_delete(
    patient: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    assert patient(f"create {VPC} --yes").code == 0
    state = json.loads(STATE.read_text())
    records = [{**record, "status": "deleting"} for record in state["records"]]
    STATE.write_text(sealed({**state, "records": records}))
    cloud.refuse("GetRole", "NoSuchEntity", status=404, times=3)
    ran = patient("destroy --yes")
    assert ran.code == 0
    assert "Looking again for athena, cloudformation, role" in ran.err
    assert roles(scope) == []


def test_create_looks_again_before_it_forgets_what_is_no_longer_wanted(
    patient: Bootstrap, cloud: Wire, scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No receipt follows a create: what is forgotten there in error nobody finds again."""
    monkeypatch.setattr(client, "Timing", lambda **options: replace(PATIENT, fresh=-1))
    assert patient(f"create {VPC} --yes").code == 0
    s3, looks = scope().client("s3"), count()
    s3.create_bucket(Bucket="mine")

    def hidden_once_there_is_a_plan(call: Call, carry: Carry) -> Any:
        if call.operation == "HeadBucket" and BUCKET in call.url and next(looks) in (1, 2, 3):
            return error_answer(call, "404", "", 404)
        return carry()

    cloud.between = hidden_once_there_is_a_plan
    ran = patient("create --integration upsolver-vpc --existing-bucket mine --yes")
    assert ran.code == 0, ran.err
    assert next(looks) > 4
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["mine"]


def test_what_stays_away_is_forgotten_and_said_to_be(bootstrap: Bootstrap, cloud: Wire, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    s3 = scope().client("s3")
    s3.delete_bucket(Bucket=BUCKET)
    ran = bootstrap("destroy --yes")
    assert ran.code == 0
    assert "Only removed from the state, see the plan: bucket." in ran.err


def test_a_list_that_lags_does_not_make_a_role_absent(bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(f"create {VPC} --yes")
    cloud.refuse("ListInstanceProfilesForRole", "NoSuchEntity", status=404)
    assert bootstrap("status --detailed-exitcode").code == 0


def test_a_lost_answer_is_a_success_also_when_aws_is_slow_to_show_the_resource(
    patient: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    def made_but_neither_told_nor_shown(call: Call, carry: Carry) -> Any:
        carry()
        cloud.refuse("GetRole", "NoSuchEntity", status=404, times=3)
        raise ConnectionClosedError(endpoint_url="https://pretended.aws")

    cloud.trick("CreateRole", made_but_neither_told_nor_shown)
    ran = patient(f"create {VPC} --yes")
    assert ran.code == 0, ran.err
    assert roles(scope) == ["UpsolverRole"]
    assert patient("destroy --yes").code == 0
    assert roles(scope) == []


def test_a_bucket_that_may_not_be_seen_is_neither_forgotten_nor_taken_for_a_strangers(
    bootstrap: Bootstrap, cloud: Wire
) -> None:
    bootstrap(f"create {VPC} --yes")
    cloud.refuse("HeadBucket", "403", status=403, times=9)
    for command in ("destroy --yes", "create --integration upsolver-vpc --yes"):
        ran = bootstrap(command)
        assert ran.code == 1
        assert f"s3:ListBucket on arn:aws:s3:::{BUCKET} is denied (403)" in ran.err
    assert "bucket" in STATE.read_text()


def test_what_this_deployment_made_cannot_be_brought_as_existing(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bootstrap(f"create {VPC} --yes")
    ran = bootstrap(f"create --integration upsolver-vpc --existing-bucket {BUCKET} --yes")
    assert ran.code == 1
    assert "this deployment created it" in ran.err
    assert scope().client("s3").head_bucket(Bucket=BUCKET)


def test_a_bucket_that_is_no_longer_wanted_but_holds_objects_stops_create_before_the_first_change(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bootstrap(f"create {VPC} --yes")
    s3 = scope().client("s3")
    s3.put_object(Bucket=BUCKET, Key="key", Body=b"data")
    s3.create_bucket(Bucket="mine")
    ran = bootstrap("create --integration upsolver-vpc --existing-bucket mine --yes")
    assert ran.code == 1
    assert f"bucket {BUCKET} still holds objects" in ran.err
    assert "nothing was changed" in ran.err


def test_a_strangers_statement_in_the_buckets_policy_is_shown_and_stops_destroy(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bootstrap(f"create {VPC} --yes")
    s3 = scope().client("s3")
    content = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    theirs = {
        "Sid": "Theirs",
        "Effect": "Allow",
        "Principal": {"AWS": "210987654321"},
        "Action": "s3:GetObject",
        "Resource": "*",
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({**content, "Statement": [*content["Statement"], theirs]}))
    assert "bucket policy statement Theirs: added by somebody else, left alone" in bootstrap("status").out
    ran = bootstrap("destroy --yes")
    assert ran.code == 1
    assert "somebody else added to it: bucket policy statement Theirs" in ran.err


def test_the_region_of_a_deployment_need_not_be_named_again(bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bootstrap(f"create {VPC} --region eu-west-1 --yes").code == 0
    monkeypatch.delenv("AWS_REGION")
    for command in ("create --integration upsolver-vpc --yes", "status --detailed-exitcode", "destroy --yes"):
        assert bootstrap(command).code == 0
    assert bootstrap(f"create {VPC} --yes").code == 1


def test_a_second_deployment_of_an_integration_is_not_made_by_oversight(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --name prod --yes")
    ran = bootstrap(f"create {VPC} --yes")
    assert ran.code == 64
    assert "Add --name prod for that one, or --name upsolver-vpc for another." in ran.err


def test_create_says_what_is_granted_widely_and_what_harden_does(bootstrap: Bootstrap) -> None:
    wide = bootstrap(f"plan {VPC}").out
    assert "Warning: PassServerRole: iam:PassRole on every role" in wide
    assert "Reason: " in wide
    assert "--harden limits it" in wide
    planned = bootstrap(f"plan {VPC} --harden")
    hardened = planned.out + planned.err
    for action in ("iam:PassRole", "iam:AddRoleToInstanceProfile", "iam:CreateServiceLinkedRole", "ec2:CreateTags"):
        assert f"Note: with --harden, {action} is " in hardened
    assert "Warning: PassServerRole" not in hardened


def test_arns_of_another_partition_are_refused_before_the_first_change(bootstrap: Bootstrap) -> None:
    ran = bootstrap(f"create {VPC} --permissions-boundary arn:aws-cn:iam::123456789012:policy/boundary --yes")
    assert ran.code == 1
    assert "--permissions-boundary: arn:aws-cn:iam::123456789012:policy/boundary is not in the partition aws" in ran.err


def test_a_bucket_that_the_inputs_bring_must_be_there(bootstrap: Bootstrap, scope: MakeScope) -> None:
    ran = bootstrap(f"create {VPC} --existing-bucket nobodys-bucket --yes")
    assert ran.code == 1
    assert "there is no bucket nobodys-bucket (and anyone could create one with that name)" in ran.err
    assert roles(scope) == []


def test_where_a_bucket_of_another_account_can_be_used_the_refusal_says_how(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("HeadBucket", "403", status=403, times=99)
    ran = bootstrap("create --integration biomodal-duet --existing-bucket acme-theirs --yes")
    assert ran.code == 1
    assert "bucket acme-theirs belongs to another account, or s3:ListBucket on it is missing (403)" in ran.err
    assert "If it belongs to another account, add --bucket-owner ACCOUNT." in ran.err
    planned = bootstrap("plan --integration biomodal-duet --existing-bucket acme-theirs --bucket-owner 210987654321")
    assert planned.code == 0


def test_a_create_that_did_not_finish_shows_in_status_and_outputs(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("CreateRole", "AccessDenied", status=403)
    assert bootstrap(f"create {VPC} --yes").code == 1
    assert bootstrap("destroy --dry-run").code == 0
    state = json.loads(STATE.read_text())
    STATE.write_text(json.dumps({**state, "records": [item for item in state["records"] if item["address"] == "bucket"]}))
    ran = bootstrap("status --detailed-exitcode")
    assert ran.code == 2
    assert "Create did not finish; still to be created: role, athena, cloudformation" in ran.out
    shown = bootstrap("outputs")
    assert shown.code == 1
    assert "not known yet, as create did not finish: Role ARN" in shown.err
    assert "Paste" not in shown.out


def test_a_policy_that_somebody_added_is_a_difference_for_status(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bootstrap(f"create {VPC} --yes")
    iam = scope().client("iam")
    iam.tag_role(RoleName="UpsolverRole", Tags=[{"Key": "cost", "Value": "7"}])
    assert bootstrap("status --detailed-exitcode").code == 0
    iam.attach_role_policy(RoleName="UpsolverRole", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    ran = bootstrap("status --detailed-exitcode")
    assert ran.code == 2
    assert "2 added by somebody else" in ran.out


def test_a_bucket_that_somebody_made_anew_is_left_alone(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    s3 = scope().client("s3")
    s3.delete_bucket(Bucket=BUCKET)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="theirs", Body=b"data")
    assert bootstrap("create --integration upsolver-vpc --yes").code == 1
    assert bootstrap("destroy --yes --delete-data").code == 1
    assert s3.get_object(Bucket=BUCKET, Key="theirs")["Body"].read() == b"data"


def test_a_strangers_profile_with_our_role_in_it_stops_destroy(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC.replace('upsolver-vpc', 'upsolver-private-vpc')} --yes")
    iam = scope().client("iam")
    name = {"InstanceProfileName": "UpsolverServerRole"}
    iam.remove_role_from_instance_profile(**name, RoleName="UpsolverServerRole")
    iam.delete_instance_profile(**name)
    iam.create_instance_profile(**name)
    iam.add_role_to_instance_profile(**name, RoleName="UpsolverServerRole")
    ran = bootstrap("destroy --yes")
    assert ran.code == 1
    assert "somebody else added to it: instance profile UpsolverServerRole" in ran.err
    assert sorted(roles(scope)) == ["UpsolverManagementRole", "UpsolverServerRole"]


def test_control_characters_never_reach_the_terminal(bootstrap: Bootstrap) -> None:
    ran = bootstrap("create", "--integration", "upsolver-vpc", "--inputs", "nope\x1b[31m", "--yes")
    assert ran.code == 64
    assert "\x1b" not in ran.err
    assert "nope\\x1b[31m" in ran.err


@pytest.mark.parametrize(
    ("looked", "code", "made"),
    [
        ("DescribeAddresses", "InvalidAllocationID.NotFound", "elastic-ip"),
        ("DescribeInstances", "InvalidInstanceID.NotFound", "vm"),
    ],
)
def test_what_has_no_name_and_does_not_show_for_a_moment_is_not_made_a_second_time(
    looked: str, code: str, made: str, patient: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    line = "create --integration biomodal-duet --bucket acme-duet --yes"
    assert patient(line).code == 0
    cloud.refuse(looked, code, times=2)
    again = patient(line)
    assert again.code == 0, again.err
    assert re.search(rf"Looking again for ([\w, -]+, )?{made}[,:]", again.err)
    ec2 = scope().client("ec2")
    assert len(ec2.describe_addresses()["Addresses"]) == len(ec2.describe_instances()["Reservations"]) == 1


@pytest.mark.parametrize("name", ["biomodal-duet", "upsolver-private-vpc"])
def test_what_was_made_just_now_is_not_gone_because_aws_is_slow_to_show_it(
    name: str, patient: Bootstrap, cloud: Wire
) -> None:
    line = f"--integration {name} {INPUTS[name]}"
    assert patient(f"create {line} --yes").code == 0
    for command in ("status --detailed-exitcode", f"plan {line} --detailed-exitcode", f"create {line} --yes"):
        cloud.between = Late(times=3)
        with cloud.recorded() as calls:
            ran = patient(command)
        assert ran.code == 0, ran.out + ran.err
        assert "gone" not in ran.out + ran.err
        assert ran.err.count("Looking again for ") == 1
        assert writes(calls) == []


@pytest.mark.parametrize("recorded_at", [{}, {"recorded_at": 1_600_000_000}], ids=["unknown", "long ago"])
def test_of_what_is_old_one_wrong_answer_is_not_believed_and_nothing_is_waited_for(
    recorded_at: dict[str, int], bootstrap: Bootstrap, cloud: Wire, scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state of an earlier version does not say when its records were written."""
    assert bootstrap(f"create {VPC} --yes").code == 0
    state = json.loads(STATE.read_text())
    records = [{key: value for key, value in item.items() if key != "recorded_at"} for item in state["records"]]
    STATE.write_text(sealed({**state, "records": [{**item, **recorded_at} for item in records]}))
    monkeypatch.setattr(client, "Timing", lambda **options: replace(PATIENT, settle=3600))
    cloud.between = Late(times=1)
    assert bootstrap("status --detailed-exitcode").code == 0
    cloud.between = lambda call, carry: carry()
    scope().client("s3").delete_bucket(Bucket=BUCKET)
    ran = bootstrap("status --detailed-exitcode")
    assert ran.code == 2
    assert "1 gone" in ran.out


def test_tags_of_an_adopt_that_show_late_are_waited_for(patient: Bootstrap, cloud: Wire, scope: MakeScope) -> None:
    """An adopt sets them on a role that exists, so the role shows before its tags do."""
    assert patient(f"create {VPC} --yes").code == 0
    STATE.unlink()
    iam, bucket_tags = scope().client("iam"), scope().client("s3").get_bucket_tagging(Bucket=BUCKET)["TagSet"]
    iam.untag_role(RoleName="UpsolverRole", TagKeys=[item["Key"] for item in bucket_tags])
    scope().client("s3").delete_bucket_tagging(Bucket=BUCKET)
    old: list[Any] = []

    def remembered(call: Call, carry: Carry) -> Any:
        old.append(carry())
        return old[-1]

    cloud.trick("GetRole", remembered)
    assert patient(f"adopt {VPC} --yes").code == 0
    for command in ("status --detailed-exitcode", f"create {VPC} --yes", "destroy --yes"):
        cloud.trick("GetRole", lambda call, carry: old[0], times=3)
        ran = patient(command)
        assert ran.code == 0, ran.out + ran.err
        assert "Looking again for athena, cloudformation, role: AWS may be slow to show it." in ran.err
    assert roles(scope) == []


def test_a_young_bucket_that_is_locked_and_not_in_the_list_of_buckets_yet_is_not_called_another_accounts(
    bootstrap: Bootstrap, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    monkeypatch.setattr(client, "Timing", lambda **options: PATIENT)
    listed = Counter[str]()

    def between(call: Call, carry: Carry) -> Any:
        listed[call.operation] += 1
        if call.operation == "ListBuckets" and listed["ListBuckets"] % 4:
            return answer("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>")
        if call.service != "s3" or call.operation == "ListBuckets":
            return carry()
        return error_answer(call, "403" if call.operation == "HeadBucket" else "AccessDenied", "Access Denied", 403)

    cloud.between = between
    for command in ("status", "destroy --yes"):
        ran = bootstrap(command)
        assert (ran.code, listed["ListBuckets"] >= 4) == (1, True)
        assert "? bucket" in ran.out + ran.err
        assert f"bucket {BUCKET} belongs to another account" not in ran.out + ran.err
        listed.clear()


def test_a_record_says_when_it_was_written_for_a_change_and_keeps_that_while_nothing_changes(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    def times() -> list[int]:
        return [item["recorded_at"] for item in json.loads(STATE.read_text())["records"]]

    before = int(time.time())
    bootstrap(f"create {VPC} --yes")
    first = times()
    assert all(before <= each <= time.time() for each in first)
    monkeypatch.setattr("bootstrap.engine.stages.Times", partial(Times, clock=lambda: 4_000_000_000.0))
    assert bootstrap(f"create {VPC} --harden --yes").code == 0
    assert {*times()} == {*first, 4_000_000_000}
