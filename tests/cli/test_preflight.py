"""What the caller may do is asked before the first change: the simulator's double reads what users and roles really have."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from bootstrap.sandbox.moto import simulation
from tests.cli.conftest import INPUTS, STATE, VPC, Bootstrap, Ran, writes
from tests.conftest import MakeScope
from tests.support.wire import Call, Wire, answer, error_answer

ACCOUNT, OTHER = "123456789012", "210987654321"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/UpsolverRole"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/ann"
SIMULATE = "iam.SimulatePrincipalPolicy"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}

Grant = Callable[..., None]
"""Gives the caller these statements, and no others."""


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def denied(*actions: str) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": "*"}


def allowed_but(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "NotAction": list(actions), "Resource": "*"}


@pytest.fixture
def iam(scope: MakeScope) -> Any:
    return scope().client("iam")


def call_as(cloud: Wire, caller: str) -> None:
    """From now on AWS says that the keys are those of the caller with this ARN."""
    result = f"<Arn>{caller}</Arn><UserId>1</UserId><Account>{ACCOUNT}</Account>"
    content = (
        f"<GetCallerIdentityResponse><GetCallerIdentityResult>{result}</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    cloud.trick("GetCallerIdentity", lambda call, carry: answer(content), times=100)


@pytest.fixture
def ann(iam: Any, cloud: Wire) -> Grant:
    """The caller is a user."""
    call_as(cloud, iam.create_user(UserName="ann")["User"]["Arn"])

    def grant(*statements: dict[str, Any]) -> None:
        iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=document(*statements))

    return grant


def make_operator(iam: Any, *statements: dict[str, Any], trusts: str = ACCOUNT, **more: str) -> str:
    """A role whose path a session's ARN does not tell."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": trusts}}
    role = iam.create_role(RoleName="operator", Path="/teams/data/", AssumeRolePolicyDocument=document(trust), **more)[
        "Role"
    ]
    iam.put_role_policy(RoleName="operator", PolicyName="own", PolicyDocument=document(*statements))
    return str(role["Arn"])


def missing(ran: Ran) -> set[str]:
    """The actions of the lines with an exclamation mark."""
    lines = [line.split() for line in (ran.out + ran.err).splitlines() if line.startswith("  ! ")]
    return {next(word for word in words if ":" in word and not word.startswith("arn:")) for words in lines}


def changes(calls: list[Call]) -> list[str]:
    """Of calls that may change something, those that are not the test's own."""
    return [call for call in writes(calls) if call not in (SIMULATE, "iam.PutUserPolicy")]


def test_create_is_refused_with_all_that_is_missing_before_the_first_change(
    bootstrap: Bootstrap, cloud: Wire, ann: Grant
) -> None:
    ann(allowed_but("iam:PutRolePolicy", "iam:AttachRolePolicy", "s3:CreateBucket"))
    with cloud.recorded() as calls:
        refused = bootstrap(f"create {VPC} --yes")
    assert refused.code == 1
    assert missing(refused) == {"iam:PutRolePolicy", "iam:AttachRolePolicy", "s3:CreateBucket"}
    assert "4 permissions are missing; nothing was changed" in refused.err
    assert "add --no-preflight" in refused.err
    assert changes(calls) == []
    assert not STATE.exists()


def test_quiet_shows_what_is_missing_and_the_policy_to_ask_for(bootstrap: Bootstrap, ann: Grant) -> None:
    ann(allowed_but("s3:CreateBucket"))
    refused = bootstrap(f"create {VPC} --yes --quiet")
    assert refused.code == 1
    assert "s3:CreateBucket" in missing(refused)
    assert "Policy to ask for" in refused.err
    assert "--no-preflight" in refused.err


