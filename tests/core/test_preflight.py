"""What the simulator is asked in how many requests, and what its answers come to."""

from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.account import DEFAULT, EXAMPLE
from bootstrap.core.operator import Need
from bootstrap.core.preflight import Checked, Preflight, Question, Said, alike, answers, contexts_of, questions, together
from bootstrap.core.resource import Condition

ROLE, PROFILE = "arn:aws:iam::123456789012:role/r", "arn:aws:iam::123456789012:instance-profile/r"
BUCKET = "arn:aws:s3:::acme"
ACCOUNTS = {DEFAULT: EXAMPLE, "other": replace(EXAMPLE, alias="other", id="210987654321")}
PASSED = Condition("StringEquals", "iam:PassedToService", ("ec2.amazonaws.com", "ec2.amazonaws.com.cn"))


def need(action: str, arn: str, *conditions: Condition, account: str = DEFAULT, address: str = "role") -> Need:
    return Need(
        account=account,
        on="create",
        action=action,
        arn=arn,
        conditions=conditions,
        reason=f"makes {address}",
        address=address,
    )


def asked(*needs: Need) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(each.account, each.actions, each.arns) for each in questions(needs, ACCOUNTS)]


def test_actions_of_a_service_with_the_same_arns_are_one_request() -> None:
    wanted = [need("iam:CreateRole", ROLE), need("iam:TagRole", ROLE), need("iam:TagRole", ROLE), need("iam:ListRoles", "*")]
    assert asked(*wanted) == [
        (DEFAULT, ("iam:CreateRole", "iam:TagRole"), (ROLE,)),
        (DEFAULT, ("iam:ListRoles",), ("*",)),
    ]


def test_services_are_asked_apart() -> None:
    wanted = [need("ec2:DescribeSubnets", "*"), need("s3:ListAllMyBuckets", "*"), need("ec2:DescribeVpcs", "*")]
    assert [actions for _, actions, _ in asked(*wanted)] == [
        ("ec2:DescribeSubnets", "ec2:DescribeVpcs"),
        ("s3:ListAllMyBuckets",),
    ]


def test_arns_with_the_same_actions_are_one_request_and_nothing_is_asked_that_is_not_needed() -> None:
    second = f"{ROLE}2"
    wanted = [need("iam:GetRole", ROLE), need("iam:GetRole", second), need("iam:TagRole", f"{ROLE}3")]
    assert asked(*wanted) == [(DEFAULT, ("iam:GetRole",), (ROLE, second)), (DEFAULT, ("iam:TagRole",), (f"{ROLE}3",))]


def test_accounts_and_conditions_are_asked_apart() -> None:
    wanted = [need("iam:PassRole", ROLE, PASSED), need("iam:GetRole", ROLE), need("iam:GetRole", ROLE, account="other")]
    assert len(asked(*wanted)) == 3


def test_the_context_is_what_our_requests_have() -> None:
    [context] = contexts_of(need("s3:GetObject", BUCKET), EXAMPLE)
    assert {key: values for key, _, values in context} == {
        "aws:RequestedRegion": ("us-east-1",),
        "aws:ResourceAccount": ("123456789012",),
        "aws:SecureTransport": ("true",),
        "aws:ViaAWSService": ("false",),
    }


def test_iam_is_asked_in_its_home_region() -> None:
    west = replace(EXAMPLE, region="eu-west-1")
    regions = [contexts_of(need(action, "*"), west)[0][0] for action in ("iam:GetRole", "s3:GetObject")]
    assert [values for _, _, values in regions] == [("us-east-1",), ("eu-west-1",)]


@pytest.mark.parametrize(("partition", "service"), [("aws", "ec2.amazonaws.com"), ("aws-cn", "ec2.amazonaws.com.cn")])
def test_of_several_values_the_one_of_the_partition_is_sent(partition: str, service: str) -> None:
    account = replace(EXAMPLE, partition=partition)
    [context] = contexts_of(need("iam:PassRole", ROLE, PASSED), account)
    assert context[-1] == ("iam:PassedToService", "string", (service,))


