"""What is dangerous if it is allowed on every resource: each rule is tried with a statement that allows it, and with ones
that come close to it and do not."""

from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.policy import Statement
from bootstrap.permissions.actions import table
from bootstrap.permissions.concerns import together
from bootstrap.permissions.exposures import exposures
from bootstrap.permissions.lint.escalation import escalations
from bootstrap.permissions.lint.grant import SAYS_ON_WHICH
from bootstrap.permissions.reach import LAUNCHES, SHARES, patterns_in
from bootstrap.permissions.wide_grants import RULES
from tests.permissions.lint.test_lint import policy
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
    "read passwords in connections of Glue": ("keys", "medium", says("glue:GetConnections"), (says("glue:GetTables"),)),
    "encrypted administrator passwords of Windows machines": (
        "keys",
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
    "open or redirect networks of others: security groups": (
        "network",
        "medium",
        says("ec2:AuthorizeSecurityGroupIngress"),
        (
            says("ec2:AuthorizeSecurityGroupIngress", conditions={"StringEquals": {"ec2:Vpc": "x"}}),
            says("ec2:RevokeSecurity*"),
        ),
    ),
    "pre-shared keys of VPN connections": (
        "keys",
        "medium",
        says("ec2:Describe*"),  # a pattern counts as all that it stands for
        (says("ec2:DescribeVpnGateways"), says("ec2:DescribeVpcs")),
    ),
    "API keys of API Gateway": (
        "keys",
        "medium",
        says("apigateway:GET", on=("arn:aws:apigateway:us-east-1::/apikeys",)),
        (says("apigateway:GET", on=("arn:aws:apigateway:us-east-1::/restapis/*/stages",)), says("apigateway:POST")),
    ),
    "stage variables of REST APIs, where": (
        "settings",
        "medium",
        says("apigateway:GET", on=("arn:aws:apigateway:us-east-1::/restapis/*/stages",)),
        (says("apigateway:GET", on=("arn:aws:apigateway:us-east-1::/apikeys",)),),
    ),
    "custom headers of CloudFront": (
        "settings",
        "medium",
        says("cloudfront:GetDistributionConfig"),
        (says("cloudfront:GetInvalidation"), says("cloudfront:List*KeyGroups")),
    ),
    "names and addresses of people: mail addresses in SES and subscribers of SNS": (
        "people",
        "medium",
        says("ses:List*", "sns:ListSubscriptions"),
        (says("ses:ListTemplates", "sns:ListTopics"),),
    ),
    "who may assume which role, also the external ids of other vendors": (
        "usage",
        "low",
        says("iam:ListRoles"),
        (says("iam:ListUsers"), says("iam:GetRole", on=("arn:aws:iam::123456789012:role/acme",))),
    ),
    "set off the actions of alarms that others made, by numbers of its own choice in their metrics": (
        "alarms",
        "low",
        says("cloudwatch:PutMetricData"),
        (
            says("cloudwatch:PutMetricData", conditions={"StringEquals": {"cloudwatch:namespace": "Acme"}}),
            says("cloudwatch:PutDashboard"),
        ),
    ),
    "credentials of cloudwatch (cloudwatch:GetSpaceCredentials": (  # in no table: the name says it
        "keys",
        "medium",
        says("cloudwatch:Get*"),
        (says("cloudwatch:List*"), says("ecr:GetAuthorizationToken", "iam:ListAccessKeys", "sagemaker:ListLabelingJobs")),
    ),
    "records of cloudwatch (cloudwatch:GetRecords, cloudwatch:GetTelemetryQueryResults)": (
        "content",
        "medium",
        says("cloudwatch:Get*"),
        (says("cloudwatch:GetMetricData"), says("ce:GetApproximateUsageRecords", "backup:ListIndexes")),
    ),
    "results of queries whose objects in S3 it can read as well": (
        "content",
        "medium",
        says("athena:GetQueryResults"),
        (says("athena:GetQueryExecution"), says("athena:GetQueryResults", on=(HERE.format("athena", "workgroup/acme"),))),
    ),
    "mail addresses of accounts of the organization and subscribers of budgets": (
        "people",
        "medium",
        says("organizations:ListAccounts", "budgets:ViewBudget"),
        (says("organizations:ListRoots", "budgets:DescribeBudgetAction"),),
    ),
    "send in the account's name: messages to topics and telephones": (
        "sends",
        "medium",
        says("sns:Publish"),
        (says("sns:Publish", on=(HERE.format("sns", "acme"),)), says("sns:CreateTopic")),
    ),
    "start functions and state machines of others": (
        "starts",
        "medium",
        says("lambda:InvokeFunction", "states:StartExecution"),
        (says("lambda:InvokeFunction", on=(HERE.format("lambda", "function:acme"),)), says("states:StopExecution")),
    ),
    "redirect networks of others: public addresses": (
        "network",
        "medium",
        says("ec2:AssociateAddress"),
        (says("ec2:AllocateAddress"),),
    ),
    "delete or terminate what others made in batch and ec2": (
        "deletes",
        "medium",
        says("ec2:TerminateInstances", "ec2:DeleteVolume", "batch:TerminateJob", "logs:DeleteLogGroup", "ec2:DeleteTags"),
        (
            says("ec2:TerminateInstances", conditions={"StringEquals": {"aws:ResourceTag/Vendor": "acme"}}),
            says("ec2:DeleteVolume", on=(HERE.format("ec2", "volume/vol-1"),)),
            says("glue:DeleteTable", on=(HERE.format("glue", "catalog"), HERE.format("glue", "table/lake/*"))),
            says("logs:DeleteLogGroup", "ec2:DeleteTags", "ec2:StopInstances"),  # what watches, tags, what goes on again
        ),
    ),
    "change who may use everything in kinesis": (
        "policies",
        "high",
        says("kinesis:PutResourcePolicy"),  # AWS's level is Write
        (says("kinesis:PutResourcePolicy", on=(HERE.format("kinesis", "stream/a"),)), says("kinesis:CreateStream")),
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
    assert risk == "high"
    assert "ec2:RequestSpotInstances needs none of the conditions on ec2:RunInstances (aws:requesttag/name)" in text
    for others in ((), (says("ec2:RequestSpotInstances", **TAGGED),)):
        assert "none of the conditions" not in ruled("launch", limited, *others)[0][1]
    both = says("ec2:RunInstances"), says("ec2:RequestSpotInstances")
    assert "none of the conditions" not in ruled("launch", *both)[0][1]  # it meets none either


def test_whoever_starts_machines_in_any_subnet_is_inside_the_networks() -> None:
    [(risk, text)] = ruled("launch", says("ec2:RunInstances", **TAGGED))  # who launches sets this tag
    assert (risk, "in any subnet, and so reach what is open only inside" in text) == ("high", True)
    assert ", with any role that it may pass," in ruled("launch", says("ec2:RunInstances", "iam:PassRole"))[0][1]
    in_vpc: dict[str, Any] = {"conditions": {"ArnEquals": {"ec2:Vpc": HERE.format("ec2", "vpc/vpc-1")}}}
    of_tag: dict[str, Any] = {"conditions": {"StringEquals": {"aws:ResourceTag/Vendor": "acme"}}}
    subnet, machine = HERE.format("ec2", "subnet/subnet-1"), HERE.format("ec2", "instance/*")
    for limited in (says("ec2:RunInstances", **in_vpc), says("ec2:RunInstances", **of_tag)):
        assert ruled("launch", limited) == []
    assert ruled("launch", says("ec2:RunInstances", on=(subnet, machine))) == []
    assert ruled("launch", says("ec2:RunInstances", on=(HERE.format("ec2", "subnet/*"), machine))) != []


def test_whoever_runs_code_with_the_roles_of_others_may_gain_more() -> None:
    check = found("raise-itself", role(says("batch:SubmitJob")))
    assert (check.holds, check.against) == (
        None,
        ("It: batch:SubmitJob on *, and what that role may do is not known here",),
    )
    assert found("raise-itself", role(says("batch:SubmitJob", on=(HERE.format("batch", "job-queue/a"),)))).holds is None


def test_each_action_of_a_rule_is_one_of_aws() -> None:
    named = [*LAUNCHES, *(pattern for rule in RULES for pattern in patterns_in(rule.reaches))]
    assert [pattern for pattern in named if not table().matching(pattern)] == []


def test_an_action_has_one_rating_whatever_rule_it_is_in() -> None:
    risks: dict[str, set[str]] = {}
    for rule in RULES:
        for pattern in patterns_in(rule.reaches):
            for action in table().matching(pattern):
                risks.setdefault(action.name, set()).add(rule.risk)
    assert {name: found for name, found in risks.items() if len(found) > 1} == {}


def test_what_is_shared_is_told_once() -> None:
    for pattern in patterns_in(SHARES):
        for action in table().matching(pattern):
            assert ruled("policies", says(action.name)) == [], action.name
            assert len(ruled("sharing", says(action.name))) == 1, action.name


def test_what_several_statements_allow_is_one_danger() -> None:
    one, other = replace(says("ec2:DescribeInstanceAttribute"), sid="One"), replace(says("ssm:GetDocument"), sid="Other")
    [found] = [each for each in together(exposures((role(one, other),), table())) if each.code == "settings"]
    assert (found.sids, found.actions) == (("One", "Other"), ("ec2:DescribeInstanceAttribute", "ssm:GetDocument"))
    assert "read user data of machines and documents of Systems Manager, where passwords" in found.text


EVERYTHING = {
    "aws:ResourceAccount": "123456789012",
    "aws:ResourceOrgID": "o-1234567890",
    "aws:PrincipalTag/team": "acme",
    "aws:PrincipalOrgID": "o-1234567890",
    "aws:SourceVpc": "vpc-1",
    "aws:CalledVia": "athena.amazonaws.com",
    "aws:ViaAWSService": "true",
    "aws:SourceAccount": "123456789012",
    "aws:userid": "acme",
    "aws:UserAgent": "acme",
    "sts:ExternalId": "acme",
    "s3:ResourceAccount": "123456789012",
    "ec2:Region": "us-east-1",
    "acme:Unknown": "acme",
}
"""Tests that a request on each resource of the account can meet."""
SOME = (
    "aws:ResourceTag/team",
    "ec2:ResourceTag/team",
    "ec2:Vpc",
    "dynamodb:LeadingKeys",
    "ecs:cluster",
    "s3:prefix",
    "rds:db-tag/x",
)


def limited_by(key: str, value: str = "acme") -> Statement:
    actions = ("ecs:ExecuteCommand", "dynamodb:GetItem", "dynamodb:DeleteTable", "ec2:ModifySnapshotAttribute")
    return says(*actions, "iam:PutRolePolicy", conditions={"StringEquals": {key: value}})


@pytest.mark.parametrize("key", EVERYTHING)
def test_a_condition_that_says_not_on_which_resources_takes_no_danger_away(key: str) -> None:
    statement = limited_by(key, EVERYTHING[key])
    dangers = {each.code for each in exposures((role(statement),), table())}
    assert dangers >= {"code-of-others", "content", "deletes", "sharing"}
    assert {each.code for each in escalations({"": policy(statement.to_json())})} >= {"escalation", "wide-read"}


@pytest.mark.parametrize("key", SOME)
def test_a_condition_that_says_on_which_takes_it_away(key: str) -> None:
    assert list(exposures((role(limited_by(key)),), table())) == []
    assert list(escalations({"": policy(limited_by(key).to_json())})) == []


def test_no_key_that_each_request_carries_says_on_which_resources() -> None:
    keys = {each for service in table() for action in table().matching(f"{service}:*") for each in action.keys}
    on_which = {each for each in keys if SAYS_ON_WHICH.fullmatch(each)}
    assert {each for each in on_which if each.startswith("aws:")} == {"aws:requesttag/*", "aws:resourcetag/*", "aws:tagkeys"}
    assert not {each for each in on_which if each.startswith(("sts:", "saml:", "accounts.google.com:"))}
    assert len(on_which) > 100  # they are ones of AWS
