"""What the simulator is asked in how many requests, and what its answers come to."""

from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.account import DEFAULT, EXAMPLE
from bootstrap.core.permission import MAYBE_BY_SERVICE, Condition
from bootstrap.permissions.operator import Need
from bootstrap.permissions.simulator import (
    Context,
    Layer,
    Question,
    SimulationResult,
    answers,
    caller_context,
    contexts_of,
    doubted,
    in_doubt,
    questions,
    resolve_result,
    together,
)

ROLE, PROFILE = "arn:aws:iam::123456789012:role/r", "arn:aws:iam::123456789012:instance-profile/r"
BUCKET = "arn:aws:s3:::acme"
VOLUME = "arn:aws:ec2:us-east-1:123456789012:volume/*"
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


def test_each_service_has_its_own_request() -> None:
    wanted = [need("ec2:DescribeSubnets", "*"), need("s3:ListAllMyBuckets", "*"), need("ec2:DescribeVpcs", "*")]
    assert [actions for _, actions, _ in asked(*wanted)] == [
        ("ec2:DescribeSubnets", "ec2:DescribeVpcs"),
        ("s3:ListAllMyBuckets",),
    ]


def test_arns_with_the_same_actions_are_one_request_and_nothing_is_asked_that_is_not_needed() -> None:
    second = f"{ROLE}2"
    wanted = [need("iam:GetRole", ROLE), need("iam:GetRole", second), need("iam:TagRole", f"{ROLE}3")]
    assert asked(*wanted) == [(DEFAULT, ("iam:GetRole",), (ROLE, second)), (DEFAULT, ("iam:TagRole",), (f"{ROLE}3",))]


def test_accounts_and_conditions_have_their_own_requests() -> None:
    wanted = [need("iam:PassRole", ROLE, PASSED), need("iam:GetRole", ROLE), need("iam:GetRole", ROLE, account="other")]
    assert len(asked(*wanted)) == 3


def test_the_context_is_what_our_requests_have() -> None:
    [context] = contexts_of(need("batch:ListJobs", "*"), EXAMPLE)
    everywhere = {
        "aws:RequestedRegion": ("us-east-1",),
        "aws:ResourceAccount": ("123456789012",),
        "aws:SecureTransport": ("true",),
        "aws:ViaAWSService": ("false",),
    }
    assert {key: values for key, _, values in context} == everywhere
    of_service = {
        "s3:ListBucket": {
            "s3:ResourceAccount": ("123456789012",),
            "s3:authType": ("REST-HEADER",),
            "s3:signatureversion": ("AWS4-HMAC-SHA256",),
        },
        "ec2:RunInstances": {"ec2:Region": ("us-east-1",)},
    }
    for action, more in of_service.items():
        [context] = contexts_of(need(action, "*"), EXAMPLE)
        assert {key: values for key, _, values in context} == {**everywhere, **more}


def test_what_a_request_sends_is_in_its_context_once_and_with_its_type() -> None:
    sends = (
        Condition("Bool", "ec2:Encrypted", ("true",)),
        Condition("NumericEquals", "ec2:VolumeSize", ("50",)),
        Condition("StringEquals", "aws:RequestTag/team", ("data",)),
        Condition("StringEquals", "aws:RequestTag/bootstrap:deployment", ("prod",)),
        Condition("ForAllValues:StringEquals", "aws:TagKeys", ("team", "bootstrap:deployment")),
    )
    ours = Condition("StringEquals", "aws:RequestTag/bootstrap:deployment", ("prod",))
    [context] = contexts_of(replace(need("ec2:RunInstances", VOLUME, ours), sends=sends), EXAMPLE)
    keys = [key.lower() for key, _, _ in context]
    assert len(keys) == len(set(keys))
    assert set(context) > {
        ("ec2:Encrypted", "boolean", ("true",)),
        ("ec2:VolumeSize", "numeric", ("50",)),
        ("aws:RequestTag/team", "string", ("data",)),
        ("aws:RequestTag/bootstrap:deployment", "string", ("prod",)),
        ("aws:TagKeys", "stringList", ("team", "bootstrap:deployment")),
    }