def test_where_aws_does_not_tell_which_of_several_values_it_asks_for_each_is_asked_about() -> None:
    either = Condition("StringEquals", "iam:PassedToService", ("ec2.amazonaws.com", "batch.amazonaws.com"))
    contexts = contexts_of(need("iam:PassRole", ROLE, either), EXAMPLE)
    assert [context[-1][2] for context in contexts] == [("ec2.amazonaws.com",), ("batch.amazonaws.com",)]
    assert len(asked(need("iam:PassRole", ROLE, either))) == 2
    yes, no = Said("allowed"), Said("missing", "no policy allows it")
    assert (together([yes]), together([yes, yes]), together([no, no])) == (yes, yes, no)
    assert together([yes, no]).verdict == together([no, yes]).verdict == "unknown"
    assert "no policy allows it" in together([yes, no]).why


def test_a_condition_over_lists_gets_all_of_them() -> None:
    keys = Condition("ForAllValues:StringEquals", "aws:TagKeys", ("a", "b"))
    assert contexts_of(need("ec2:CreateTags", "*", keys), EXAMPLE)[0][-1] == ("aws:TagKeys", "stringList", ("a", "b"))


def test_a_question_has_the_parameters_of_the_call_and_can_be_taken_apart() -> None:
    question = Question(DEFAULT, ("iam:A", "iam:B"), (ROLE, PROFILE), (("k:key", "string", ("v",)),))
    assert question.parameters("me") == {
        "PolicySourceArn": "me",
        "ActionNames": ["iam:A", "iam:B"],
        "ResourceArns": [ROLE, PROFILE],
        "ContextEntries": [{"ContextKeyName": "k:key", "ContextKeyType": "string", "ContextKeyValues": ["v"]}],
    }
    parts = list(question.singles())
    assert not question.single
    assert [(*each.actions, *each.arns) for each in parts if each.single] == [
        ("iam:A", ROLE),
        ("iam:A", PROFILE),
        ("iam:B", ROLE),
        ("iam:B", PROFILE),
    ]


ALLOWED = {"EvalDecision": "allowed"}
SCP = "OrganizationsDecisionDetail"
BOUNDARY = "PermissionsBoundaryDecisionDetail"
VERDICTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "allowed": (ALLOWED, "allowed", ""),
    "not allowed": ({"EvalDecision": "implicitDeny"}, "missing", "no policy allows it"),
    "denied": ({"EvalDecision": "explicitDeny"}, "missing", "a policy denies it"),
    "denied for all of the organization": (
        {"EvalDecision": "explicitDeny", SCP: {"AllowedByOrganizations": False}},
        "missing",
        "a service control policy",
    ),
    "outside of the boundary": (
        {"EvalDecision": "implicitDeny", BOUNDARY: {"AllowedByPermissionsBoundary": False}},
        "missing",
        "the permissions boundary does not allow it",
    ),
    "inside of all": (
        {**ALLOWED, SCP: {"AllowedByOrganizations": True}, BOUNDARY: {"AllowedByPermissionsBoundary": True}},
        "allowed",
        "",
    ),
    "allowed, but for a condition": ({**ALLOWED, "MissingContextValues": ["aws:SourceIp"]}, "unknown", "aws:SourceIp"),
    "not allowed, but for a condition": (
        {"EvalDecision": "implicitDeny", "MissingContextValues": ["b:k", "a:k"]},
        "unknown",
        "a policy has a condition on a:k, b:k",
    ),
}


@pytest.mark.parametrize(("result", "verdict", "why"), VERDICTS.values(), ids=VERDICTS)
def test_an_answer_comes_to_a_verdict(result: dict[str, Any], verdict: str, why: str) -> None:
    said = answers([{"EvalActionName": "s3:GetObject", "EvalResourceName": BUCKET, **result}], bounded=False)
    assert said["s3:GetObject", BUCKET].verdict == verdict
    assert why in said["s3:GetObject", BUCKET].why
    assert bool(why) is bool(said["s3:GetObject", BUCKET].why)


