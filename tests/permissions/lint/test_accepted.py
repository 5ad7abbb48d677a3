"""The linter against what AWS really takes and refuses: kinds of policies, principals, variables, actions and ARNs."""

from typing import Any

import pytest

from bootstrap.permissions.actions import table
from bootstrap.permissions.lint import kind_of
from bootstrap.permissions.lint.boundary import blocked_by
from tests.permissions.lint.test_lint import PASS, READ, TRUST, codes, found, policy

ACCOUNT = {"AWS": "arn:aws:iam::111122223333:root"}
ASSUME: dict[str, Any] = {"Effect": "Allow", "Principal": ACCOUNT, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize("where", ["Resource", "NotResource"])
@pytest.mark.parametrize(
    "action", ["sts:AssumeRole", "STS:assumerole*", ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]]
)
def test_a_trust_with_a_resource_is_still_a_trust(action: Any, where: str) -> None:
    content = policy({**ASSUME, "Action": action, where: "*"})
    assert kind_of(content) == "trust"
    assert codes(content) >= {("error", "element"), ("warning", "external-id")}
    assert any("Has prohibited field" in item.text for item in found(content))


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": ["sts:AssumeRole", "s3:*"], "Resource": "*"},
        {"Effect": "Allow", "Principal": ACCOUNT, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": ACCOUNT, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]},
    ],
    ids=["of an organization, for sign-in", "of an organization", "of a key", "of a repository, which names no resource"],
)
def test_a_policy_of_a_resource_is_one(statement: dict[str, Any]) -> None:
    assert kind_of(policy(statement)) == "resource"
    assert found(policy(statement)) == []


def test_what_a_trust_cannot_grant_is_reported() -> None:
    for action in ("*", "sts:GetCallerIdentity", "sts:AssumeRoot", "s3:GetObject"):
        assert ("error", "action") in codes(policy({**TRUST, "Action": ["sts:AssumeRole", action]}))


@pytest.mark.parametrize(
    ("principal", "action", "needed"),
    [
        ({"Federated": "arn:aws:iam::123456789012:saml-provider/x"}, "sts:AssumeRole", "sts:AssumeRoleWithSAML"),
        ({"Federated": "cognito-identity.amazonaws.com"}, "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"),
        ({"Service": "ec2.amazonaws.com"}, "sts:AssumeRoleWithSAML", "sts:AssumeRole"),
        (ACCOUNT, "sts:AssumeRoleWithWebIdentity", "sts:AssumeRole"),
    ],
)
def test_a_principal_with_the_call_of_another_kind_is_an_error(principal: Any, action: str, needed: str) -> None:
    def told(*actions: str) -> bool:
        content = policy({**TRUST, "Principal": principal, "Action": [*actions]})
        return any(f"can only use {needed}, which" in item.text for item in found(content) if item.severity == "error")

    assert told(action, "sts:TagSession")
    assert not told(action, needed)
    assert not told("sts:AssumeRole*")
    assert not told("sts:TagSession")


@pytest.mark.parametrize("principal", [ACCOUNT, {"AWS": "*"}, {"AWS": ["arn:aws:iam::111122223333:role/vendor"]}])
def test_who_may_only_tag_a_session_needs_no_external_id_and_who_may_also_assume_the_role_does(principal: Any) -> None:
    """AWS has no such condition for sts:TagSession, and without sts:AssumeRole there is no session to tag."""
    tagging = {"Effect": "Allow", "Principal": principal, "Action": ["sts:TagSession", "sts:SetSourceIdentity"]}
    assert codes(policy(tagging)) <= {("note", "whole-account")}
    assert codes(policy({**tagging, "Action": ["sts:TagSession", "sts:Assume*"]})) & {
        ("warning", "external-id"),
        ("error", "wildcard-principal"),
    }


IDENTITY = "user/CloudFront Origin Access Identity EH1HDMB1FH2TC"


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": f"arn:aws:iam::cloudfront:{IDENTITY}"},
        {"AWS": [f"arn:aws-cn:iam::cloudfront:{IDENTITY}", "111122223333"]},
        {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
        {"AWS": "arn:aws:iam::111122223333:role/odd!path~/app"},
        {"AWS": "arn:aws:sts::111122223333:assumed-role/app/i-0123456789abcdef0"},
        {"AWS": "arn:aws:sts::111122223333:federated-user/jane@example.com"},
    ],
    ids=str,
)
def test_principals_that_a_bucket_may_have_are_accepted(principal: Any) -> None:
    assert found(policy({**READ, "Principal": principal})) == []


def test_an_identity_of_cloudfront_cannot_assume_a_role() -> None:
    assert ("error", "principal") in codes(policy({**TRUST, "Principal": {"AWS": f"arn:aws:iam::cloudfront:{IDENTITY}"}}))
    wrong = "arn:aws:iam::cloudfront:user/Somebody"
    assert ("error", "principal") in codes(policy({**READ, "Principal": {"AWS": wrong}}))


