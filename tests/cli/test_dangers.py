"""What create and plan warn of: wide permissions that are sent, and boundaries that keep back what the vendor needs."""

import json
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.graph import Graph
from bootstrap.permissions.graph_lint import graph_findings
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from tests.cli.conftest import INPUTS, VPC, Bootstrap
from tests.conftest import MakeScope
from tests.support.samples import allow, trust
from tests.support.wire import Call, Carry, Wire, error_answer

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
WIDE = "Warning: PassServerRole: iam:PassRole on every role"
LAUNCHES = "      Warning: LaunchNamed: anyone with the role UpsolverRole can start machines with software"
ACCESS = f"--integration upsolver-data-access {INPUTS['upsolver-data-access']}"


def boundary(scope: MakeScope, *statements: dict[str, Any]) -> str:
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Resource": "*", **item} for item in statements]})
    made = scope().client("iam").create_policy(PolicyName="limit", PolicyDocument=document)
    return f"--permissions-boundary {made['Policy']['Arn']}"


def test_what_is_there_already_is_not_warned_of_again(bootstrap: Bootstrap) -> None:
    assert f"      {WIDE}" in bootstrap(f"create {VPC} --yes").err
    accepted = "7 accepted warnings about what does not change, see: bootstrap integrations upsolver-vpc\n"
    for again in ("create --integration upsolver-vpc --yes", "plan --integration upsolver-vpc"):
        ran = bootstrap(again)
        assert "Warning" not in ran.out + ran.err
        assert "--harden" not in ran.out + ran.err
        assert (ran.out + ran.err).count(accepted) == 1
    plan = bootstrap("plan --integration upsolver-vpc --json").last("plan")
    assert (plan["accepted_warnings"], [each["warnings"] for each in plan["changes"]]) == (7, [[]] * 4)
    assert bootstrap("integrations upsolver-vpc").code == 0
    changed = bootstrap("plan --integration upsolver-vpc --tag team=data")
    assert f"      {WIDE}" in changed.out
    assert "\n2 accepted warnings about what does not change" in changed.out  # an attachment has no tags


def test_a_warning_stands_at_its_resource_in_the_stream_of_the_plan(bootstrap: Bootstrap) -> None:
    for line in (f"plan {VPC} --verbose", f"create {VPC} --dry-run"):
        planned = bootstrap(line)
        lines = planned.out.splitlines()
        [role, athena] = [
            next(n for n, x in enumerate(lines) if x.startswith(f"  + {name} ")) for name in ("role", "athena")
        ]
        warnings = [number for number, text in enumerate(lines) if "Warning: " in text]
        assert len(warnings) == 7
        assert role < warnings[0] < warnings[-3] < athena < warnings[-2]
        assert "Warning" not in planned.err
        reason = "        Reason: The page: Spotinst validates policies. Launching servers with a role needs it, too"
        assert lines[next(number for number, text in enumerate(lines) if text.startswith(f"      {WIDE}")) + 1] == reason
        limits = "The vendor's page asks for the access that the warnings name. --harden limits it "
        assert lines.count(f"{limits}where a warning names no other option.") == 1


def test_a_warning_is_data_for_programs(bootstrap: Bootstrap) -> None:
    changes = bootstrap(f"plan {VPC} --json").last("plan")["changes"]
    warnings = [item for change in changes for item in change["warnings"]]
    assert [(item["severity"], item["resource"], item["statement"], item["code"]) for item in warnings] == [
        ("warning", "role", "SpotServiceRoles", "service-linked-role"),
        ("warning", "role", "PassServerRole", "escalation"),
        ("warning", "role", "TagClusters", "tag-condition"),
        ("warning", "role", "SpotIo", "high-risk"),
        ("warning", "role", "LaunchNamed", "high-risk"),
        *[("warning", "athena", "AmazonAthenaFullAccess", "high-risk")] * 2,
    ]
    assert all(item["text"] and item["reason"] for item in warnings[:3])


def test_an_input_that_limits_a_danger_ends_its_warning_and_a_plan_says_who_gets_in(bootstrap: Bootstrap) -> None:
    upsolver = "account 428641199958 (Upsolver), as its role upsolver-api, may assume UpsolverRole, with an external id"
    spot = "account 922761411349 (spot.io) may assume UpsolverRole, with an external id"
    wide = bootstrap(f"plan {VPC}").out
    assert [line for line in wide.splitlines() if line.startswith("From outside")] == [
        f"From outside: {upsolver}",
        f"From outside: {spot}",
    ]
    assert "do all that Upsolver can. --without-spotinst ends that\n" in wide
    assert "run queries in every workgroup. --without-athena ends that\n" in wide
    assert "athena:CreatePresignedNotebookUrl). --without-athena ends that\n" in wide  # what a rule found
    narrow = bootstrap(f"plan {VPC} --harden --without-spotinst --without-athena")
    left = [line for line in narrow.out.splitlines() if "Warning" in line]
    assert [line.partition(" of its own")[0] for line in left] == [LAUNCHES]  # no option limits where it may
    assert [line for line in narrow.out.splitlines() if line.startswith("From outside")] == [f"From outside: {upsolver}"]