def test_the_policy_to_ask_for_is_all_that_was_missing(bootstrap: Bootstrap, ann: Grant) -> None:
    reads = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "iam:Get*", "iam:List*"], "Resource": "*"}
    ann(reads)
    refused = bootstrap(f"plan {VPC} --json")
    assert refused.code == 1
    error = refused.last("error")
    assert error["kind"] == "PlanRefused"
    told = refused.last("preflight")
    assert len(error["problems"]) == told["missing"] > 5
    assert f"iam:CreateRole on {ROLE}: no policy allows it (creates iam_role UpsolverRole)" in error["problems"]
    [[policy]] = told["policies"].values()
    ann(reads, *policy["Statement"])
    made = bootstrap(f"create {VPC} --yes")
    assert made.code == 0, made.err
    assert re.search(r"^\d+ permissions checked: all allowed, as far as AWS says\.$", made.err, re.MULTILINE)
    assert " missing" not in made.err
    assert bootstrap("destroy --yes").code == 0


def test_what_could_not_be_taken_away_again_is_said_before_it_is_made(bootstrap: Bootstrap, cloud: Wire, ann: Grant) -> None:
    ann(allowed_but("iam:DeleteRole"))
    for line in (f"plan {VPC}", f"create {VPC} --yes"):
        ran = bootstrap(line)
        assert ran.code == 0
        said = ran.err if line.startswith("create") else ran.out + ran.err
        assert missing(ran) == {"iam:DeleteRole"}
        assert "Permissions for deleting it again:" in said
        assert "Permissions for this run:" not in said
        assert "Warning: you may create this, but not delete it: 1 permission is missing." in said
    assert "Warning: you may create this" in ran.err.partition("role:")[0]
    refused = bootstrap("destroy --yes")
    assert refused.code == 1
    assert missing(refused) == {"iam:DeleteRole"}


def test_plan_and_destroy_are_refused_too(bootstrap: Bootstrap, cloud: Wire, ann: Grant) -> None:
    ann(ALL)
    assert bootstrap(f"create {VPC} --yes").code == 0
    ann(ALL, denied("iam:DetachRolePolicy", "s3:DeleteBucket"))
    with cloud.recorded() as calls:
        for line in ("destroy --yes", "destroy --dry-run"):
            refused = bootstrap(line)
            assert refused.code == 1
            assert missing(refused) == {"iam:DetachRolePolicy", "s3:DeleteBucket"}
            assert "a policy denies it" in refused.out + refused.err
        planned = bootstrap(f"plan {VPC} --tag team=data")
        assert planned.code == 0, planned.out  # what stays is not asked about
        ann(ALL, denied("iam:TagRole"))
        planned = bootstrap(f"plan {VPC} --tag team=data")
    assert planned.code == 1
    assert missing(planned) == {"iam:TagRole"}
    assert changes(calls) == []


def test_who_knows_better_than_the_simulation_goes_on(bootstrap: Bootstrap, cloud: Wire, ann: Grant) -> None:
    for line in (f"plan {VPC}", f"create {VPC} --yes", "destroy --dry-run", "destroy --yes"):
        ran = bootstrap(f"{line} --no-preflight")
        assert ran.code == 0, ran.err
    assert SIMULATE not in cloud.names


def test_where_there_is_nothing_to_do_nothing_is_asked(bootstrap: Bootstrap, cloud: Wire, ann: Grant) -> None:
    ann(ALL)
    bootstrap(f"create {VPC} --yes")
    ann(denied("*"))
    with cloud.recorded() as calls:
        assert bootstrap(f"create {VPC} --yes").code == 0
        assert bootstrap(f"plan {VPC}").code == 0
    assert SIMULATE not in [call.name for call in calls]


