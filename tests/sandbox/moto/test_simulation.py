"""The double of IAM's policy simulator: it answers from the policies that users and roles in moto have."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bootstrap.sandbox.moto import simulation
from tests.conftest import MakeScope
from tests.support.wire import Wire

ACCOUNT = "123456789012"
BUCKET = "arn:aws:s3:::acme"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def statement(actions: Any, resources: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": actions, "Resource": resources, **more}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def iam(scope: MakeScope) -> Any:
    """With a user who has no policy yet."""
    client = scope().client("iam")
    client.create_user(UserName="ann", Path="/team/")
    return client


ANN = f"arn:aws:iam::{ACCOUNT}:user/team/ann"


def allow(iam: Any, *statements: dict[str, Any]) -> None:
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=document(*statements))


def results(iam: Any, *actions: str, arns: tuple[str, ...] = (BUCKET,), who: str = ANN, **context: str) -> Iterator[Any]:
    entries = [
        {"ContextKeyName": key.replace("_", ":"), "ContextKeyType": "string", "ContextKeyValues": [value]}
        for key, value in context.items()
    ]
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=who, ActionNames=actions, ResourceArns=arns, ContextEntries=entries
    )
    return iter(pages.build_full_result()["EvaluationResults"])


def decision(iam: Any, action: str, arn: str = BUCKET, **context: str) -> str:
    return str(next(results(iam, action, arns=(arn,), **context))["EvalDecision"])


def test_without_a_policy_nothing_is_allowed(iam: Any) -> None:
    assert decision(iam, "s3:CreateBucket") == "implicitDeny"


def test_action_and_arn_must_match_with_their_wildcards(iam: Any) -> None:
    allow(iam, statement("s3:create*", "arn:aws:s3:::ac?e"), statement("s3:Get*", f"{BUCKET}/*"))
    assert decision(iam, "s3:CreateBucket") == "allowed"
    assert decision(iam, "s3:CreateBucket", "arn:aws:s3:::ACME") == "implicitDeny"
    assert decision(iam, "s3:GetObject") == "implicitDeny"
    assert decision(iam, "s3:GetObject", f"{BUCKET}/*") == "allowed"


def test_not_action_and_not_resource_are_all_others(iam: Any) -> None:
    allow(iam, {"Effect": "Allow", "NotAction": "iam:*", "NotResource": f"{BUCKET}-secret"})
    assert decision(iam, "s3:CreateBucket") == "allowed"
    assert decision(iam, "s3:CreateBucket", f"{BUCKET}-secret") == "implicitDeny"
    assert decision(iam, "iam:CreateRole") == "implicitDeny"


def test_a_deny_wins(iam: Any) -> None:
    allow(iam, statement("*"), statement("s3:DeleteBucket", BUCKET, "Deny"))
    assert decision(iam, "s3:DeleteBucket") == "explicitDeny"
    assert decision(iam, "s3:DeleteBucket", f"{BUCKET}-2") == "allowed"


def test_policies_that_are_attached_and_those_of_groups_count(iam: Any) -> None:
    made = iam.create_policy(PolicyName="make", PolicyDocument=document(statement("s3:CreateBucket")))["Policy"]["Arn"]
    iam.create_group(GroupName="makers")
    iam.attach_group_policy(GroupName="makers", PolicyArn=made)
    assert decision(iam, "s3:CreateBucket") == "implicitDeny"
    iam.add_user_to_group(GroupName="makers", UserName="ann")
    assert decision(iam, "s3:CreateBucket") == "allowed"


CONDITIONS: dict[str, tuple[dict[str, Any], bool]] = {
    "equal": ({"StringEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}}, True),
    "unequal": ({"StringEquals": {"aws:requestedregion": "us-west-2"}}, False),
    "not equal": ({"StringNotEquals": {"aws:RequestedRegion": ["us-west-2", "us-east-1"]}}, False),
    "like": ({"StringLikeIfExists": {"aws:RequestedRegion": "us-*"}}, True),
    "absent": ({"StringEquals": {"aws:SourceIp2": "1"}}, False),
    "absent and negated": ({"StringNotLike": {"aws:SourceIp2": "1"}}, True),
    "absent and only if there": ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, True),
    "null": ({"Null": {"aws:SourceIp2": "true", "aws:RequestedRegion": False}}, True),
    "all of them": ({"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}, True),
    "two of which one fails": ({"StringLike": {"aws:RequestedRegion": "*"}, "Bool": {"aws:RequestedRegion": "x"}}, False),
}


@pytest.mark.parametrize(("condition", "holds"), CONDITIONS.values(), ids=CONDITIONS)
def test_conditions_decide_by_the_context(condition: dict[str, Any], holds: bool, iam: Any) -> None:
    allow(iam, statement("s3:*", Condition=condition))
    assert decision(iam, "s3:CreateBucket", aws_RequestedRegion="us-east-1") == ("allowed" if holds else "implicitDeny")


def test_keys_without_a_value_are_told_of_all_statements_where_the_answer_is_no(iam: Any) -> None:
    needs = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    allow(iam, statement("s3:CreateBucket", Condition=needs), statement("s3:GetObject"))
    assert next(results(iam, "s3:CreateBucket"))["MissingContextValues"] == ["aws:MultiFactorAuthPresent"]
    assert next(results(iam, "s3:DeleteBucket"))["MissingContextValues"] == ["aws:MultiFactorAuthPresent"]
    assert next(results(iam, "s3:GetObject"))["MissingContextValues"] == []


def test_where_a_statement_denies_no_key_is_told_but_those_of_all_policies_can_be_asked_for(iam: Any) -> None:
    needs = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    allow(iam, statement("*"), statement("s3:*", effect="Deny", Condition=needs))
    refused = next(results(iam, "s3:CreateBucket"))
    assert (refused["EvalDecision"], refused["MissingContextValues"]) == ("explicitDeny", [])
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=ANN)["ContextKeyNames"] == [
        "aws:MultiFactorAuthPresent"
    ]


def test_an_operator_that_the_double_does_not_know_is_an_error_and_no_guess(iam: Any) -> None:
    allow(iam, statement("s3:*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
    with pytest.raises(ClientError, match="PolicyEvaluation"):
        decision(iam, "s3:CreateBucket")


def test_a_boundary_must_allow_it_too(iam: Any) -> None:
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document(statement("s3:Get*")))["Policy"]["Arn"]
    role = iam.create_role(RoleName="maker", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=limit)["Role"]["Arn"]
    iam.put_role_policy(RoleName="maker", PolicyName="all", PolicyDocument=document(statement("*")))
    made, got = results(iam, "s3:CreateBucket", "s3:GetObject", who=role)
    assert (made["EvalDecision"], got["EvalDecision"]) == ("implicitDeny", "allowed")
    assert made["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert got["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}


def test_one_result_an_action_sums_up_all_arns_and_has_a_part_for_each(
    iam: Any, monkeypatch: pytest.MonkeyPatch, cloud: Wire
) -> None:
    monkeypatch.setattr(simulation, "USUAL_PAGE", 1)
    needs = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    allow(iam, statement("s3:GetObject", f"{BUCKET}/a"), statement("s3:PutObject", Condition=needs))
    get, put = results(iam, "s3:GetObject", "s3:PutObject", arns=(f"{BUCKET}/a", f"{BUCKET}/b"))
    key = {"MissingContextValues": ["aws:MultiFactorAuthPresent"]}
    assert (get["EvalActionName"], get["EvalResourceName"]) == ("s3:GetObject", "arn:${Partition}:s3:${Resource}")
    assert (get["EvalDecision"], put["EvalDecision"]) == ("implicitDeny", "implicitDeny")
    assert get["MissingContextValues"] == put["MissingContextValues"] == key["MissingContextValues"]
    assert get["ResourceSpecificResults"] == [
        {"EvalResourceName": f"{BUCKET}/a", "EvalResourceDecision": "allowed", "MatchedStatements": []},
        {"EvalResourceName": f"{BUCKET}/b", "EvalResourceDecision": "implicitDeny", "MatchedStatements": [], **key},
    ]
    assert cloud.names.count("iam.SimulatePrincipalPolicy") == 2


def test_an_answer_about_everything_or_one_arn_is_named_after_it(iam: Any) -> None:
    assert "ResourceSpecificResults" not in (everything := next(results(iam, "s3:ListAllMyBuckets", arns=("*",))))
    assert everything["EvalResourceName"] == "*"
    assert next(results(iam, "s3:GetObject"))["EvalResourceName"] == BUCKET


SCP = "OrganizationsDecisionDetail"


def control(scope: MakeScope, *statements: dict[str, Any]) -> None:
    """The account is in an organization with a service control policy of these statements."""
    organizations = scope().aws.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_policy(
        Content=document(*statements), Description="d", Name="guard", Type="SERVICE_CONTROL_POLICY"
    )
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=ACCOUNT)


def test_a_service_control_policy_must_allow_it_too_and_its_keys_are_not_told(iam: Any, scope: MakeScope) -> None:
    allow(iam, statement("s3:*"))
    assert SCP not in next(results(iam, "s3:CreateBucket"))
    guard = {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}
    control(scope, statement("s3:CreateBucket", effect="Deny", Condition=guard))
    refused = next(results(iam, "s3:CreateBucket", arns=(BUCKET, f"{BUCKET}2")))
    assert (refused["EvalDecision"], refused[SCP]) == ("explicitDeny", {"AllowedByOrganizations": False})
    assert refused["MissingContextValues"] == []
    assert all(SCP not in part and "MissingContextValues" not in part for part in refused["ResourceSpecificResults"])
    [found] = results(iam, "s3:CreateBucket", aws_RequestedRegion="us-east-1")
    assert (found["EvalDecision"], found[SCP]) == ("allowed", {"AllowedByOrganizations": True})


def test_layers_are_left_out_when_that_is_asked(iam: Any, scope: MakeScope) -> None:
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document(statement("s3:Get*")))["Policy"]["Arn"]
    role = iam.create_role(RoleName="maker", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=limit)["Role"]["Arn"]
    iam.put_role_policy(RoleName="maker", PolicyName="all", PolicyDocument=document(statement("*")))
    control(scope, statement("s3:CreateBucket", effect="Deny"))

    def decided(*kinds: str) -> str:
        excluded = [{"PolicyType": kind} for kind in kinds]
        asked = {"PolicySourceArn": role, "ActionNames": ["s3:CreateBucket"], "PolicyExclusionList": excluded}
        return str(iam.simulate_principal_policy(**asked)["EvaluationResults"][0]["EvalDecision"])

    assert [decided(), decided("scp"), decided("permission-boundary"), decided("scp", "permission-boundary")] == [
        "explicitDeny",
        "implicitDeny",
        "explicitDeny",
        "allowed",
    ]
    with pytest.raises(ClientError, match="PolicyEvaluation"):
        decided("inline")


def test_the_caller_is_known_and_keys_come_once_with_values_of_their_type(iam: Any) -> None:
    allow(iam, statement("s3:*", Condition={"StringEquals": {"aws:PrincipalArn": ANN, "aws:username": "ann"}}))
    assert decision(iam, "s3:CreateBucket") == "allowed"
    for entries in (
        [("key:a", "string", ["1"]), ("KEY:A", "string", ["2"])],
        [("key:a", "string", ["1", "2"])],
    ):
        names = ("ContextKeyName", "ContextKeyType", "ContextKeyValues")
        with pytest.raises(ClientError, match="InvalidInput"):
            iam.simulate_principal_policy(
                PolicySourceArn=ANN,
                ActionNames=["s3:GetObject"],
                ContextEntries=[dict(zip(names, entry, strict=True)) for entry in entries],
            )


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/ann", "NoSuchEntity"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/ann", "InvalidInput"),
        (f"arn:aws:iam::{ACCOUNT}:root", "InvalidInput"),
    ],
)
def test_only_users_groups_and_roles_that_are_there_are_simulated(who: str, code: str, iam: Any) -> None:
    with pytest.raises(ClientError) as refused:
        next(results(iam, "s3:GetObject", who=who))
    assert refused.value.response["Error"]["Code"] == code


def test_actions_of_several_services_together_are_refused(iam: Any) -> None:
    with pytest.raises(ClientError, match="InvalidInput"):
        next(results(iam, "s3:GetObject", "iam:GetRole"))
