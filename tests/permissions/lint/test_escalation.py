"""The linter on what permissions come to together: becoming a role, running code with it, undoing tags."""

from typing import Any

import pytest

from tests.permissions.lint.test_lint import PASS, codes, found, policy

SOME = "arn:aws:iam::123456789012:role/app-*"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
BOUND = {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}
NOT_BOUND = {"StringNotEquals": {"iam:PermissionsBoundary": BOUNDARY}}


def allow(actions: list[str], resource: Any = SOME, condition: Any = None, effect: str = "Allow") -> dict[str, Any]:
    return {
        "Effect": effect,
        "Action": actions,
        "Resource": resource,
        **({"Condition": condition} if condition else {}),
    }


def attach(condition: Any) -> dict[str, Any]:
    return allow(["iam:AttachRolePolicy"], condition=condition)


CREATE = allow(["iam:CreateRole"])
LISTED = {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}}
OWN = {"ArnLike": {"iam:PolicyARN": "arn:aws:iam::123456789012:policy/app-*"}}


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([allow(["iam:CreateRole", "iam:PutRolePolicy"])], id="write into a role that one makes"),
        pytest.param([allow(["iam:CreateRole", "iam:AttachRolePolicy"])], id="attach to a role that one makes"),
        pytest.param([allow(["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy"])], id="write, and let oneself in"),
        pytest.param([CREATE, allow(["iam:Put*"], "arn:aws:iam::*:role/app-one")], id="two statements, by patterns"),
        pytest.param([allow(["iam:CreateRole"], "*"), allow(["iam:PutRolePolicy"])], id="make any role, write into some"),
        pytest.param(
            [allow(["iam:CreateRole", "iam:PutRolePolicy"], condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})],
            id="another condition",
        ),
        pytest.param(
            [allow(["iam:CreateRole", "iam:PutRolePolicy"], condition={"StringLike": {"iam:PermissionsBoundary": "*"}})],
            id="any boundary",
        ),
        pytest.param(
            [CREATE, attach({"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}})], id="attach any policy of AWS"
        ),
        pytest.param([CREATE, attach(OWN), allow(["iam:CreatePolicy"], "*")], id="attach what one has written"),
        pytest.param([CREATE, attach({"ArnNotEquals": LISTED["ArnEquals"]})], id="attach all but one"),
        pytest.param(
            [
                *(CREATE, allow(["iam:PutRolePolicy"]), allow(["iam:CreateRole"], "arn:aws:iam::123456789012:role/other")),
                allow(["iam:PutRolePolicy"], SOME + "x", NOT_BOUND, "Deny"),
            ],
            id="one more role, and a Deny for fewer",
        ),
        pytest.param(
            [CREATE, allow(["iam:PutRolePolicy"]), allow(["iam:PutRolePolicy"], SOME, BOUND, "Deny")],
            id="a Deny with one boundary",
        ),
    ],
)
def test_a_role_that_its_holder_can_give_any_permission_and_become_is_reported(statements: list[Any]) -> None:
    told = [item for item in found(policy(*statements)) if item.severity != "note"]
    assert [(item.severity, item.code) for item in told] == [("warning", "escalation")]
    assert "its holder can give such a role any permission, and become it" in told[0].text


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([CREATE], id="making alone"),
        pytest.param([allow(["iam:PutRolePolicy"])], id="writing alone"),
        pytest.param([CREATE, allow(["iam:PutRolePolicy"], "arn:aws:iam::*:role/else-*")], id="other roles"),
        pytest.param([allow(["iam:CreateRole", "iam:PutRolePolicy"], condition=BOUND)], id="a boundary"),
        pytest.param([allow(["iam:CreateRole"], condition=BOUND), allow(["iam:PutRolePolicy"])], id="made with a boundary"),
        pytest.param(
            [CREATE, allow(["iam:UpdateAssumeRolePolicy"]), allow(["iam:PutRolePolicy"], condition=BOUND)],
            id="written into with a boundary",
        ),
        pytest.param([CREATE, attach(LISTED)], id="named policies"),
        pytest.param([CREATE, attach(OWN)], id="named policies of the account"),
        pytest.param(
            [CREATE, allow(["iam:AttachRolePolicy", "iam:PutRolePolicy"], condition=LISTED)],
            id="writing, where a policy is to be named",
        ),
        pytest.param([CREATE, attach(LISTED), allow(["iam:CreatePolicy"], "*")], id="policies of AWS, which nobody writes"),
        pytest.param(
            [
                *(CREATE, allow(["iam:PutRolePolicy"])),
                allow(["iam:PutRolePolicy"], "arn:aws:iam::*:role/*", NOT_BOUND, "Deny"),
            ],
            id="denied without the boundary",
        ),
        pytest.param(
            [allow(["iam:CreateRole", "iam:PutRolePolicy"], "arn:aws:iam::*:role/aws-service-role/x/*")],
            id="roles that nobody writes into",
        ),
        pytest.param(
            [
                allow(
                    ["iam:CreateRole", "iam:AttachRolePolicy"],
                    condition={"ArnEquals": {"iam:RoleTemplateARN": "arn:aws:iam::aws:role-template/x"}},
                )
            ],
            id="a template of AWS",
        ),
    ],
)
def test_a_role_that_is_limited_is_not_reported(statements: list[Any]) -> None:
    assert "escalation" not in {code for _, code in codes(policy(*statements))}


