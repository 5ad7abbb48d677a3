"""Ours, and AWS does not allow reading it: neither gone nor somebody else's, and the rest is shown all the same."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import BUCKET, INPUTS, STATE, VPC, Bootstrap, writes
from tests.support.faults import DENIED
from tests.support.wire import Call, Carry, Wire, error_answer

ME = "arn:aws:sts::123456789012:assumed-role/Deployer/ann"
POLICY = "with an explicit deny in a resource-based policy"
OF_BUCKETS = "HeadBucket GetBucketTagging GetBucketPolicy GetBucketVersioning ListObjectVersions"
READS = {
    "biomodal-duet": {
        "GetRole": "iam_role iam_role_attachment iam_service_linked_role",
        "ListAttachedRolePolicies": "iam_role iam_role_attachment",
        "ListRolePolicies": "iam_role",
        "GetInstanceProfile": "iam_instance_profile",
        "HeadBucket": "s3_bucket",
        "GetBucketPolicy": "s3_bucket",
        "DescribeInstances": "ec2_instance",
        "DescribeAddresses": "ec2_elastic_ip ec2_address_association",
        "DescribeSecurityGroups": "ec2_security_group",
        "DescribeLaunchTemplates": "ec2_launch_template",
        "DescribeComputeEnvironments": "batch_compute_environment",
        "DescribeJobQueues": "batch_job_queue batch_compute_environment",
    },
    "upsolver-data-access": {
        "GetPolicy": "iam_policy iam_role_attachment",
        "ListPolicyVersions": "iam_policy",
        "GetRole": "iam_role iam_role_attachment iam_service_linked_role",
    },
}
"""Of each integration: reads that are refused together, with the types that cannot be shown then."""


def refusing(operations: str) -> Callable[[Call, Carry], Any]:
    def between(call: Call, carry: Carry) -> Any:
        return error_answer(call, *DENIED[call.service]) if call.operation in operations.split() else carry()

    return between


def locked(call: Call, carry: Carry) -> Any:
    """The bucket's own policy lets nobody in who is not named in it: HEAD has no words for that, all others have."""
    if call.service != "s3" or BUCKET not in call.url:
        return carry()
    if call.operation == "HeadBucket":
        return error_answer(call, "403", "", 403)
    action = f"s3:{call.operation}"
    words = f'User: {ME} is not authorized to perform: {action} on resource: "arn:aws:s3:::{BUCKET}" {POLICY}'
    return error_answer(call, "AccessDenied", words, 403)


@pytest.mark.parametrize("name", READS)
def test_what_may_not_be_read_is_a_state_of_its_own_and_stops_what_would_change_something(
    name: str, bootstrap: Bootstrap, cloud: Wire
) -> None:
    line = f"--integration {name} {INPUTS[name]}"
    assert bootstrap(f"create {line} --yes").code == 0
    state = next(STATE.parent.glob("*.json")).read_bytes()
    for operations, kinds in READS[name].items():
        cloud.between = refusing(operations)
        with cloud.recorded() as calls:
            for command in ("status --detailed-exitcode", f"plan {line}", "destroy --dry-run", f"create {line} --yes"):
                ran = bootstrap(f"{command} --json")
                plan = ran.last("plan")
                hidden = [item for item in plan["changes"] if item["action"] == "unreadable"]
                assert {item["kind"] for item in hidden} <= set(kinds.split()), (operations, command)
                assert ran.code == 1 and hidden, (operations, command)
                counts = Counter(item["action"] for item in plan["changes"])
                rest = "delete" if command.startswith("destroy") else "no-op"
                assert set(counts) - {"forget"} == {"unreadable", rest}, (operations, command)
                assert plan["summary"]["unreadable"] == counts["unreadable"]
                for item in hidden:
                    assert item["refusal"] and item["advice"], item
                    assert item["denial"]["action"].partition(":")[0] == item["kind"].partition("_")[0], item
        assert bootstrap("destroy --yes").code == 1
        assert writes(calls) == []
    assert next(STATE.parent.glob("*.json")).read_bytes() == state
    cloud.between = lambda call, carry: carry()
    assert bootstrap("status --detailed-exitcode").code == 0