def test_a_caller_is_described_by_arn_account_and_tags_and_each_key_is_sent_once() -> None:
    caller = caller_context("arn:aws:iam::123456789012:role/teams/data/operator", {"team": "data"})
    assert {key: values for key, _, values in caller} == {
        "aws:PrincipalArn": ("arn:aws:iam::123456789012:role/teams/data/operator",),
        "aws:PrincipalAccount": ("123456789012",),
        "aws:PrincipalType": ("AssumedRole",),
        "aws:PrincipalIsAWSService": ("false",),
        "aws:PrincipalTag/team": ("data",),
    }
    question = Question(DEFAULT, ("iam:A",), (ROLE,), (("AWS:principalArn", "string", ("other",)),))
    entries = question.parameters("me", caller)["ContextEntries"]
    assert [item["ContextKeyValues"] for item in entries if item["ContextKeyName"].lower() == "aws:principalarn"] == [
        ["other"]
    ]


def test_iam_is_asked_in_its_home_region() -> None:
    west = replace(EXAMPLE, region="eu-west-1")
    regions = [contexts_of(need(action, "*"), west)[0][0] for action in ("iam:GetRole", "s3:GetObject")]
    assert [values for _, _, values in regions] == [("us-east-1",), ("eu-west-1",)]


@pytest.mark.parametrize(("partition", "service"), [("aws", "ec2.amazonaws.com"), ("aws-cn", "ec2.amazonaws.com.cn")])
def test_of_several_values_the_one_of_the_partition_is_sent(partition: str, service: str) -> None:
    account = replace(EXAMPLE, partition=partition)
    [context] = contexts_of(need("iam:PassRole", ROLE, PASSED), account)
    assert context[-1] == ("iam:PassedToService", "string", (service,))


def test_each_of_several_possible_values_is_asked_about() -> None:
    either = Condition("StringEquals", "iam:PassedToService", ("ec2.amazonaws.com", "batch.amazonaws.com"))
    contexts = contexts_of(need("iam:PassRole", ROLE, either), EXAMPLE)
    assert [context[-1][2] for context in contexts] == [("ec2.amazonaws.com",), ("batch.amazonaws.com",)]
    assert len(asked(need("iam:PassRole", ROLE, either))) == 2
    yes, no = SimulationResult("allowed"), SimulationResult("missing", "no policy allows it")
    assert (together([yes]), together([yes, yes]), together([no, no])) == (yes, yes, no)
    assert together([yes, no]).verdict == together([no, yes]).verdict == "unknown"
    assert "no policy allows it" in together([yes, no]).why


def test_a_condition_over_lists_gets_all_of_them() -> None:
    keys = Condition("ForAllValues:StringEquals", "aws:TagKeys", ("a", "b"))
    assert contexts_of(need("ec2:CreateTags", "*", keys), EXAMPLE)[0][-1] == ("aws:TagKeys", "stringList", ("a", "b"))


