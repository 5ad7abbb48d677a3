"""`bootstrap permissions`: what it prints is enough for each verb, and says why."""

import json
import re
from typing import Any

import pytest

from bootstrap.backends.address import s3_address
from bootstrap.contract.authorization import OWN, Operator
from tests.cli.conftest import INPUTS, VPC, Bootstrap
from tests.support.wire import Wire

STATE = "s3://acme-state/prod.json"
DUET = f"--integration biomodal-duet {INPUTS['biomodal-duet']}"


def policies(printed: Any) -> list[dict[str, Any]]:
    return [printed] if "Statement" in printed else list(printed.values())


def actions(printed: Any) -> set[str]:
    return {action for each in policies(printed) for item in each["Statement"] for action in item["Action"]}


@pytest.fixture
def operator(cloud: Wire) -> Operator:
    """Between the command line and AWS."""
    operator = Operator()
    cloud.between = operator
    return operator


@pytest.mark.parametrize("place", ["", f" --state {STATE}"])
def test_with_the_policy_of_each_verb_that_verb_runs(
    place: str, bootstrap: Bootstrap, operator: Operator, scope: Any
) -> None:
    s3 = scope().client("s3")
    s3.create_bucket(Bucket="acme-state")
    s3.put_bucket_versioning(Bucket="acme-state", VersioningConfiguration={"Status": "Enabled"})
    name = "" if place else " --name upsolver-vpc"
    for verb, line in (
        ("create", f"create {VPC} --yes{place}"),
        ("status", f"status{name}{place}"),
        ("destroy", f"destroy --yes{name}{place}"),
    ):
        printed = bootstrap(f"permissions {VPC} --for {verb}{place}")
        operator.policies = {OWN: policies(printed.json)}
        ran = bootstrap(line)
        operator.policies = None
        assert ran.code == 0, (verb, ran.err)


def test_one_action_less_is_an_error_that_names_it(bootstrap: Bootstrap, operator: Operator) -> None:
    printed = bootstrap(f"permissions {VPC}").out.replace("iam:TagRole", "iam:UntagRole")
    operator.policies = {OWN: [json.loads(printed)]}
    ran = bootstrap(f"create {VPC} --yes")
    assert ran.code == 1
    assert "iam:TagRole" in ran.err


