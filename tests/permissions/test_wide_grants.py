"""What is dangerous if it is allowed on every resource: each rule is tried with a statement that allows it, and with ones
that come close to it and do not."""

from typing import Any

import pytest

from bootstrap.core.policy import Statement
from bootstrap.permissions.actions import table
from bootstrap.permissions.exposures import exposures
from bootstrap.permissions.wide_grants import LAUNCHES, RULES
from tests.permissions.test_cannot import found, role, says

HERE = "arn:aws:{}:us-east-1:123456789012:{}"
TAGGED: dict[str, Any] = {"conditions": {"StringLike": {"aws:RequestTag/Name": "*acme*"}}}
ON_CREATION: dict[str, Any] = {"conditions": {"StringEquals": {"ec2:CreateAction": "RunInstances"}}}
IN_REGION: dict[str, Any] = {"conditions": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}}


def ruled(code: str, *statements: Statement) -> list[tuple[str, str]]:
    return [(each.risk, each.text) for each in exposures((role(*statements),), table()) if each.code == code]


CASES: dict[str, tuple[str, str, Statement, tuple[Statement, ...]]] = {
    "templates of stacks and parameters of stacks, where passwords": (
        "settings",
        "medium",
        says("cloudformation:GetTemplate", "cloudformation:DescribeStacks"),
        (
            says("cloudformation:GetTemplate", on=(HERE.format("cloudformation", "stack/acme/*"),)),
            says("cloudformation:List*"),
        ),
    ),
    "environment variables of functions": (
        "settings",
        "medium",
        says("lambda:GetFunctionConfiguration"),
        (
            says("lambda:GetFunctionConcurrency"),
            says("lambda:GetFunctionConfiguration", on=(HERE.format("lambda", "function:a"),)),
        ),
    ),
    "read passwords in connections of Glue": ("settings", "medium", says("glue:GetConnections"), (says("glue:GetTables"),)),
    "encrypted administrator passwords of Windows machines": (
        "settings",
        "medium",
        says("ec2:GetPasswordData", on=("arn:aws:ec2:*:*:instance/*",)),  # all of a type
        (says("ec2:DescribeInstances"),),
    ),
    "run code with the roles that others gave to Spark workgroups of Athena": (
        "code-of-others",
        "high",
        says("athena:StartSession"),
        (says("athena:StartQueryExecution"), says("athena:StartSession", on=(HERE.format("athena", "workgroup/acme"),))),
    ),
    "results of queries (athena:UpdateWorkGroup)": (
        "elsewhere",
        "medium",
        says("athena:UpdateWorkGroup"),
        (says("athena:UpdateWorkGroup", on=(HERE.format("athena", "workgroup/acme"),)), says("athena:GetWorkGroup")),
    ),
    "change the tags of everything in ec2": (
        "tags",
        "medium",
        says("ec2:CreateTags", **IN_REGION),  # a region says nothing of which resources
        (says("ec2:CreateTags", **TAGGED), says("ec2:CreateTags", **ON_CREATION), says("ec2:DescribeTags")),
    ),
    "change who may use everything in ecr": (
        "policies",
        "high",
        says("ecr:SetRepositoryPolicy"),
        (says("ecr:SetRepositoryPolicy", on=(HERE.format("ecr", "repository/acme"),)), says("ecr:GetRepositoryPolicy")),
    ),
    "give snapshots to other accounts": (
        "sharing",
        "high",
        says("ec2:ModifySnapshotAttribute"),
        (says("ec2:CreateSnapshot"),),
    ),
    "open networks of others: security groups": (
        "network",
        "medium",
        says("ec2:AuthorizeSecurityGroupIngress"),
        (
            says("ec2:AuthorizeSecurityGroupIngress", conditions={"StringEquals": {"ec2:Vpc": "x"}}),
            says("ec2:RevokeSecurity*"),
        ),
    ),
    "read the content of all results of queries": (
        "content",
        "medium",
        says("athena:GetQueryResults"),
        (says("athena:List*"),),
    ),
}


@pytest.mark.parametrize("text", CASES)
def test_a_rule_finds_what_is_allowed_on_everything_and_nothing_less(text: str) -> None:
    code, risk, allows, do_not = CASES[text]
    assert [(level, text in words) for level, words in ruled(code, allows)] == [(risk, True)]
    assert [ruled(code, each) for each in do_not] == [[]] * len(do_not)


def test_a_denial_on_everything_ends_it() -> None:
    assert ruled("elsewhere", says("athena:*"), says("athena:UpdateWorkGroup", effect="Deny")) == []


def test_a_launch_that_meets_no_condition_of_run_instances_is_found() -> None:
    limited = says("ec2:RunInstances", **TAGGED)
    [(risk, text)] = ruled("launch", limited, says("ec2:RequestSpotInstances"))
    assert risk == "medium"
    assert "do not meet the conditions on ec2:RunInstances (aws:requesttag/name), because ec2:RequestSpotInstances" in text
    assert ruled("launch", limited) == []
    assert ruled("launch", limited, says("ec2:RequestSpotInstances", **TAGGED)) == []
    assert ruled("launch", says("ec2:RunInstances"), says("ec2:RequestSpotInstances")) == []  # it meets none either


def test_whoever_runs_code_with_the_roles_of_others_may_gain_more() -> None:
    check = found("raise-itself", role(says("batch:SubmitJob")))
    assert (check.holds, check.against) == (
        None,
        ("It: batch:SubmitJob on *, and what that role may do is not known here",),
    )
    assert found("raise-itself", role(says("batch:SubmitJob", on=(HERE.format("batch", "job-queue/a"),)))).holds is True


def test_each_action_of_a_rule_is_one_of_aws() -> None:
    named = [*LAUNCHES, *(pattern for rule in RULES for pattern in rule.actions)]
    assert [pattern for pattern in named if not table().matching(pattern)] == []