@pytest.mark.parametrize(
    "left",
    [
        {"NotResource": "arn:aws:iam::123456789012:role/app-one"},
        {"Resource": "arn:aws:iam::123456789012:user/*"},
        {"Resource": "arn:aws:iam::999988887777:role/*"},
        {"Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}},
    ],
)
def test_a_denial_that_leaves_something_out_rules_nothing_out(left: dict[str, Any]) -> None:
    denied = {"Effect": "Deny", "Action": ["iam:PutRolePolicy", "iam:CreateRole"]}
    wide = allow(["iam:PutRolePolicy"], "*")
    for granted in (wide, allow(["iam:PutRolePolicy", "iam:CreateRole"], "arn:aws:iam::123456789012:role/app-one")):
        assert "escalation" in {code for _, code in codes(policy(granted, {**denied, **left}))}
        assert "escalation" not in {code for _, code in codes(policy(granted, {**denied, "Resource": "*"}))}


def test_a_finding_on_all_roles_is_not_repeated_for_some() -> None:
    told = found(policy(allow(["iam:CreateRole", "iam:PutRolePolicy"], "*")))
    assert [item.text for item in told if item.severity == "warning"] == [
        "iam:PutRolePolicy on every resource: its holder can write any permission into any role"
    ]


def test_a_file_that_is_far_too_long_is_checked_quickly() -> None:
    many = [allow(["iam:CreateRole", "iam:PutRolePolicy"], f"arn:aws:iam::1:role/{number}-*") for number in range(1_001)]
    assert ("error", "size") in codes(policy(*many))
    assert "escalation" not in {code for _, code in codes(policy(*many))}
    assert "escalation" in {code for _, code in codes(policy(*many[:40]))}


def test_the_roles_are_named() -> None:
    [one, other] = ("arn:aws:iam::123456789012:role/one", "arn:aws:iam::123456789012:role/other")
    both = allow(["iam:CreateRole"], [one, other])
    [item] = found(policy(both, allow(["iam:PutRolePolicy", "iam:AttachRolePolicy"], other), allow(["iam:CreateRole"], one)))
    assert item.where == "Statement[1]"
    assert f"iam:CreateRole with iam:AttachRolePolicy and iam:PutRolePolicy on {other}, and no" in item.text


@pytest.mark.parametrize(
    "action",
    [
        "lambda:UpdateFunctionConfiguration",
        "cloudformation:UpdateStack",
        "ecs:RunTask",
        "ecs:StartTask",
        "ecs:UpdateService",
        "apprunner:CreateService",
    ],
)
def test_an_action_that_runs_code_with_a_passed_role_is_reported(action: str) -> None:
    told = [item for item in found(policy({**PASS, "Action": ["iam:PassRole", action]})) if item.code == "escalation"]
    assert [item.text for item in told] == [
        f"iam:PassRole on every role, with {action}: its holder can act as any role that such a service may use"
    ]


GUARDED = {"StringEquals": {"ec2:ResourceTag/Name": "red-*"}}


def tagging(condition: Any, guard: Any = None) -> set[str]:
    statements = [allow(["ec2:CreateTags"], "*", condition), allow(["ec2:StopInstances"], "*", guard or GUARDED)]
    return {code for _, code in codes(policy(*statements))}


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param({"ForAllValues:StringEquals": {"aws:TagKeys": ["Name"]}}, id="the tag that guards"),
        pytest.param({"ForAllValues:StringLike": {"aws:TagKeys": ["Owner", "n*"]}}, id="the tag by a pattern"),
        pytest.param({"ForAnyValue:StringEquals": {"aws:TagKeys": ["Owner"]}}, id="one tag that must be among others"),
        pytest.param({"ForAllValues:StringNotEquals": {"aws:TagKeys": ["Owner"]}}, id="all but another tag"),
        pytest.param({"StringEquals": {"aws:RequestTag/Owner": "me"}}, id="another tag's value"),
        pytest.param({"StringLike": {"aws:RequestTag/Name": "red-7"}}, id="the value that opens"),
        pytest.param({"StringEqualsIfExists": {"ec2:CreateAction": "RunInstances"}}, id="while making, or not"),
        pytest.param({"StringNotEquals": {"ec2:CreateAction": "RunInstances"}}, id="not while making that"),
        pytest.param({"Null": {"ec2:CreateAction": "true"}}, id="not while making"),
        pytest.param({"StringEquals": {"ec2:Region": "us-east-1"}}, id="somewhere"),
    ],
)
def test_tags_that_the_holder_can_set_are_reported(condition: Any) -> None:
    assert "tag-condition" in tagging(condition)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param({"ForAllValues:StringEquals": {"aws:TagKeys": ["Owner"]}}, id="other tags"),
        pytest.param({"ForAllValues:StringNotEquals": {"aws:TagKeys": ["name"]}}, id="all tags but that"),
        pytest.param({"StringEquals": {"aws:RequestTag/Name": "blue-7"}}, id="a value that opens nothing"),
        pytest.param({"Null": {"aws:RequestTag/Name": "true"}}, id="not that tag"),
        pytest.param({"StringEquals": {"ec2:CreateAction": "RunInstances"}}, id="while making"),
        pytest.param({"Null": {"ec2:CreateAction": "false"}}, id="while making anything"),
        pytest.param({"StringEquals": {"aws:ResourceTag/Owner": "me"}}, id="on things with a tag"),
        pytest.param(
            {"ArnEquals": {"ec2:Vpc": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1"}}, id="on things of a network"
        ),
    ],
)
def test_tags_that_the_holder_cannot_set_are_not_reported(condition: Any) -> None:
    assert "tag-condition" not in tagging(condition)


def test_only_aws_sets_its_own_tags() -> None:
    assert "tag-condition" not in tagging(None, {"StringLike": {"aws:ResourceTag/aws:cloudformation:stack-name": "*"}})
    assert "tag-condition" in tagging(None, {"StringLike": {"aws:ResourceTag/stack-name": "*"}})