def test_names_account_and_region_are_real_where_sts_tells_and_patterns_where_not(
    bootstrap: Bootstrap, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"arn:aws:iam::{OWN}:role/UpsolverRole" in bootstrap(f"permissions {VPC}").out
    cloud.refuse("GetCallerIdentity", "ExpiredToken", "it has expired", times=20)
    ran = bootstrap(f"permissions {VPC}")
    assert "arn:*:iam::*:role/UpsolverRole" in ran.out
    assert "arn:*:s3:::*-upsolver-acme" in ran.out
    assert ran.err.startswith("Account and region are patterns")
    there = bootstrap(f"permissions {VPC} --region eu-west-1")
    assert "arn:aws:s3:::eu-west-1-upsolver-acme" in there.out
    assert there.err.startswith("The account is a pattern")


def test_of_a_deployment_that_is_there_account_and_names_are_known_also_where_sts_does_not_tell(
    bootstrap: Bootstrap, cloud: Wire
) -> None:
    bootstrap(f"create {VPC} --yes --role-prefix acme-")
    line = "permissions --integration upsolver-vpc --for destroy"
    with cloud.recorded() as calls:
        ran = bootstrap(line)
    assert [call.name for call in calls] == ["sts.GetCallerIdentity"]
    assert f"arn:aws:iam::{OWN}:role/acme-UpsolverRole" in ran.out
    cloud.refuse("GetCallerIdentity", "ExpiredToken", "it has expired", times=20)
    again = bootstrap(line)
    assert again.out == ran.out
    assert again.err.startswith("The operator is a pattern")


def test_who_will_run_it_can_be_named(bootstrap: Bootstrap) -> None:
    def asking(*words: str) -> list[str]:
        needs = bootstrap(f"permissions {VPC} --explain --json", *words).json
        return [need["arn"] for need in needs if need["action"] == "iam:SimulatePrincipalPolicy"]

    role = f"arn:aws:iam::{OWN}:role/ci/deployer"
    assert asking("--operator", role) == [role]
    assert asking() == [f"arn:aws:iam::{OWN}:role/*", f"arn:aws:iam::{OWN}:user/*"]
    for wrong, said in (
        ("deployer", "is not the ARN of a user or a role"),
        (f"arn:aws:sts::{OWN}:assumed-role/ci/me", "is not the ARN of a user or a role"),
        ("arn:aws:iam::210987654321:user/ann", f"does not belong to account {OWN}"),
    ):
        ran = bootstrap(f"permissions {VPC}", "--operator", wrong)
        assert ran.code == 64
        assert f"--operator: {wrong} {said}" in ran.err


def test_ids_are_real_once_they_are_known_and_what_has_none_yet_is_known_by_its_tags(bootstrap: Bootstrap) -> None:
    def ending(verb: str) -> dict[str, Any]:
        printed = bootstrap(f"permissions {DUET} --name duet --for {verb}").json
        [found] = [
            item for each in policies(printed) for item in each["Statement"] if "ec2:TerminateInstances" in item["Action"]
        ]
        return dict(found)

    ours = {"StringEquals": {"aws:ResourceTag/bootstrap:deployment": ["duet"]}}
    anything = [f"arn:aws:ec2:us-east-1:{OWN}:instance/*"]
    assert (ending("destroy")["Resource"], ending("destroy")["Condition"]) == (anything, ours)
    assert bootstrap(f"create {DUET} --name duet --yes").code == 0
    machine = bootstrap("state show --name duet --json").json["records"]
    [machine] = [item["outputs"]["instance_id"] for item in machine if item["address"] == "vm"]
    assert ending("destroy")["Resource"] == [f"arn:aws:ec2:us-east-1:{OWN}:instance/{machine}"]
    assert ending("destroy")["Condition"] == ours
    assert ending("all")["Resource"] == anything


def test_of_a_role_that_is_brought_by_its_name_the_path_is_open(bootstrap: Bootstrap, cloud: Wire) -> None:
    needs = bootstrap(f"permissions --integration aspera-atc {INPUTS['aspera-atc']} --explain --json").json
    attach = [need for need in needs if need["action"] == "iam:AttachRolePolicy" and need["account"] == "cluster"]
    assert [need["arn"].partition(":role")[2] for need in attach] == ["/atc-node", "/*/atc-node"]
    assert [need["wide"] for need in attach] == ["", "a role's name does not tell its path"]


def test_what_the_inputs_no_longer_want_create_may_delete(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    less = "permissions --integration upsolver-vpc --without-athena --for create"
    assert "iam:DetachRolePolicy" in actions(bootstrap(less).json)
    assert "iam:DetachRolePolicy" not in actions(bootstrap("permissions --integration upsolver-vpc --for create").json)


def test_more_than_iam_takes_in_one_policy_are_several_by_name(bootstrap: Bootstrap) -> None:
    printed = bootstrap(f"permissions {DUET}").json
    assert list(printed) == ["biomodal-duet-1", "biomodal-duet-2"]
    passing = [item for each in policies(printed) for item in each["Statement"] if "iam:PassRole" in item["Action"]]
    assert passing
    assert all("iam:PassedToService" in item["Condition"]["StringEquals"] for item in passing)
    assert "Statement" in bootstrap(f"permissions {DUET} --for destroy").json


def test_the_table_has_a_reason_for_each_action(bootstrap: Bootstrap) -> None:
    table = bootstrap(f"permissions {VPC} --explain").out
    needs = bootstrap(f"permissions {VPC} --explain --json").json
    assert all(need["reason"] and need["action"] in table for need in needs)
    assert "IAM asks for it, as the owner tags go into CreateRole" in " ".join(table.split())


def test_a_folder_of_states_says_why_it_is_so_wide() -> None:
    from bootstrap.core.account import EXAMPLE

    whole = s3_address("s3://acme-state/team/").needs(EXAMPLE)
    assert {need.arn: bool(need.wide) for need in whole} == {
        "arn:aws:s3:::acme-state": False,
        "arn:aws:s3:::acme-state/team/*": True,
    }


@pytest.mark.parametrize("place", ["", f" --state {STATE}"])
def test_the_hand_off_prints_the_command_for_the_policy_that_its_steps_take(
    place: str, bootstrap: Bootstrap, scope: Any
) -> None:
    """A bucket's key is known from the state."""
    s3, key = scope().client("s3"), f"arn:aws:kms:us-east-1:{OWN}:key/1"
    for name in ("acme-state", "acme-duet"):
        s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket="acme-state", VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket="acme-duet", ServerSideEncryptionConfiguration={"Rules": [rule]})
    made = bootstrap(f"create --integration biomodal-duet --existing-bucket acme-duet --yes --json{place}")
    assert made.code == 0, made.err
    [command] = re.findall(r"run: bootstrap (permissions .*--for.*)", bootstrap(f"outputs --name biomodal-duet{place}").out)
    printed = bootstrap(command)
    assert printed.code == 0, printed.err
    granted = actions(printed.json)
    log_in = {"ssm:StartSession", "ssm:ResumeSession", "ssm:TerminateSession", "ssmmessages:OpenDataChannel"}
    reading = {"s3:GetObject", "s3:ListBucket"} if place else set()
    assert granted == {*log_in, "s3:PutObject", "kms:GenerateDataKey", *reading}


def test_where_the_steps_take_nothing_in_aws_there_is_no_policy(bootstrap: Bootstrap) -> None:
    ran = bootstrap(f"permissions {VPC} --for handoff")
    assert (ran.code, ran.json) == (0, {})
    assert ran.err == "The steps of this hand-off need no permission in AWS.\n"
    written = bootstrap(f"permissions {VPC} --for handoff --output policies")
    assert (written.code, written.out) == (0, "")
    assert written.err == ran.err  # no policy is created or attached


def test_only_who_runs_in_a_cage_needs_to_exchange_credentials(bootstrap: Bootstrap) -> None:
    exchange = "sts:GetScopedCredentials"
    assert exchange not in actions(bootstrap(f"permissions {VPC}").json)
    for verb, needs in {"create": True, "destroy": True, "all": True, "status": False, "handoff": False}.items():
        printed = bootstrap(f"permissions {VPC} --for {verb} --cage")
        assert (exchange in printed.out) == needs, verb
    own = bootstrap(f"permissions --integration aspera-atc {INPUTS['aspera-atc']} --cage").json
    assert [exchange in actions(each) for each in own.values()] == [True] * len(own)
    assert "narrows the credentials of a run with --cage" in bootstrap(f"permissions {VPC} --cage --explain").out