def test_a_bucket_that_its_own_policy_locks_is_told_in_the_words_of_the_reads_that_have_some(
    bootstrap: Bootstrap, cloud: Wire
) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    cloud.between = locked
    ran = bootstrap("status")
    assert ran.code == 1
    assert "? bucket" in ran.out
    assert "Unknown: 1 cannot be read, 3 unchanged." in ran.out
    for command in ("status", f"plan {VPC}", f"create {VPC} --yes", "destroy --yes"):
        ran = bootstrap(command)
        assert ran.code == 1
        text = ran.out + ran.err
        assert POLICY in text
        assert f"aws s3api delete-bucket-policy --bucket {BUCKET}" in text
        assert "AssumeRoot" in text
        for untrue in ("gone", "to create", "will be created", "another name", "another account"):
            assert untrue not in text, (command, untrue)
    assert bootstrap(f"create {VPC} --yes --json").last("error")["denial"]["layer"] == "resource policy"


def test_beside_what_may_not_be_read_what_is_gone_and_what_has_changed_is_still_counted(
    bootstrap: Bootstrap, cloud: Wire, scope: Any
) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    scope().client("s3").delete_bucket(Bucket=BUCKET)
    cloud.between = refusing("ListRolePolicies")
    assert "Drift: 1 gone, 0 changed, 1 cannot be read, 2 unchanged." in bootstrap("status").out
    assert "Plan: 1 to create, 1 cannot be read, 2 unchanged." in bootstrap(f"plan {VPC}").out


@pytest.mark.parametrize(("deleting", "reading"), [("DeleteRole", "GetRole"), ("DeleteBucket", OF_BUCKETS)])
def test_a_receipt_does_not_call_gone_what_may_not_be_read_any_more(
    deleting: str, reading: str, bootstrap: Bootstrap, cloud: Wire
) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    refuse, deleted = refusing(reading), list[str]()

    def between(call: Call, carry: Carry) -> Any:
        deleted.extend([call.operation] * (call.operation == deleting))
        return refuse(call, carry) if deleted else carry()

    cloud.between = between
    ran = bootstrap("destroy --yes --json")
    assert ran.code == 1
    unknown = ran.last("receipt")["unknown"]
    assert ran.last("receipt")["left"] == []
    assert ("iam_role" if deleting == "DeleteRole" else "s3_bucket") in {item["kind"] for item in unknown}
    assert all("another name" not in item["advice"] for item in unknown)
    records = json.loads(STATE.read_text())["records"]
    assert {record["address"] for record in records} == {item["address"] for item in unknown}
    cloud.between = lambda call, carry: carry()
    assert bootstrap("destroy --yes").code == 0


def stranger(words: str, *, listing: bool = True) -> Callable[[Call, Carry], Any]:
    """By now the name is another account's: HEAD says nothing, all other calls the words. `listing` says whether the caller
    may list the buckets of their own account."""

    def between(call: Call, carry: Carry) -> Any:
        if call.operation == "ListBuckets" and not listing:
            return error_answer(call, "AccessDenied", "Access Denied", 403)
        if call.service != "s3" or BUCKET not in call.url or call.operation == "ListBuckets":
            return carry()
        head = call.operation == "HeadBucket"
        return error_answer(call, "403" if head else "AccessDenied", "" if head else words, 403)

    return between


BY_POLICY = f"User: {ME} is not authorized to perform: s3:GetBucketPolicy on resource: arn:aws:s3:::{BUCKET} "
ANSWERS = {
    "without words": "Access Denied",
    "with those of its policy": BY_POLICY + "because no resource-based policy allows the s3:GetBucketPolicy action",
    "with those of its organization": BY_POLICY + "with an explicit deny in a resource control policy",
}


