"""What AWS keeps about a denied request: every layer's verdict, from the form that its API has."""

from typing import Any

import pytest

from bootstrap.permissions.authorization import authorization_id, region_of, verdicts, without_link
from bootstrap.permissions.denial import denial_of

ID = "1a2b3c4d5e6f7g8h9i0j"
POLICY = "arn:aws:iam::123456789012:policy/Deny"
REFUSED = (
    "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: iam:CreateRole on resource: "
    f"arn:aws:iam::123456789012:role/R with an explicit deny in an identity-based policy: {POLICY}."
)
MESSAGE = (
    f"{REFUSED} Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/{ID} for "
    f"complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: {ID}"
)
UNIT = "arn:aws:organizations::999988887777:ou/o-acme/ou-dev"


def matched(uri: str, *sids: str) -> dict[str, Any]:
    return {"uri": uri, "matchedStatements": [{"sid": each, "evaluatedEffect": "DENY"} for each in sids]}


CHECKS: list[dict[str, Any]] = [
    {"checkType": "RESOURCE_CONTROL_POLICY", "evaluatedEffect": "NO_IMPACT", "matchedPolicies": []},
    {
        "checkType": "SERVICE_CONTROL_POLICY",
        "evaluatedEffect": "EXPLICIT_DENY",
        "targetArn": UNIT,
        "matchedPolicies": [matched("arn:aws:organizations::999988887777:policy/o-acme/p-1", "NoRoles", "NoUsers")],
    },
    {"checkType": "PRINCIPAL", "evaluatedEffect": "EXPLICIT_DENY", "matchedPolicies": [matched(POLICY, "")]},
    {"checkType": "PERMISSIONS_BOUNDARY", "evaluatedEffect": "IMPLICIT_DENY", "matchedPolicies": []},
]
DETAILS = {
    "evaluations": [{"action": "iam:CreateRole", "resource": "R", "evaluatedEffect": "EXPLICIT_DENY", "checks": CHECKS}]
}


def test_the_id_and_its_region_are_read_and_the_rest_stays_as_it_is() -> None:
    assert (authorization_id(MESSAGE), region_of(MESSAGE), without_link(MESSAGE)) == (ID, "us-east-1", REFUSED)
    assert (authorization_id(REFUSED), region_of(REFUSED), without_link(REFUSED)) == ("", "", REFUSED)
    denial = denial_of(MESSAGE)
    assert denial
    assert (denial.authorization_id, denial.policy, denial.layer) == (ID, POLICY, "identity policy")


def test_every_layer_is_told_those_that_deny_first() -> None:
    assert [each.line for each in verdicts(DETAILS)] == [
        f"iam:CreateRole: denied by the service control policies at {UNIT} "
        "(NoRoles, NoUsers in arn:aws:organizations::999988887777:policy/o-acme/p-1)",
        f"iam:CreateRole: denied by the policies of the user or role (in {POLICY})",
        "iam:CreateRole: not allowed by the permissions boundary",
        "iam:CreateRole: no say by the resource control policies",
    ]


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"evaluations": None},
        {"evaluations": [7]},
        {"evaluations": [{"checks": [{}]}]},
        {"evaluations": [{"checks": [{"checkType": "NEW", "evaluatedEffect": "MAYBE"}]}]},
        {"evaluations": [{"checks": [{"checkType": "SESSION", "evaluatedEffect": "ALLOW", "matchedPolicies": [{}]}]}]},
    ],
)
def test_an_answer_of_another_form_says_nothing(details: Any) -> None:
    assert verdicts(details) == ()


def test_of_many_verdicts_those_that_deny_are_told() -> None:
    allowed = {"checkType": "PRINCIPAL", "evaluatedEffect": "ALLOW"}
    many = [{"action": f"ec2:{number}", "checks": [allowed]} for number in range(90)]
    found = verdicts({"evaluations": [*many, *DETAILS["evaluations"]]})
    assert (len(found), [each.denies for each in found[:4]]) == (20, [True, True, True, False])
