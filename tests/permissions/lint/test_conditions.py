"""The linter on conditions: those that hold nobody back are told, those that AWS documents are left alone."""

from typing import Any

import pytest

from tests.permissions.lint.test_lint import READ, TRUST, codes, found, policy

GITHUB = "token.actions.githubusercontent.com"
CLUSTER = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B7"
COGNITO = "cognito-identity.amazonaws.com"
WEB = "sts:AssumeRoleWithWebIdentity"


def signed_in(provider: str, condition: Any, *actions: str) -> dict[str, Any]:
    named = f"arn:aws:iam::123456789012:{provider}" if "-provider/" in provider else provider
    return policy({**TRUST, "Principal": {"Federated": named}, "Action": [*actions], "Condition": condition})


def everybody(condition: Any) -> dict[str, Any]:
    return policy({**TRUST, "Principal": "*", "Condition": condition})


def external_id(condition: Any) -> dict[str, Any]:
    return policy({**TRUST, "Condition": condition})


STANDARD: dict[str, Any] = {
    "GitHub's workflows of one repository": signed_in(
        f"oidc-provider/{GITHUB}",
        {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}, "StringLike": {f"{GITHUB}:sub": "repo:acme/app:*"}},
        WEB,
    ),
    "a KMS key by its alias": policy(
        {
            **READ,
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "arn:aws:kms:us-east-1:123456789012:key/*",
            "Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/acme"}},
        }
    ),
    "a service account of a cluster": signed_in(
        f"oidc-provider/{CLUSTER}",
        {"StringEquals": {f"{CLUSTER}:aud": "sts.amazonaws.com", f"{CLUSTER}:sub": "system:serviceaccount:default:app"}},
        WEB,
    ),
    "a provider whose address ends with a slash": signed_in(
        "oidc-provider/acme.eu.auth0.com/", {"StringEquals": {"acme.eu.auth0.com/:sub": "x"}}, WEB
    ),
    "Cognito, with session tags": signed_in(
        COGNITO,
        {"StringEquals": {f"{COGNITO}:aud": "us-east-1:1"}, "ForAnyValue:StringLike": {f"{COGNITO}:amr": "authenticated"}},
        *(WEB, "sts:TagSession"),
    ),
    "SAML, with session tags and a source identity": signed_in(
        "saml-provider/acme",
        {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        *("sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"),
    ),
    "an external id, with session tags": policy({**TRUST, "Action": ["sts:AssumeRole", "sts:TagSession"]}),
    "a variable with a default": policy(
        {**READ, "Resource": "arn:aws:s3:::data/${aws:PrincipalTag/team, 'company-wide'}/*"}
    ),
    "a variable for an account": policy(
        {**READ, "Action": "iam:GetRole", "Resource": "arn:aws:iam::${aws:PrincipalAccount}:role/${aws:username, 'no one'}"}
    ),
    "an external id by a tag": external_id({"StringEquals": {"sts:ExternalId": "${aws:PrincipalTag/customer}"}}),
    "an external id in any letter case": external_id({"StringEqualsIgnoreCase": {"sts:ExternalId": "id-7"}}),
    "everybody of a unit of the organization": everybody(
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/ou-1/*"}}
    ),
    "everybody of some account": everybody({"StringEqualsIfExists": {"aws:PrincipalAccount": "123456789012"}}),
    "roles of an account": everybody({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/app-*"}}),
    "roles of the organization": everybody(
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}, "StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    ),
    "a bucket's events": policy(
        {
            **READ,
            "Principal": "*",
            "Action": "sqs:SendMessage",
            "Resource": "arn:aws:sqs:us-east-1:123456789012:q",
            "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::data"}},
        }
    ),
}


@pytest.mark.parametrize("name", STANDARD)
def test_policies_that_aws_documents_are_accepted(name: str) -> None:
    assert [item for item in found(STANDARD[name]) if item.severity != "note"] == []


def test_a_claim_of_another_issuer_is_in_no_request() -> None:
    wrong = signed_in(f"oidc-provider/{GITHUB}", {"StringEquals": {"token.actions.github.com:sub": "repo:acme/app"}}, WEB)
    assert ("error", "condition-key") in codes(wrong)
    assert ("error", "condition-key") in codes(external_id({"StringEquals": {f"{GITHUB}:sub": "repo:acme/app"}}))


def test_a_claim_may_be_anything_where_everybody_is_named_or_nothing() -> None:
    claim = {"StringEquals": {f"{GITHUB}:sub": "repo:acme/app"}}
    assert ("error", "condition-key") not in codes(policy({**TRUST, "Principal": "*", "Action": WEB, "Condition": claim}))


def test_a_provider_is_reported_when_everybody_passes_the_test() -> None:
    audience = {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}
    for test in (
        audience,
        {**audience, "StringLike": {f"{GITHUB}:sub": "repo:*"}},
        {**audience, "StringLike": {f"{GITHUB}:sub": ["repo:acme/app:*", "repo:*/*"]}},
    ):
        assert codes(signed_in(f"oidc-provider/{GITHUB}", test, WEB)) == {("warning", "federated")}


@pytest.mark.parametrize(
    "condition",
    [{}, {"StringLike": {f"{GITHUB}:sub": "*"}}, {"StringNotEquals": {f"{GITHUB}:sub": "x"}}],
    ids=["no condition", "any subject", "all subjects but one"],
)
def test_anybody_of_an_oidc_issuer_is_an_error(condition: Any) -> None:
    assert codes(signed_in(f"oidc-provider/{GITHUB}", condition, WEB)) == {("error", "federated")}
    assert codes(signed_in(COGNITO, {}, WEB)) == {("warning", "federated")}


@pytest.mark.parametrize(
    ("issuer", "audience"),
    [
        ("oidc.modal.com", "oidc.modal.com"),
        ("oidc.example.com/tenants/", "https://oidc.example.com/tenants/"),
        ("openid.estuary.dev/plane/", "arn:aws:iam::123456789012:role/Estuary"),
    ],
    ids=["the vendor's own", "the issuer's URL", "an ARN that the customer gives"],
)
def test_an_audience_that_all_customers_can_have_limits_nobody(issuer: str, audience: str) -> None:
    one, subject = {f"{issuer}:aud": audience}, {f"{issuer}:sub": "workspace:7:*"}
    assert codes(signed_in(f"oidc-provider/{issuer}", {"StringEquals": one}, WEB)) == {("warning", "federated")}
    both = {"StringEquals": one, "StringLike": subject}
    assert codes(signed_in(f"oidc-provider/{issuer}", both, WEB)) == set()
    assert codes(signed_in(f"oidc-provider/{issuer}", {"StringEquals": {f"{issuer}:aud": "app-7"}}, WEB)) == set()


def test_an_external_id_of_many_is_a_warning() -> None:
    [item] = found(external_id({"StringLike": {"sts:ExternalId": "a*"}}))
    assert (item.severity, item.code) == ("warning", "external-id")
    assert "the external id a* matches many ids" in item.text
    assert codes(external_id({"StringLike": {"sts:ExternalId": "a b*"}})) == {("error", "external-id")}
    assert codes(external_id({"StringEquals": {"sts:ExternalId": "a*"}})) == {("error", "external-id")}
    assert codes(external_id({"StringEqualsIfExists": {"sts:ExternalId": "id-7"}})) == {("warning", "external-id")}


@pytest.mark.parametrize(
    "test",
    [
        {"StringLike": {"aws:PrincipalArn": "*"}},
        {"StringLike": {"aws:PrincipalOrgID": ["o-1", "*"]}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}},
        {"ArnEquals": {"aws:PrincipalArn": "arn:*"}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"Null": {"aws:PrincipalOrgID": "true"}},
        {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
        {"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}},
        {"StringNotEquals": {"aws:SourceAccount": "123456789012"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
    ],
    ids=str,
)
def test_a_test_that_everybody_passes_does_not_count(test: Any) -> None:
    told = [item for item in found(everybody(test)) if item.code == "wildcard-principal"]
    assert [item.severity for item in told] == ["error"]
    assert "does not say who may)" in told[0].text
    bucket = policy({**READ, "Principal": {"AWS": "*"}, "Condition": test})
    assert ("warning", "wildcard-principal") in codes(bucket)


def test_a_request_without_a_signature_has_no_principal() -> None:
    if_there = {"ArnLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/app"}}
    assert codes(policy({**READ, "Principal": "*", "Condition": if_there})) == {("warning", "wildcard-principal")}
    assert codes(everybody(if_there)) == set()


def test_a_role_of_any_account_is_one_where_the_principal_says_of_which() -> None:
    narrowed = {
        **TRUST,
        "Principal": {"AWS": "111122223333"},
        "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}},
    }
    assert codes(policy(narrowed)) == {("note", "whole-account")}
    anybody = {"ArnLike": {"aws:PrincipalArn": "*"}}
    assert codes(policy({**narrowed, "Condition": anybody})) == {("warning", "external-id")}


def test_a_literal_star_admits_nobody_and_is_reported() -> None:
    literal = {"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}}
    assert codes(everybody(literal)) == {("warning", "condition-value")}


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        ("arn:aws:sqs:REGION:ACCOUNT_ID:q", {"REGION", "ACCOUNT_ID"}),
        ("arn:aws:sqs:us-east-1:123456789012:[QUEUE]", {"[QUEUE]"}),
        ("arn:aws:sqs:us-east-1:YOUR-ACCOUNT-ID:q", {"YOUR-ACCOUNT-ID"}),
        ("arn:aws:sqs:us-east-1:123456789012:{{ queue }}", {"{{ queue }}"}),
        ("arn:aws:sqs:us-east-1:<ACCOUNT>:q", {"<ACCOUNT>"}),
        ("REPLACE_ME", {"REPLACE_ME"}),
    ],
)
def test_a_placeholder_is_reported_once(arn: str, told: set[str]) -> None:
    items = found(policy({**READ, "Action": "sqs:SendMessage", "Resource": arn}))
    assert {item.text for item in items} == {f"the placeholder {word} is not filled in" for word in told}
    assert codes(policy({**TRUST, "Principal": {"AWS": "arn:aws:iam::ACCOUNT_ID:root"}})) == {("error", "placeholder")}


@pytest.mark.parametrize(
    "region", ["us-east-1", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1", "", "*", "us-*", "global"]
)
def test_the_regions_that_there_are_are_none(region: str) -> None:
    assert found(policy({**READ, "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:{region}:123456789012:q"})) == []


def test_a_region_that_cannot_be_is_an_error() -> None:
    [item] = found(policy({**READ, "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:region:123456789012:q"}))
    assert (item.severity, item.text) == ("error", "arn:aws:sqs:region:123456789012:q: 'region' is not a region")