@pytest.mark.parametrize("listing", [True, False])
@pytest.mark.parametrize("words", ANSWERS.values(), ids=list(ANSWERS))
def test_a_strangers_bucket_stops_nothing_but_its_own_name(
    words: str, listing: bool, bootstrap: Bootstrap, cloud: Wire
) -> None:
    """Whatever it answers, the rest of the plan is shown, and the way out is another name."""
    cloud.between = stranger(words, listing=listing)
    for command in (f"plan {VPC}", f"create {VPC} --yes"):
        with cloud.recorded() as calls:
            ran = bootstrap(f"{command} --json")
        assert ran.code == 1
        plan = {item["address"]: item for item in ran.last("plan")["changes"]}
        assert plan["role"]["action"] == "create"
        assert "nother name" in plan["bucket"]["advice"]
        whose = f"bucket {BUCKET} belongs to another account" if listing else "it belongs to another account, or"
        assert whose in plan["bucket"]["refusal"]
        assert writes(calls) == []


def test_a_role_of_which_nobody_may_know_is_shown_beside_what_can_be_made(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.between = refusing("GetRole")
    ran = bootstrap(f"plan {VPC} --json")
    assert ran.code == 1
    plan = {item["address"]: item for item in ran.last("plan")["changes"]}
    assert (plan["bucket"]["action"], plan["role"]["action"]) == ("create", "unreadable")
    assert "--role-prefix" in plan["role"]["advice"] and "iam:GetRole" in plan["role"]["advice"]
    assert ran.last("error")["denial"]["action"] == "iam:GetRole"


def test_a_recorded_name_that_another_account_has_by_now_is_forgotten(bootstrap: Bootstrap, cloud: Wire, scope: Any) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    scope().client("s3").delete_bucket(Bucket=BUCKET)
    cloud.between = stranger(ANSWERS["without words"])
    for command in ("status", f"plan {VPC}"):
        ran = bootstrap(command)
        text = ran.out + ran.err
        assert f"bucket {BUCKET} belongs to another account" in text
        assert "bootstrap state rm bucket" in text
        assert "delete-bucket-policy" not in text
    ran = bootstrap("destroy --yes --json")
    assert ran.code == 0
    assert {item["address"]: item["action"] for item in ran.last("plan")["changes"]}["bucket"] == "forget"
    assert [item for item in ran.last("receipt")["left"] if item] == []


def test_a_recorded_bucket_that_only_denies_and_is_in_the_list_is_not_to_be_forgotten(
    bootstrap: Bootstrap, cloud: Wire
) -> None:
    """Without words, nothing but the list of buckets tells it from one that another account has by now."""
    assert bootstrap(f"create {VPC} --yes").code == 0
    cloud.between = stranger(ANSWERS["without words"])
    for command in ("status", f"plan {VPC}", "destroy --yes"):
        ran = bootstrap(command)
        text = ran.out + ran.err
        assert ran.code == 1
        assert "AWS lists it in this account" in text and "delete-bucket-policy" in text
        assert "state rm" not in text and "now belongs to another account" not in text
    assert "bucket" in {record["address"] for record in json.loads(STATE.read_text())["records"]}


def test_where_buckets_may_not_be_listed_both_reasons_are_named_and_the_command_works(
    bootstrap: Bootstrap, cloud: Wire, scope: Any
) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    scope().client("s3").delete_bucket(Bucket=BUCKET)
    cloud.between = stranger(ANSWERS["without words"], listing=False)
    for command in ("status", f"plan {VPC}", "destroy --yes"):
        ran = bootstrap(command)
        assert ran.code == 1
        [line] = {line.strip() for line in (ran.out + ran.err).splitlines() if "now belongs to another account" in line}
        assert "delete-bucket-policy" in ran.out + ran.err
    assert bootstrap(f"{line.partition('bootstrap ')[2]} --yes").code == 0
    assert bootstrap("destroy --yes").code in (0, 1)
    assert not any(record["kind"] == "s3_bucket" for record in json.loads(STATE.read_text())["records"])