def test_what_a_boundary_keeps_from_a_role_is_reported_before_the_first_change(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    limit = boundary(
        scope,
        {"Effect": "Allow", "Action": ["s3:*"]},
        {"Effect": "Deny", "Action": "s3:GetBucketLocation"},
        {"Effect": "Deny", "Action": "s3:ListBucket", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    )
    ran = bootstrap(f"create {ACCESS} {limit} --yes")
    assert ran.code == 0, ran.err
    said = "Warning: permissions boundary: the boundary limit blocks actions that its policies allow: "
    assert f"{said}s3:GetBucketLocation\n" in ran.err
    assert ran.err.index(said) < ran.err.index("Done:")


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        ({"Effect": "Allow", "Action": "*"}, ""),
        ({"Effect": "Allow", "NotAction": "iam:*"}, ""),
        ({"Effect": "Allow", "NotAction": "s3:List*"}, "s3:ListBucket"),
        (
            {"Effect": "Allow", "Action": "iam:*"},
            "s3:GetBucketLocation, s3:GetObject, s3:GetObjectVersion, s3:ListBucket",
        ),
        ({"Effect": "Allow", "Action": ["S3:Get*"]}, "s3:ListBucket"),
    ],
    ids=lambda value: json.dumps(value),
)
def test_actions_are_held_against_the_boundary(
    statement: dict[str, Any], kept: str, bootstrap: Bootstrap, scope: MakeScope
) -> None:
    planned = bootstrap(f"plan {ACCESS} {boundary(scope, statement)}")
    assert planned.code == 0, planned.err
    _, found, rest = planned.out.partition("blocks actions that its policies allow: ")
    assert (bool(found), rest.partition("\n")[0]) == (bool(kept), kept)


def test_a_pattern_is_kept_back_when_some_of_its_actions_are(bootstrap: Bootstrap) -> None:
    planned = bootstrap(f"plan {VPC} --permissions-boundary {READ_ONLY}").out
    kept = planned.partition("its policies allow: ")[2].partition("\n")[0].split(", ")
    assert {"iam:PassRole", "ec2:RunInstances"} <= set(kept)
    assert "ec2:DescribeInstances" not in kept


def test_what_is_wrong_in_a_boundary_is_reported(bootstrap: Bootstrap, scope: MakeScope) -> None:
    limit = boundary(scope, {"Effect": "Allow", "Action": ["s3:*", "s3:ListObjectsV2"]})
    planned = bootstrap(f"plan {ACCESS} {limit}")
    assert planned.code == 0
    [line] = [line for line in planned.out.splitlines() if "ListObjectsV2" in line]
    assert line.startswith("      Warning: the boundary limit, Statement[0].Action[1]: ")


def test_a_boundary_that_is_not_there_refuses_the_plan(bootstrap: Bootstrap) -> None:
    planned = bootstrap(f"plan {ACCESS} --permissions-boundary arn:aws:iam::123456789012:policy/none")
    assert planned.code == 1
    assert "the permissions boundary arn:aws:iam::123456789012:policy/none does not exist" in planned.out
    assert "Warning" not in planned.out + planned.err


def test_a_policy_of_aws_that_is_not_there_refuses_the_plan_before_the_first_change(
    bootstrap: Bootstrap, cloud: Wire
) -> None:
    cloud.refuse("GetPolicy", "NoSuchEntity", status=404, times=9)
    ran = bootstrap(f"create {VPC} --yes")
    assert ran.code == 1
    assert "AmazonAthenaFullAccess does not exist" in ran.err, ran.err
    assert not [call for call in cloud.calls if call.operation.startswith(("Create", "Put", "Attach"))]


def test_a_policy_of_the_deployment_that_iam_does_not_show_yet_stops_nothing(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("AttachRolePolicy", "ServiceFailure", status=400)
    assert bootstrap(f"create {ACCESS} --yes").code == 1
    cloud.trick("GetPolicy", lambda call, carry: carry())  # the plan's look
    cloud.refuse("GetPolicy", "NoSuchEntity", status=404, times=9)
    planned = bootstrap("plan --integration upsolver-data-access")
    assert planned.code == 0, planned.out + planned.err


@pytest.mark.parametrize("call", ["GetPolicy", "GetPolicyVersion"])
def test_a_boundary_that_may_not_be_read_is_said_to_be_unknown(call: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    def denied(sent: Call, carry: Carry) -> Any:
        is_it = sent.operation == call and READ_ONLY in sent.text
        return error_answer(sent, "AccessDenied", "you may not read it", 403) if is_it else carry()

    cloud.between = denied
    planned = bootstrap(f"plan {ACCESS} --permissions-boundary {READ_ONLY}")
    assert planned.code == 0, planned.err
    assert "the boundary ReadOnlyAccess could not be read, so what it blocks is unknown" in planned.out


def test_permissions_of_a_role_count_together_wherever_they_stand() -> None:
    def told(*, attached: bool) -> list[tuple[str, str]]:
        graph = Graph([EXAMPLE])
        role = graph.add("role", IamRole(name="R", trust=trust(), inline_policies={"own": allow("iam:PassRole")}))
        policy = graph.add("policy", IamPolicy(name="P", document=allow("ec2:RunInstances")))
        if attached:
            graph.add("on-role", IamRoleAttachment(role=role["name"], role_id=role["role_id"], policy_arn=policy["arn"]))
        return [(address, item.where) for address, item in graph_findings(graph) if item.code == "escalation"]

    assert told(attached=False) == []
    assert told(attached=True) == [("role", "own: Statement[0]")]