@pytest.mark.parametrize(
    ("key", "missing", "verdict"),
    [
        ("aws:RequestTag/a", "aws:ResourceTag/a", "allowed"),
        ("aws:RequestTag/a", "ec2:ResourceTag/a", "allowed"),
        ("aws:ResourceTag/a", "ec2:CreateAction", "allowed"),
        ("aws:ResourceTag/a", "aws:RequestTag/a", "unknown"),
        ("iam:PassedToService", "aws:ResourceTag/a", "unknown"),
    ],
)
def test_a_key_that_such_a_request_has_not_is_not_missed(key: str, missing: str, verdict: str) -> None:
    asked = Question("default", ("ec2:CreateTags",), (BUCKET,), ((key, "string", ("x",)),))
    result = {"EvalActionName": "ec2:CreateTags", "EvalResourceName": BUCKET, **ALLOWED, "MissingContextValues": [missing]}
    assert answers([result], False, asked.absent)["ec2:CreateTags", BUCKET].verdict == verdict


def test_an_allow_without_a_word_on_the_boundary_that_there_is_is_unknown() -> None:
    result = {"EvalActionName": "s3:GetObject", "EvalResourceName": BUCKET, **ALLOWED}
    assert answers([result], bounded=True)["s3:GetObject", BUCKET].verdict == "unknown"
    told = {**result, BOUNDARY: {"AllowedByPermissionsBoundary": True}}
    assert answers([told], bounded=True)["s3:GetObject", BUCKET].verdict == "allowed"


def test_results_of_single_arns_count_where_there_are_some() -> None:
    parts = [
        {"EvalResourceName": ROLE, "EvalResourceDecision": "allowed", "MissingContextValues": []},
        {"EvalResourceName": PROFILE, "EvalResourceDecision": "implicitDeny"},
    ]
    result = {"EvalActionName": "iam:A", "EvalDecision": "implicitDeny", "ResourceSpecificResults": parts}
    said = answers([result], bounded=False)
    assert {arn: value.verdict for (_, arn), value in said.items()} == {ROLE: "allowed", PROFILE: "missing"}


def test_an_answer_tells_whether_service_control_policies_took_part() -> None:
    result = {"EvalActionName": "iam:A", "EvalResourceName": ROLE, **ALLOWED}
    for found, expected in ((result, False), ({**result, SCP: {"AllowedByOrganizations": True}}, True)):
        assert answers([found], bounded=False)["iam:A", ROLE].organizations is expected


def checked(verdict: Any, *needs: Need, later: bool = False) -> Checked:
    return Checked(needs=needs, later=later, verdict=verdict, why="")


def test_needs_for_the_same_are_one_permission() -> None:
    first, second = need("iam:GetRole", ROLE), need("iam:GetRole", ROLE, address="attachment")
    other = need("iam:GetRole", ROLE, PASSED)
    assert alike([first, other, second]) == [(first, second), (other,)]
    assert checked("missing", first, second).addresses == "role, attachment"


def test_the_policy_to_ask_for_holds_just_what_is_missing() -> None:
    found = Preflight(
        (
            checked("missing", need("iam:CreateRole", ROLE)),
            checked("missing", need("iam:DeleteRole", ROLE), later=True),
            checked("missing", need("s3:CreateBucket", BUCKET, account="other")),
            checked("unknown", need("s3:GetObject", BUCKET)),
            checked("allowed", need("iam:TagRole", ROLE)),
        )
    )
    assert {alias: [each["Statement"] for each in documents] for alias, documents in found.policies.items()} == {
        DEFAULT: [[{"Effect": "Allow", "Action": ["iam:CreateRole", "iam:DeleteRole"], "Resource": [ROLE]}]],
        "other": [[{"Effect": "Allow", "Action": ["s3:CreateBucket"], "Resource": [BUCKET]}]],
    }
    assert (len(found.missing), len(found.unknown)) == (3, 1)