def test_a_simulation_that_is_denied_is_unknown_in_one_line_and_stops_nothing(
    bootstrap: Bootstrap, cloud: Wire, ann: Grant
) -> None:
    cloud.refuse("SimulatePrincipalPolicy", "AccessDenied", "you may not simulate", status=403, times=100)
    checked = bootstrap(f"check {VPC}")
    assert checked.code == 0
    assert bootstrap(f"check {VPC} --detailed-exitcode").code == 2
    lines = [
        line for line in checked.out.splitlines() if "you may not simulate: iam:SimulatePrincipalPolicy is denied" in line
    ]
    assert [line[:4] for line in lines] == ["24 p"]
    assert " + " not in checked.out
    assert "allowed" not in checked.out.replace("not allowed", "")
    made = bootstrap(f"create {VPC} --yes")
    assert made.code == 0
    [line] = [text for text in made.err.splitlines() if "you may not simulate" in text]
    assert re.match(r"\d+ permissions could not be checked: .*: iam:SimulatePrincipalPolicy is denied", line)
    assert "  ? " in bootstrap("create --integration upsolver-vpc --tag a=b --yes --verbose").err


def test_check_tells_what_is_allowed_and_changes_nothing(
    bootstrap: Bootstrap, cloud: Wire, ann: Grant, tmp_path: Path
) -> None:
    ann(ALL)
    with cloud.recorded() as calls:
        checked = bootstrap(f"check {VPC} --detailed-exitcode")
    assert checked.code == 0, checked.out
    verdict = "24 permissions checked: all allowed, as far as AWS says.\n"
    assert checked.out == f"\n{verdict}Each permission with its reason: add --verbose.\n"
    whole = bootstrap(f"check {VPC} --verbose").out
    assert whole.index(verdict) < whole.index("  + role")
    assert "No answer included service control policies." in whole
    assert changes(calls) == []
    assert list(tmp_path.iterdir()) == []
    ann(allowed_but("iam:CreateRole", "s3:DeleteBucket"))
    refused = bootstrap(f"check {VPC} --json")
    assert refused.code == 1
    verdicts = {(item["action"], item["when"]): item["verdict"] for item in refused.last("preflight")["permissions"]}
    assert [key for key, verdict in verdicts.items() if verdict == "missing"] == [
        ("iam:CreateRole", "now"),
        ("s3:DeleteBucket", "later"),
    ]


def test_what_is_recorded_is_asked_about_by_its_id(bootstrap: Bootstrap, scope: MakeScope, ann: Grant) -> None:
    ann(ALL)
    assert bootstrap(f"create --integration biomodal-duet {INPUTS['biomodal-duet']} --yes").code == 0
    ec2 = scope().client("ec2")
    [machine] = [item["InstanceId"] for found in ec2.describe_instances()["Reservations"] for item in found["Instances"]]
    this = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/{machine}"
    ann(ALL, {**denied("ec2:TerminateInstances"), "Resource": this})
    for line in ("destroy --dry-run", "check"):
        refused = bootstrap(line)
        assert refused.code == 1
        assert missing(refused) == {"ec2:TerminateInstances"}
        assert this in refused.out
    ann(allowed_but("ec2:TerminateInstances"), {"Effect": "Allow", "Action": "ec2:TerminateInstances", "Resource": this})
    assert bootstrap("destroy --dry-run").code == 0


def test_a_machine_that_is_made_anew_takes_the_right_to_pass_its_role(
    bootstrap: Bootstrap, scope: MakeScope, ann: Grant
) -> None:
    line = f"--integration biomodal-duet {INPUTS['biomodal-duet']}"
    ann(ALL)
    assert bootstrap(f"create {line} --yes").code == 0
    ec2 = scope().client("ec2")
    [machine] = [item["InstanceId"] for found in ec2.describe_instances()["Reservations"] for item in found["Instances"]]
    ec2.terminate_instances(InstanceIds=[machine])
    ann(allowed_but("iam:PassRole"))
    refused = bootstrap(f"plan {line}")
    assert refused.code == 1
    assert missing(refused) == {"iam:PassRole"}


