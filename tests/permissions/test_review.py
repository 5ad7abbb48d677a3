"""Who gets in, as a review says it: which tests of a trust policy keep anybody out."""

from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.entrant import Entrant
from bootstrap.core.graph import Graph
from bootstrap.core.policy import Statement
from bootstrap.permissions.actions import table
from bootstrap.permissions.cannot import checks
from bootstrap.permissions.review import entrants_in
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.s3.bucket_policy_statement import S3BucketPolicyStatement

VENDOR = {"AWS": "arn:aws:iam::999988887777:root"}
ISSUER = "token.actions.githubusercontent.com"
GITHUB = {"Federated": f"arn:aws:iam::{EXAMPLE.id}:oidc-provider/{ISSUER}"}
ID, SUB, AUD = "sts:ExternalId", f"{ISSUER}:sub", f"{ISSUER}:aud"


def entrant(principal: dict[str, str], condition: dict[str, Any]) -> Entrant:
    call = "sts:AssumeRoleWithWebIdentity" if "Federated" in principal else "sts:AssumeRole"
    statement = {"Effect": "Allow", "Principal": principal, "Action": call, "Condition": condition}
    graph = Graph([EXAMPLE])
    graph.add("role", IamRole(name="Acme", trust={"Version": "2012-10-17", "Statement": [statement]}))
    [found] = entrants_in(graph, ())
    return found


def holds(code: str, found: Entrant) -> bool | None:
    return next(each.holds for each in checks((), (found,), {EXAMPLE.id}, table()) if each.code == code)


CHECKED = [
    {"StringEquals": {ID: "ext-1"}},
    {"StringEquals": {"STS:externalid": ["ext-1", "ext-2"]}},
    {"StringLike": {ID: "acme-*"}},
    {"ForAnyValue:StringEquals": {ID: "ext-1"}},
    {"StringEqualsIfExists": {ID: "ext-1"}, "StringEquals": {ID: "ext-1"}},
]
NOT_CHECKED = [
    {},
    {"StringEqualsIfExists": {ID: "ext-1"}},
    {"ForAllValues:StringEquals": {ID: "ext-1"}},
    {"StringNotEquals": {ID: "ext-1"}},
    {"StringNotLike": {ID: "ext-1"}},
    {"Null": {ID: "false"}},
    {"Null": {ID: "true"}},
    {"StringLike": {ID: "*"}},
    {"StringLike": {ID: ["ext-1", "?*"]}},
    {"StringEquals": {ID: "${sts:ExternalId}"}},
]


@pytest.mark.parametrize("condition", CHECKED)
def test_an_external_id_is_checked_if_nobody_gets_in_without_it(condition: dict[str, Any]) -> None:
    found = entrant(VENDOR, condition)
    assert found.external_id
    assert ", with an external id" in found.sentence
    assert holds("external-id", found) is True


@pytest.mark.parametrize("condition", NOT_CHECKED)
def test_it_is_not_checked_by_a_test_that_lets_others_in(condition: dict[str, Any]) -> None:
    found = entrant(VENDOR, condition)
    assert not found.external_id
    assert ", with an external id" not in found.sentence
    assert holds("external-id", found) is False


ANYONE: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "everybody": ({"AWS": "*"}, {}),
    "encrypted": ({"AWS": "*"}, {"Bool": {"aws:SecureTransport": "true"}}),
    "an external id": ({"AWS": "*"}, {"StringEquals": {ID: "ext-1"}}),
    "any organization": ({"AWS": "*"}, {"StringLike": {"aws:PrincipalOrgID": "*"}}),
    "any role of a name": ({"AWS": "*"}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/acme"}}),
    "no claims": (GITHUB, {}),
    "the usual audience": (GITHUB, {"StringEquals": {AUD: "sts.amazonaws.com"}}),
    "any subject": (GITHUB, {"StringLike": {SUB: "*"}, "StringEquals": {AUD: "sts.amazonaws.com"}}),
    "any repository": (GITHUB, {"StringLike": {SUB: "repo:*"}}),
}
SOMEBODY: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "an account": (VENDOR, {}),
    "an organization": ({"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
    "a role": ({"AWS": "*"}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::999988887777:role/*"}}),
    "a repository": (GITHUB, {"StringLike": {SUB: "repo:acme/app:*"}, "StringEquals": {AUD: "sts.amazonaws.com"}}),
    "an audience of its own": (GITHUB, {"StringEquals": {AUD: "acme-app"}}),
}


@pytest.mark.parametrize("case", ANYONE)
def test_just_anyone_gets_in_where_no_condition_says_who(case: str) -> None:
    found = entrant(*ANYONE[case])
    assert holds("anybody", found) is False
    assert found.as_json()["anyone"] is True


@pytest.mark.parametrize("case", SOMEBODY)
def test_and_not_where_one_does(case: str) -> None:
    found = entrant(*SOMEBODY[case])
    assert holds("anybody", found) is True
    assert "anyone" not in found.as_json()


def test_a_token_that_anyone_can_get_has_no_claims_that_count() -> None:
    assert holds("external-id", entrant(*ANYONE["any subject"])) is False
    assert holds("external-id", entrant(*SOMEBODY["a repository"])) is True


@pytest.mark.parametrize(
    ("condition", "anyone"),
    [
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1234567890"}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": EXAMPLE.id}}, False),
        ({"StringEquals": {"aws:SourceAccount": EXAMPLE.id}}, False),
    ],
)
def test_a_buckets_policy_lets_just_anyone_in_unless_a_condition_says_who(condition: dict[str, Any], anyone: bool) -> None:
    statement = {"Sid": "It", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:PutObject", "Condition": condition}
    statement["Resource"] = "arn:aws:s3:::acme/*"
    graph = Graph([EXAMPLE])
    graph.add("policy", S3BucketPolicyStatement(bucket="acme", statements=[statement]))
    [found] = entrants_in(graph, ())
    assert holds("anybody", found) is not anyone


def test_why_somebody_gets_in_is_the_reason_of_the_statement_that_was_sent_also_where_it_keeps_no_sid() -> None:
    vendor = {"AWS": ("arn:aws:iam::999988887777:root",)}
    trust = Statement(
        sid="In", actions=("sts:AssumeRole",), principals=vendor, why="signs in", source="https://a.example/in"
    )
    bucket, other = (
        replace(trust, sid=sid, actions=(action,), resources=("arn:aws:s3:::acme",), why=why)
        for sid, action, why in (("Lists", "s3:ListBucket", "lists"), ("Finds", "s3:GetBucketLocation", "finds"))
    )
    sent = [{key: value for key, value in each.to_json().items() if key != "Sid"} for each in (other, bucket)]
    graph = Graph([EXAMPLE])
    graph.add("role", IamRole(name="Acme", trust={"Version": "2012-10-17", "Statement": [trust.to_json()]}))
    graph.add("bucket", S3BucketPolicyStatement(bucket="acme", statements=[*sent, {**sent[0], "Action": "s3:GetObject"}]))
    found = [(each.role, each.why) for each in entrants_in(graph, (trust, bucket, other))]
    assert found == [("Acme", "signs in"), ("bucket acme", "finds"), ("bucket acme", "lists"), ("bucket acme", "")]
