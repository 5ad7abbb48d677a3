"""Whoever approves a plan reads all of its access: no action, principal or condition is only counted."""

from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.permissions.access_lines import access_lines

ALLOW, DENY = {"Effect": "Allow"}, {"Effect": "Deny"}
EXTERNAL = {"StringEquals": {"sts:externalid": ["x"]}}
AWS = "arn:aws:iam::aws:policy/"
LINES: dict[str, tuple[dict[str, list[Any]], str]] = {
    "a principal": (
        {
            "lets_in": [
                {**ALLOW, "Principal": {"AWS": ["111122223333", "arn:aws:iam::{account}:role/x"]}, "Condition": EXTERNAL}
            ]
        },
        "lets in everybody in account 111122223333, arn:aws:iam::123456789012:role/x, only if sts:externalid StringEquals x",
    ),
    "everybody": ({"lets_in": [{**ALLOW, "Principal": {"AWS": ["*"]}}]}, "lets in everybody in the world"),
    "every service": ({"lets_in": [{**ALLOW, "Principal": {"Service": ["*"]}}]}, "lets in every Service principal"),
    "all but one": ({"lets_in": [{**ALLOW, "NotPrincipal": {"AWS": ["x"]}}]}, "lets in everybody but x"),
    "nobody of these": ({"lets_in": [{**DENY, "Principal": {"AWS": ["x"]}}]}, "lets in nobody of: x"),
    "a rule of a network": ({"open": ["tcp 22 0.0.0.0/0"]}, "lets in tcp 22 0.0.0.0/0"),
    "actions": (
        {"may": [{**ALLOW, "Action": ["s3:get*", "s3:getobject", "s3:listallmybuckets"], "Resource": ["arn:{region}"]}]},
        "may, on arn:us-east-1: s3:get*, s3:GetObject, s3:ListAllMyBuckets",
    ),
    "what is denied": ({"may": [{**DENY, "Action": ["s3:*"], "Resource": ["*"]}]}, "may not, on *: s3:*"),
    "all other actions": (
        {"may": [{**ALLOW, "NotAction": ["iam:*"], "Resource": ["*"]}]},
        "may, on *: every action but iam:*",
    ),
    "all other resources": (
        {"may": [{**ALLOW, "Action": ["s3:*"], "NotResource": ["a", "b"], "Condition": EXTERNAL}]},
        "may, on all but a, b: s3:*, only if sts:externalid StringEquals x",
    ),
    "a policy that nobody knows": ({"attached": ["arn:theirs"]}, "has the policy arn:theirs, whose content is not known"),
    "a limit": ({"boundary": ["arn:limit"]}, "is limited by the permissions boundary arn:limit"),
}


@pytest.mark.parametrize(("parts", "line"), LINES.values(), ids=LINES)
def test_access_is_a_line(parts: dict[str, list[Any]], line: str) -> None:
    assert list(access_lines({"role R": parts}, [EXAMPLE])) == [f"role R {line}"]


def test_a_policy_of_aws_is_shown_with_every_action() -> None:
    lines = list(access_lines({"role R": {"attached": [f"{AWS}AmazonAthenaFullAccess"]}}, [EXAMPLE]))
    assert all(each.startswith("role R, by AmazonAthenaFullAccess, may, on ") for each in lines)
    assert "glue:UpdateTable" in "".join(lines)
    assert not any("more" in each for each in lines)


def test_with_several_accounts_each_has_its_own_placeholder() -> None:
    accounts = [EXAMPLE, replace(EXAMPLE, alias="data", id="210987654321")]
    lines = list(access_lines({"role R": {"boundary": ["arn:{account}:{region}", "arn:{account data}"]}}, accounts))
    assert [each.partition(" arn:")[2] for each in lines] == ["123456789012:{region}", "210987654321"]
