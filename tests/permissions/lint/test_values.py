"""The keys and values of conditions, against their operators: Access Analyzer's checks of the same."""

from typing import Any

import pytest

from tests.permissions.lint.test_conditions import GITHUB, WEB, signed_in
from tests.permissions.lint.test_lint import READ, codes, found, policy

LIST = {**READ, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::data"}


def when(condition: Any) -> dict[str, Any]:
    return policy({**LIST, "Condition": condition})


@pytest.mark.parametrize(
    ("operator", "like"),
    [
        ("StringEquals", "StringLike"),
        ("StringNotEquals", "StringNotLike"),
        ("StringEqualsIgnoreCase", "StringLike"),
        ("StringNotEqualsIgnoreCase", "StringNotLike"),
        ("StringEqualsIfExists", "StringLikeIfExists"),
        ("ForAnyValue:StringEquals", "ForAnyValue:StringLike"),
        ("ForAllValues:StringNotEquals", "ForAllValues:StringNotLike"),
    ],
)
@pytest.mark.parametrize("value", ["home/*", "home/?", "*", ["home/", "home/${aws:username}/*"]])
def test_a_wildcard_without_a_like_operator_is_reported(operator: str, like: str, value: Any) -> None:
    [item] = found(when({operator: {"s3:prefix": value}}))
    assert (item.severity, item.code) == ("warning", "condition-value")
    assert item.where == f"Statement[0].Condition.{operator}.s3:prefix"
    assert f"{operator} compares * and ? literally; {like} treats them as wildcards" in item.text


def test_a_subject_of_github_with_a_wildcard_lets_nobody_in() -> None:
    claims = {f"{GITHUB}:aud": "sts.amazonaws.com", f"{GITHUB}:sub": "repo:acme/*"}
    assert codes(signed_in(f"oidc-provider/{GITHUB}", {"StringEquals": claims}, WEB)) == {("warning", "condition-value")}


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {"s3:prefix": "home/*"}},
        {"StringEquals": {"s3:prefix": ["home/${*}", "a${?}", "${aws:PrincipalTag/team, '*'}"]}},
        {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/team-*"}},
        {"ArnNotLikeIfExists": {"aws:PrincipalArn": ["*", "${aws:SourceArn}"]}},
        {"Bool": {"aws:SecureTransport": True}, "Null": {"aws:SourceArn": "False"}},
        {"IpAddress": {"aws:SourceIp": ["203.0.113.1", "10.0.0.1/8", "2001:db8::/32"]}},
        {"NumericLessThan": {"aws:MultiFactorAuthAge": [3600, "-1.5"]}},
        {
            "DateLessThan": {
                "aws:CurrentTime": ["2026-01-31", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00+01:00", "1790000000"]
            }
        },
        {"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}},
        {"Null": {"aws:CalledVia": "true"}},
        {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}},
    ],
    ids=str,
)
def test_values_that_aws_documents_are_accepted(condition: Any) -> None:
    assert found(when(condition)) == []


@pytest.mark.parametrize(
    ("operator", "key", "value", "told"),
    [
        ("Bool", "aws:SecureTransport", "yes", "'yes' is not true or false"),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", "${aws:MultiFactorAuthPresent}", "is not true or false"),
        ("Null", "aws:SourceArn", "no", "'no' is not true or false"),
        ("NumericLessThan", "aws:MultiFactorAuthAge", "ten", "'ten' is not a number"),
        ("DateGreaterThan", "aws:CurrentTime", "31.1.2026", "is not a date"),
        ("IpAddress", "aws:SourceIp", "10.*", "'10.*' is not an IP address or range"),
        ("NotIpAddressIfExists", "aws:SourceIp", "10.0.0.0/40", "is not an IP address or range"),
        ("IpAddress", "aws:SourceIp", "192.168.7.0/24", "192.168.7.0/24: AWS sees public addresses there"),
        ("NotIpAddress", "aws:sourceip", "fd00::/8", "requests from inside a VPC carry aws:VpcSourceIp"),
        (
            "ForAnyValue:ArnLike",
            "aws:PrincipalArn",
            "team-role",
            "'team-role' is not an ARN, which ForAnyValue:ArnLike needs",
        ),
    ],
)
def test_a_value_that_its_operator_cannot_compare_is_reported(operator: str, key: str, value: str, told: str) -> None:
    [item] = found(when({operator: {key: [value]}}))
    assert (item.severity, item.code) == ("warning", "condition-value")
    assert told in item.text


@pytest.mark.parametrize("value", [None, {"a": "b"}, [["a"]], ["a", None]], ids=str)
def test_a_value_that_no_policy_can_have_is_an_error(value: Any) -> None:
    [item] = found(when({"StringEquals": {"s3:prefix": value}}))
    assert (item.severity, item.code, item.where) == ("error", "condition", "Statement[0].Condition.StringEquals.s3:prefix")


def test_a_test_without_a_value_is_reported() -> None:
    [item] = found(when({"StringEquals": {"s3:prefix": []}}))
    assert (item.severity, item.text) == ("warning", "there is no value to compare with")


@pytest.mark.parametrize("key", ["aws:CalledVia", "aws:principalorgpaths"])
def test_a_key_with_several_values_needs_a_qualifier(key: str) -> None:
    [item] = found(when({"StringEquals": {key: "x"}}))
    assert "write ForAnyValue:StringEquals or ForAllValues:StringEquals" in item.text


def test_a_key_that_appears_twice_with_different_case_is_an_error() -> None:
    [item] = found(when({"StringEquals": {"aws:SourceVpc": "vpc-1", "AWS:sourcevpc": "vpc-2"}}))
    assert (item.severity, item.where) == ("error", "Statement[0].Condition.StringEquals")
    assert "aws:sourcevpc appears 2 times" in item.text


def test_a_key_without_a_service_is_reported_once() -> None:
    [item] = found(when({"StringEquals": {"SourceVpc": "vpc-1"}}))
    assert (item.severity, item.text) == ("error", "SourceVpc is not a condition key: keys look like aws:SourceArn")