@pytest.mark.parametrize(
    "domain",
    [
        *("amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk"),
        "csp.hci.ic.gov",
    ],
)
def test_services_of_every_partition_are_services(domain: str) -> None:
    trust = policy({"Effect": "Allow", "Principal": {"Service": f"ec2.{domain}"}, "Action": "sts:AssumeRole"})
    assert found(trust) == []
    passed = policy({**PASS, "Condition": {"StringEquals": {"iam:PassedToService": f"ec2.{domain}"}}})
    assert ("warning", "escalation") in codes(passed)


@pytest.mark.parametrize(
    "variable",
    [
        *("${aws:username}", "${AWS:UserName}", "${Aws:PrincipalTag/Cost Center}", "${*}", "${?}", "${$}"),
        *("${AWS:PrincipalTag/team, 'company-wide'}", "${ aws:username, 'it''s' }", "${saml:sub}", "${SAML:sub}"),
        *(
            "${oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D:sub}",
            "${www.amazon.com:user_id}",
            "${ec2:SourceInstanceARN}",
        ),
    ],
)
def test_variables_are_not_placeholders(variable: str) -> None:
    assert found(policy({**READ, "Resource": f"arn:aws:s3:::data/{variable}/*"})) == []


@pytest.mark.parametrize(
    "word",
    ["${AWS::AccountId}", "${Bucket}", "${self:custom.bucket}", "${opt:stage}", "${env:HOME}", "${}", "${ }", "${aws:}"],
)
def test_what_other_tools_fill_in_is_a_placeholder(word: str) -> None:
    assert codes(policy({**READ, "Resource": f"arn:aws:s3:::data/{word}/*"})) == {("error", "placeholder")}


def test_star_colon_star_is_a_star() -> None:
    for effect in ("Allow", "Deny"):
        for resource in ("*", "arn:aws:s3:::data/*"):
            both = [policy({"Effect": effect, "Action": action, "Resource": resource}) for action in ("*", "*:*")]
            assert found(both[0]) == found(both[1])
    everything, reading = policy({**READ, "Action": "*:*", "Resource": "*"}), policy(READ)
    star = policy({**READ, "Action": "*", "Resource": "*"})
    assert [blocked_by(everything, [document], table()) for document in (everything, star, reading)] == [[], [], []]


def test_a_pattern_over_all_services_is_no_service_without_a_name() -> None:
    assert found(policy({**READ, "Action": ["*:Get*", "s3:GetObject"]})) == []
    assert codes(policy({**READ, "Action": "*:"})) == {("error", "action")}
    [item] = found(policy({**READ, "Action": "s3*:GetObject"}))
    assert (item.severity, item.text) == ("error", "s3*:GetObject: AWS accepts no wildcard in the name of a service")


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("s3:GetObject", "arn:aws:s3:::data/my folder/*"),
        ("s3:GetObject", "arn:aws:s3:::data/tab\there"),
        ("s3:*", "arn:aws:s3:*"),
        ("iam:GetRole", "arn:aws:iam::123456789012:*"),
        ("imagebuilder:GetImage", "arn:aws:imagebuilder:us-east-1:aws-marketplace:image/x/1.0.0/1"),
    ],
)
def test_arns_that_aws_accepts_are_accepted(action: str, arn: str) -> None:
    assert [item for item in found(policy({**READ, "Action": action, "Resource": arn})) if item.severity == "error"] == []


@pytest.mark.parametrize(
    ("action", "arn", "told"),
    [
        ("s3:GetObject", "arn:aws:s3:::my bucket/*", "no bucket is named 'my bucket'"),
        ("s3:GetObject", "arn:aws:*:::data/*", "no wildcard for the service in an ARN"),
        ("s3:GetObject", "arn:aws:s3*:::data/*", "no wildcard for the service in an ARN"),
        ("s3:GetObject", "arn:*", "no wildcard for the service in an ARN"),
        ("s3:GetObject", "*:*", "six parts"),
        ("iam:GetRole", "arn:aws:iam::123456789012:*/app", "no wildcard for the type"),
        ("iam:GetRole", "arn:aws:iam::123456789012:role*", "no wildcard for the type"),
    ],
)
def test_arns_that_aws_refuses_are_errors(action: str, arn: str, told: str) -> None:
    [item] = [each for each in found(policy({**READ, "Action": action, "Resource": arn})) if each.code != "wide-read"]
    assert (item.severity, item.code) == ("error", "arn")
    assert told in item.text


def test_a_bucket_name_from_before_2018_is_a_warning() -> None:
    for name in ("My_Bucket", "LOGS-of-acme"):
        assert codes(policy({**READ, "Resource": f"arn:aws:s3:::{name}/*"})) == {("warning", "arn")}
    for word in ("ORG_ID", "us-east-1-upsolver-ORG_ID", "BUCKET"):
        assert codes(policy({**READ, "Resource": f"arn:aws:s3:::{word}/*"})) == {("error", "arn")}