def test_conditions_on_policies_and_boundaries_are_known_to_be_met_or_not(bootstrap: Bootstrap, ann: Grant) -> None:
    attach, limit = ["iam:AttachRolePolicy", "iam:DetachRolePolicy"], "arn:aws:iam::aws:policy/PowerUserAccess"
    others = {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}
    ann(allowed_but(*attach), {"Effect": "Allow", "Action": attach, "Resource": "*", "Condition": others})
    assert missing(bootstrap(f"plan {VPC}")) == set(attach)
    bounded = {"Effect": "Allow", "Action": "iam:CreateRole", "Resource": "*"}
    ann(allowed_but("iam:CreateRole"), {**bounded, "Condition": {"StringEquals": {"iam:PermissionsBoundary": limit}}})
    assert bootstrap(f"check {VPC} --permissions-boundary {limit} --detailed-exitcode").code == 0
    assert bootstrap(f"check {VPC} --detailed-exitcode").code == 2


def test_check_of_a_deployment_is_about_taking_it_away(bootstrap: Bootstrap, ann: Grant) -> None:
    ann(ALL)
    bootstrap(f"create {VPC} --name prod --yes")
    assert bootstrap("check").code == 0
    ann(allowed_but("iam:DeleteRole"))
    refused = bootstrap("check --name prod")
    assert refused.code == 1
    assert missing(refused) == {"iam:DeleteRole"}
    assert "Permissions for this run:" not in refused.out


def test_what_hangs_on_a_condition_that_nobody_can_see_is_unknown(bootstrap: Bootstrap, ann: Grant) -> None:
    ann({**ALL, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}})
    checked = bootstrap(f"check {VPC} --detailed-exitcode")
    assert checked.code == 2
    assert "a policy has a condition on aws:MultiFactorAuthPresent" in checked.out
    assert missing(checked) == set()


FORCES_MFA = {
    "Effect": "Deny",
    "NotAction": "sts:GetCallerIdentity",
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}
"""AWS's own example: without the key, as in a simulation, it denies."""


def test_a_deny_that_may_hang_on_a_key_that_nobody_knows_is_unknown(bootstrap: Bootstrap, cloud: Wire, ann: Grant) -> None:
    ann(ALL, FORCES_MFA)
    checked = bootstrap(f"check {VPC} --detailed-exitcode")
    assert checked.code == 2
    assert "a policy denies it, which may have a condition on aws:MultiFactorAuthPresent" in checked.out
    assert missing(checked) == set()
    assert bootstrap(f"plan {VPC}").code == 0
    assert cloud.names.count("iam.GetContextKeysForPrincipalPolicy") == 2  # once a run
    cloud.refuse("GetContextKeysForPrincipalPolicy", "AccessDenied", status=403)
    assert "s3:CreateBucket" in missing(bootstrap(f"plan {VPC}"))


def test_a_deny_whose_keys_are_all_known_is_certain(bootstrap: Bootstrap, ann: Grant) -> None:
    known = {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}, "Null": {"ec2:CreateAction": "true"}}
    ann(ALL, {**denied("s3:CreateBucket"), "Condition": known})
    assert missing(bootstrap(f"plan {VPC}")) == {"s3:CreateBucket"}