def test_a_question_has_the_parameters_of_the_call_and_can_be_split() -> None:
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
BY_ORGANIZATION: dict[str, Any] = {SCP: {"AllowedByOrganizations": False}}
BY_BOUNDARY: dict[str, Any] = {BOUNDARY: {"AllowedByPermissionsBoundary": False}}
VERDICTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "allowed": (ALLOWED, "allowed", ""),
    "not allowed": ({"EvalDecision": "implicitDeny"}, "missing", "no policy allows it"),
    "denied": ({"EvalDecision": "explicitDeny"}, "missing", "a policy denies it"),
    "denied for all of the organization": (
        {"EvalDecision": "explicitDeny", **BY_ORGANIZATION},
        "unknown",
        "a service control policy of the organization does not allow it according to the simulation",
    ),
    "outside of the boundary": (
        {"EvalDecision": "implicitDeny", **BY_BOUNDARY},
        "unknown",
        "the permissions boundary does not allow it according to the simulation",
    ),
    "outside of both": (
        {"EvalDecision": "implicitDeny", **BY_BOUNDARY, **BY_ORGANIZATION},
        "unknown",
        "a service control policy of the organization or the permissions boundary does not allow it",
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


def question_of(action: str, *arns: str, context: tuple[Any, ...] = ()) -> Question:
    return Question(DEFAULT, (action,), arns, context)


@pytest.mark.parametrize(("result", "verdict", "why"), VERDICTS.values(), ids=VERDICTS)
@pytest.mark.parametrize("new", [False, True], ids=["old shape", "new shape"])
def test_an_answer_gives_a_verdict(new: bool, result: dict[str, Any], verdict: str, why: str) -> None:
    """Of one ARN, in the shape of before July 2026 and in the one since."""
    of_action = {"EvalActionName": "s3:GetObject", "EvalResourceName": BUCKET, **result}
    if new:
        own = {key: value for key, value in result.items() if key in ("MissingContextValues", BOUNDARY)}
        part = {"EvalResourceName": BUCKET, "EvalResourceDecision": result["EvalDecision"], **own}
        of_action = {**of_action, "ResourceSpecificResults": [part]}
    said = answers(question_of("s3:GetObject", BUCKET), [of_action], bounded=False)
    assert said["s3:GetObject", BUCKET].verdict == verdict
    assert why in said["s3:GetObject", BUCKET].why
    assert bool(why) is bool(said["s3:GetObject", BUCKET].why)


KEYS = {
    "ec2:createtags": frozenset({"aws:requesttag/*", "aws:resourcetag/*", "aws:tagkeys", "ec2:createaction", "ec2:region"}),
    "iam:deleterole": frozenset({"iam:permissionsboundary"}),
}


def keys_of(action: str) -> frozenset[str] | None:
    return KEYS.get(action.lower())


@pytest.mark.parametrize(
    ("action", "sent", "key", "lacks"),
    [
        ("ec2:CreateTags", ["aws:RequestTag/a"], "aws:ResourceTag/a", True),
        ("ec2:CreateTags", ["aws:RequestTag/a"], "ec2:ResourceTag/a", True),
        ("ec2:CreateTags", ["aws:ResourceTag/a"], "ec2:CreateAction", True),
        ("ec2:CreateTags", ["aws:ResourceTag/a"], "aws:RequestTag/a", False),
        ("ec2:CreateTags", ["aws:RequestTag/a", "aws:ResourceTag/a"], "aws:ResourceTag/b", False),
        ("ec2:CreateTags", ["aws:RequestTag/a", "aws:TagKeys"], "aws:RequestTag/b", True),
        ("ec2:CreateTags", ["aws:RequestTag/a"], "aws:RequestTag/b", False),
        ("iam:DeleteRole", [], "ec2:CreateAction", True),
        ("iam:DeleteRole", [], "aws:RequestTag/a", True),
        ("iam:DeleteRole", [], "aws:TagKeys", True),
        ("iam:DeleteRole", [], "iam:PassedToService", True),
        ("iam:DeleteRole", [], "iam:PermissionsBoundary", False),
        ("iam:DeleteRole", [], "aws:ResourceTag/a", False),
        ("iam:DeleteRole", [], "aws:SourceIp", False),
        ("iam:DeleteRole", [], "ec2:SourceInstanceARN", False),
        ("iam:Unheard", [], "ec2:CreateAction", False),
        ("iam:PassRole", ["iam:PassedToService"], "aws:ResourceTag/a", False),
    ],
)
def test_a_key_that_the_real_request_lacks_is_not_missing(action: str, sent: list[str], key: str, lacks: bool) -> None:
    """AWS tells the keys of all statements of a principal, also of those about other actions."""
    asked = question_of(action, BUCKET, context=tuple((name, "string", ("x",)) for name in sent))
    assert asked.lacks(action, key, keys_of) is lacks
    result = {"EvalActionName": action, "EvalResourceName": BUCKET, "EvalDecision": "implicitDeny"}
    said = answers(asked, [{**result, "MissingContextValues": [key]}], False, keys_of)
    assert said[action, BUCKET].verdict == ("missing" if lacks else "unknown")


def test_an_allow_that_ignores_an_existing_boundary_is_unknown() -> None:
    result = {"EvalActionName": "s3:GetObject", "EvalResourceName": BUCKET, **ALLOWED}
    question = question_of("s3:GetObject", BUCKET)
    assert answers(question, [result], bounded=True)["s3:GetObject", BUCKET].verdict == "unknown"
    told = {**result, BOUNDARY: {"AllowedByPermissionsBoundary": True}}
    assert answers(question, [told], bounded=True)["s3:GetObject", BUCKET].verdict == "allowed"


def summed(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One result for two ARNs, as AWS sums them up: the strictest decision, and a template for a name."""
    name = "arn:${Partition}:iam::${Account}:${ResourceType}/${ResourceName}"
    result = {"EvalActionName": "iam:A", "EvalResourceName": name, "EvalDecision": "implicitDeny", **more}
    return {**result, "ResourceSpecificResults": list(parts)} if parts else result


YES = {"EvalResourceName": ROLE, "EvalResourceDecision": "allowed"}
NO = {"EvalResourceName": PROFILE, "EvalResourceDecision": "implicitDeny"}
SUMS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "each by its own": (summed(YES, NO), ("allowed", "missing")),
    "what the organization denies one is nothing against the other": (
        summed(YES, NO, EvalDecision="explicitDeny", **BY_ORGANIZATION),
        ("allowed", "unknown"),
    ),
    "nor is a boundary": (summed(YES, {**NO, **BY_BOUNDARY}, **BY_BOUNDARY), ("allowed", "unknown")),
    "keys of one are not missed by the other": (
        summed(YES, {**NO, "MissingContextValues": ["aws:SourceIp"]}, MissingContextValues=["aws:SourceIp"]),
        ("allowed", "unknown"),
    ),
    "keys of one do not excuse the other": (
        summed(
            {**YES, "EvalResourceDecision": "implicitDeny", "MissingContextValues": ["aws:SourceIp"]},
            NO,
            MissingContextValues=["aws:SourceIp"],
        ),
        ("unknown", "missing"),
    ),
    "keys that no part tells may be of each that is denied": (
        summed(YES, NO, MissingContextValues=["aws:SourceIp"]),
        ("allowed", "unknown"),
    ),
    "a sum alone tells when all is allowed": (summed(EvalDecision="allowed"), ("allowed", "allowed")),
    "a sum alone does not tell which is denied": (summed(), ("", "")),
}


@pytest.mark.parametrize(("result", "verdicts"), SUMS.values(), ids=SUMS)
def test_each_of_several_arns_is_judged_by_its_own_part(result: dict[str, Any], verdicts: tuple[str, str]) -> None:
    said = answers(question_of("iam:A", ROLE, PROFILE), [result], bounded=False)
    assert tuple(said["iam:A", arn].verdict if ("iam:A", arn) in said else "" for arn in (ROLE, PROFILE)) == verdicts


@pytest.mark.parametrize("name", ["*", "arn:aws:ec2:us-east-1:123456789012:*", None])
def test_an_answer_without_arns_is_about_those_of_the_question(name: str | None) -> None:
    result = {"EvalActionName": "iam:A", "EvalDecision": "allowed", **({"EvalResourceName": name} if name else {})}
    assert answers(question_of("iam:A", "*"), [result], bounded=False)["iam:A", "*"].verdict == "allowed"


def test_an_answer_shows_whether_it_includes_service_control_policies() -> None:
    result = {"EvalActionName": "iam:A", "EvalResourceName": ROLE, **ALLOWED}
    for found, expected in ((result, False), ({**result, SCP: {"AllowedByOrganizations": True}}, True)):
        assert answers(question_of("iam:A", ROLE), [found], bounded=False)["iam:A", ROLE].organizations is expected


def test_what_a_layer_seems_to_forbid_is_asked_again_without_it() -> None:
    question = Question(DEFAULT, ("iam:A", "iam:B", "iam:C"), (ROLE, PROFILE), ())
    scp, both = (
        SimulationResult("unknown", layers=("scp",)),
        SimulationResult("unknown", layers=("scp", "permission-boundary")),
    )
    said = {
        ("iam:A", ROLE): scp,
        ("iam:B", PROFILE): both,
        ("iam:B", ROLE): scp,
        ("iam:C", ROLE): SimulationResult("missing"),
    }
    again = in_doubt(question, said)
    assert [(each.actions, each.arns, each.without) for each in again] == [
        (("iam:A", "iam:B"), (ROLE,), ("scp",)),
        (("iam:B",), (PROFILE,), ("scp", "permission-boundary")),
    ]
    assert again[0].parameters("me")["PolicyExclusionList"] == [{"PolicyType": "scp"}]
    assert "PolicyExclusionList" not in question.parameters("me")


LAYERS: tuple[Layer, ...] = ("scp",)


@pytest.mark.parametrize(
    ("without", "verdict", "why"),
    [
        (SimulationResult("allowed"), "unknown", "the organization"),
        (SimulationResult("missing", "no policy allows it"), "missing", "no policy allows it"),
        (SimulationResult("unknown", "a policy has a condition"), "unknown", "the organization"),
        (None, "unknown", "the organization"),
    ],
)
def test_only_what_is_denied_without_the_layer_too_is_certain(
    without: SimulationResult | None, verdict: str, why: str
) -> None:
    found = resolve_result(SimulationResult("unknown", "the organization", True, LAYERS), without)
    assert (found.verdict, found.why, found.organizations) == (verdict, why, True)


@pytest.mark.parametrize(
    ("said", "tested", "verdict"),
    [
        (SimulationResult("missing", "a policy denies it"), ["aws:MultiFactorAuthPresent"], "unknown"),
        (SimulationResult("missing", "a policy denies it"), ["aws:SourceIp", "aws:PrincipalArn"], "unknown"),
        (SimulationResult("missing", "a policy denies it"), [], "missing"),
        (
            SimulationResult("missing", "a policy denies it"),
            ["AWS:RequestedRegion", "aws:username", "ec2:CreateAction"],
            "missing",
        ),
        (SimulationResult("missing", "no policy allows it"), ["aws:MultiFactorAuthPresent"], "missing"),
        (SimulationResult("allowed"), ["aws:MultiFactorAuthPresent"], "allowed"),
    ],
)
def test_a_denial_is_certain_where_the_policies_test_nothing_unknown(
    said: SimulationResult, tested: list[str], verdict: str
) -> None:
    asked = question_of("iam:DeleteRole", ROLE, context=(("aws:RequestedRegion", "string", ("us-east-1",)),))
    assert doubted(said, asked, "iam:DeleteRole", tested, keys_of).verdict == verdict


@pytest.mark.parametrize(
    ("action", "arn", "is_ours"),
    [
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1:123456789012:instance/*", True),
        ("ec2:DescribeImages", "*", True),
        ("s3:GetObject", "arn:aws:s3:::acme/*", True),
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1::image/*", False),
        ("ssm:GetParameters", "arn:aws:ssm:us-east-1::parameter/aws/service/*", False),
        ("iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess", False),
    ],
)
def test_what_aws_owns_is_not_said_to_be_of_our_account(action: str, arn: str, is_ours: bool) -> None:
    [context] = contexts_of(need(action, arn), EXAMPLE)
    assert ("aws:ResourceAccount" in {key for key, _, _ in context}) == is_ours


def test_where_a_service_may_send_the_request_both_values_are_tried() -> None:
    both = contexts_of(replace(need("ssm:GetParameters", "*"), sends=MAYBE_BY_SERVICE), EXAMPLE)
    asked = [{entry["ContextKeyName"]: entry["ContextKeyValues"] for entry in _entries(each)} for each in both]
    assert [each["aws:ViaAWSService"] for each in asked] == [["true"], ["false"]]


def _entries(context: tuple[Context, ...]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Question("default", ("a:B",), ("*",), context).parameters("")["ContextEntries"]
    return found