def test_conditions_on_what_we_send_are_met(bootstrap: Bootstrap, ann: Grant) -> None:
    conditions = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}, "Bool": {"aws:SecureTransport": "true"}}
    ann({**ALL, "Condition": conditions})
    assert bootstrap(f"check {VPC} --detailed-exitcode").code == 0
    ann(ALL, {**denied("s3:*"), "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}})
    assert "a policy denies it" in bootstrap(f"check {VPC}").out


def test_the_role_behind_a_session_is_found_with_its_path(bootstrap: Bootstrap, cloud: Wire, iam: Any) -> None:
    role = make_operator(iam, allowed_but("s3:CreateBucket"))
    call_as(cloud, SESSION)
    refused = bootstrap(f"create {VPC} --yes")
    assert missing(refused) == {"s3:CreateBucket"}
    assert all(f"PolicySourceArn={role}&" in call.text for call in cloud.calls if call.name == SIMULATE)


def test_a_role_that_may_not_be_looked_at_is_simulated_by_its_name(bootstrap: Bootstrap, cloud: Wire, iam: Any) -> None:
    make_operator(iam, ALL)
    call_as(cloud, SESSION)
    cloud.trick("GetRole", lambda call, carry: refused_about(call, "operator"), times=20)
    checked = bootstrap(f"check {VPC} --detailed-exitcode")
    assert checked.code == 2
    assert f"The role with the ARN arn:aws:iam::{ACCOUNT}:role/operator cannot be found" in checked.out


def refused_about(call: Call, role: str) -> Any:
    if f"RoleName={role}" not in call.text:
        return None
    error = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
    return answer(f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>", 403)


def unknown(ran: Ran) -> dict[str, str]:
    """The reasons of what is not known, with the actions that they are for."""
    lines = (ran.out + ran.err).splitlines()
    return {line.strip(): lines[number + 1].strip() for number, line in enumerate(lines) if line.startswith("  ? ")}


def test_a_boundary_that_does_not_allow_it_is_named_and_stops_nothing(bootstrap: Bootstrap, cloud: Wire, iam: Any) -> None:
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document(allowed_but("s3:CreateBucket")))["Policy"]["Arn"]
    make_operator(iam, allowed_but("iam:CreateRole"), PermissionsBoundary=limit)
    call_as(cloud, SESSION)
    planned = bootstrap(f"check {VPC}")
    assert missing(planned) == {"iam:CreateRole"}  # it is missing without the boundary, too
    [(why, actions)] = unknown(planned).items()
    assert "the permissions boundary does not allow it according to the simulation" in why
    assert actions == "s3:CreateBucket"
    iam.put_role_policy(RoleName="operator", PolicyName="own", PolicyDocument=document(ALL))
    planned = bootstrap(f"plan {VPC}")
    assert planned.code == 0, planned.out
    assert list(unknown(planned).values()) == ["s3:CreateBucket"]


def test_a_boundary_that_the_answer_is_silent_about_is_unknown(bootstrap: Bootstrap, cloud: Wire, iam: Any) -> None:
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document(ALL))["Policy"]["Arn"]
    make_operator(iam, ALL, PermissionsBoundary=limit)
    call_as(cloud, SESSION)
    assert bootstrap(f"check {VPC} --detailed-exitcode").code == 0
    detail = re.compile("<PermissionsBoundaryDecisionDetail>.*?</PermissionsBoundaryDecisionDetail>", re.DOTALL)

    def without_detail(call: Call, carry: Callable[[], Any]) -> Any:
        return answer(detail.sub("", carry().content.decode()))

    cloud.trick("SimulatePrincipalPolicy", without_detail, times=100)
    checked = bootstrap(f"check {VPC} --detailed-exitcode")
    assert checked.code == 2
    assert "the answer does not include the permissions boundary" in checked.out


def guard(scope: MakeScope, *statements: dict[str, Any]) -> None:
    """The account is in an organization with these guardrails."""
    organizations = scope().aws.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_policy(
        Content=document(*statements), Description="d", Name="guard", Type="SERVICE_CONTROL_POLICY"
    )
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=ACCOUNT)


def test_a_service_control_policy_is_named_and_stops_nothing(bootstrap: Bootstrap, scope: MakeScope, ann: Grant) -> None:
    ann(ALL)
    guard(scope, denied("s3:CreateBucket"))
    planned = bootstrap(f"plan {VPC}")
    assert planned.code == 0, planned.out
    [(why, actions)] = unknown(planned).items()
    assert "a service control policy of the organization does not allow it according to the simulation" in why
    assert actions == "s3:CreateBucket"
    assert missing(planned) == set()
    checked = bootstrap(f"check {VPC} --detailed-exitcode")
    assert checked.code == 2
    assert "told of service control policies" not in checked.out


def test_what_is_missing_stays_missing_behind_a_service_control_policy(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope, ann: Grant
) -> None:
    ann(allowed_but("s3:CreateBucket", "iam:CreateRole"))
    guard(scope, denied("s3:CreateBucket"))
    refused = bootstrap(f"plan {VPC}")
    assert refused.code == 1
    assert missing(refused) == {"s3:CreateBucket", "iam:CreateRole"}
    assert unknown(refused) == {}
    asked_again = [call for call in cloud.calls if "PolicyExclusionList" in call.text]
    assert len(asked_again) == 1
    cloud.trick("SimulatePrincipalPolicy", refuses_to_leave_out, times=100)
    planned = bootstrap(f"plan {VPC}")
    assert missing(planned) == {"iam:CreateRole"}
    assert list(unknown(planned).values()) == ["s3:CreateBucket"]


def refuses_to_leave_out(call: Call, carry: Callable[[], Any]) -> Any:
    return error_answer(call, "InvalidInput", "not supported here", 400) if "PolicyExclusionList" in call.text else None


MACHINES = {"ec2:RunInstances": "arn:aws:ec2:*:*:instance/*"}
VOLUMES = {"ec2:RunInstances": "arn:aws:ec2:*:*:volume/*"}
CREATING = ("iam:CreateRole", "iam:CreatePolicy", "iam:CreateInstanceProfile", "s3:CreateBucket", "batch:Create*Queue")
MADE = dict.fromkeys(CREATING, "*")
KEYS = ["CostCenter", "Name", "bootstrap:deployment", "bootstrap:address", "bootstrap:lineage"]
GUARDS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "IMDSv2": (MACHINES, {"StringNotEquals": {"ec2:MetadataHttpTokens": "required"}}),
    "a hop limit": (MACHINES, {"StringNotEquals": {"ec2:MetadataHttpPutResponseHopLimit": ["1", "2"]}}),
    "small machines": (MACHINES, {"StringNotLike": {"ec2:InstanceType": ["t3.*", "m*", "c*", "r*"]}}),
    "encryption": (VOLUMES, {"Bool": {"ec2:Encrypted": "false"}}),
    "encryption, told": (VOLUMES, {"Null": {"ec2:Encrypted": "true"}}),
    "a type of volume": (VOLUMES, {"StringNotEquals": {"ec2:VolumeType": "gp3"}}),
    "images of Amazon": (
        {"ec2:RunInstances": "arn:aws:ec2:*::image/*"},
        {"StringNotEquals": {"ec2:Owner": "amazon"}},
    ),
    "a tag": ({**MADE, **MACHINES}, {"Null": {"aws:RequestTag/CostCenter": "true"}}),
    "a tag with a value": ({**MADE, **MACHINES}, {"StringNotEquals": {"aws:RequestTag/CostCenter": "x"}}),
    "no other tags": ({**MADE, **MACHINES}, {"ForAnyValue:StringNotEquals": {"aws:TagKeys": KEYS}}),
    "a region": ({"*": "*"}, {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}),
    "a region of EC2": ({"ec2:*": "*"}, {"StringNotEquals": {"ec2:Region": "us-east-1"}}),
    "who": ({"*": "*"}, {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/teams/*"}}),
    "who, by a tag": ({"*": "*"}, {"StringNotEquals": {"aws:PrincipalTag/team": "data"}}),
    "owners of objects": (
        {"s3:CreateBucket": "*"},
        {"StringNotEquals": {"s3:x-amz-object-ownership": "BucketOwnerEnforced"}},
    ),
    "signatures": ({"s3:*": "*"}, {"StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}),
    "TLS": ({"*": "*"}, {"Bool": {"aws:SecureTransport": "false"}}),
    "linked roles": (
        {"iam:CreateServiceLinkedRole": "*"},
        {"StringNotLike": {"iam:AWSServiceName": ["batch.*", "spot.*"]}},
    ),
}


def test_guardrails_that_the_requests_pass_are_known_to_be_passed(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope, iam: Any
) -> None:
    """The keys that only service control policies test are told to nobody, so they are all sent."""
    make_operator(iam, ALL, Tags=[{"Key": "team", "Value": "data"}])  # type: ignore[arg-type]
    call_as(cloud, SESSION)
    guards = [
        {"Effect": "Deny", "Action": action, "Resource": arn, "Condition": condition}
        for actions, condition in GUARDS.values()
        for action, arn in actions.items()
    ]
    guard(scope, *guards)
    inputs = f"--integration biomodal-duet {INPUTS['biomodal-duet']}"
    planned = bootstrap(f"plan {inputs}")
    assert planned.code == 0, planned.out  # what an organization forbids, only AWS knows for certain
    [actions] = unknown(planned).values()
    assert set(actions.split(", ")) >= {"iam:CreateRole", "s3:CreateBucket", "ec2:RunInstances"}
    made = bootstrap(f"create {inputs} --tag CostCenter=x --yes --json")
    assert made.code == 0, made.err
    assert [item for item in made.objects if item["type"] == "preflight"] == []


@pytest.mark.parametrize(
    ("caller", "why"),
    [
        (f"arn:aws:iam::{ACCOUNT}:root", "the root user cannot be simulated; only users and roles can"),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/ann", "federated-user/ann cannot be simulated"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/gone/ann", "gone"),
    ],
)
def test_who_cannot_be_simulated_is_unknown(caller: str, why: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    call_as(cloud, caller)
    checked = bootstrap(f"check {VPC} --detailed-exitcode")
    assert checked.code == 2, checked.err
    assert why in checked.out
    assert SIMULATE not in cloud.names


def test_actions_that_aws_does_not_take_together_are_asked_one_by_one(bootstrap: Bootstrap, cloud: Wire, ann: Grant) -> None:
    ann(allowed_but("iam:CreateRole"))
    cloud.refuse("SimulatePrincipalPolicy", "InvalidInput", "Actions require different authorization information.", times=3)
    assert missing(bootstrap(f"plan {VPC}")) == {"iam:CreateRole"}


def test_all_pages_are_read(bootstrap: Bootstrap, ann: Grant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "USUAL_PAGE", 1)
    ann(ALL)
    assert bootstrap(f"check {VPC} --detailed-exitcode").code == 0


def test_a_plan_is_asked_about_in_few_requests(bootstrap: Bootstrap, cloud: Wire, ann: Grant) -> None:
    ann(ALL)
    bootstrap(f"check {VPC}")
    assert cloud.names.count(SIMULATE) <= 9


def test_each_account_is_asked_about_its_own_caller(
    bootstrap: Bootstrap, cloud: Wire, iam: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=document(ALL))
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    node = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    iam.create_role(RoleName="atc-node", AssumeRolePolicyDocument=document(node))
    sts = boto3.client("sts", region_name="us-east-1")
    door = f"arn:aws:iam::{OTHER}:role/OrganizationAccountAccessRole"
    keys = sts.assume_role(RoleArn=door, RoleSessionName="test")["Credentials"]
    there = boto3.client(
        "iam",
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    role = make_operator(there, allowed_but("iam:CreateRole", "iam:DeletePolicy"), trusts=f"arn:aws:iam::{ACCOUNT}:user/ann")
    refused = bootstrap(f"plan --integration aspera-atc {INPUTS['aspera-atc'].replace(door, role)} --json")
    assert refused.code == 1, refused.err
    told = refused.last("preflight")
    assert {(item["account"], item["action"]) for item in told["permissions"] if item["verdict"] == "missing"} == {
        ("s3", "iam:CreateRole"),
        ("s3", "iam:DeletePolicy"),
    }
    assert list(told["policies"]) == ["s3"]
    asked = {role if role in call.text else "ann" for call in cloud.calls if call.name == SIMULATE}
    assert asked == {role, "ann"}


def test_the_sandbox_allows_everything_and_is_not_asked(here: Bootstrap) -> None:
    checked = here(f"check {VPC} --sandbox --detailed-exitcode")
    assert checked.code == 0, checked.err
    assert "the sandbox allows everything" in checked.out
    made = here(f"create {VPC} --sandbox --yes")
    assert made.code == 0
    assert re.search(r"^\d+ permissions not checked: the sandbox allows everything\.$", made.err, re.MULTILINE)
