"""What a policy allows, in a few words."""

from typing import Any

import pytest

from bootstrap.views.policy_summary import policy_summary

Statement = dict[str, Any]
READ: Statement = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "arn:aws:s3:::a/*"}
WRITE: Statement = {
    "Effect": "Allow",
    "Action": ["s3:PutObject", "s3:GetObject"],
    "Resource": ["arn:aws:s3:::b/x/*", "arn:aws:s3:::b"],
}
PASS: Statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/s"}
TRUST: Statement = {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::123456789012:root"]}, "Action": "sts:AssumeRole"}
CASES: dict[str, tuple[list[Any], str]] = {
    "one bucket": ([READ], "1 statement, to read and list: s3:GetObject, s3:ListBucket on bucket a"),
    "two buckets": (
        [READ, WRITE],
        "2 statements, to write, read and list: s3:GetObject, s3:ListBucket and 1 more on 2 buckets",
    ),
    "a resource": ([PASS], "1 statement, to write: iam:PassRole on arn:aws:iam::123456789012:role/s"),
    "two kinds": (
        [READ, PASS],
        "2 statements, to write, read and list: s3:GetObject, s3:ListBucket and 1 more on 2 resources",
    ),
    "everything": (
        [READ, {**PASS, "Resource": "*"}],
        "2 statements, to write, read and list: s3:GetObject, s3:ListBucket on bucket a; iam:PassRole on every resource",
    ),
    "every bucket": (
        [{**READ, "Resource": "arn:aws:s3:::*"}],
        "1 statement, to read and list: s3:GetObject, s3:ListBucket on every bucket",
    ),
    "a trust": ([TRUST], "1 statement: sts:AssumeRole for arn:aws:iam::123456789012:root"),
    "everybody": ([{**TRUST, "Principal": {"AWS": "*"}}], "1 statement: sts:AssumeRole for everybody"),
    "a denial": (
        [{**PASS, "Effect": "Deny"}, READ],
        "2 statements, to read and list: s3:GetObject, s3:ListBucket on bucket a; "
        "denies iam:PassRole on arn:aws:iam::123456789012:role/s",
    ),
    "all but": (
        [{"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::a"}],
        "1 statement, to manage permissions, write, tag, read and list: all but iam:* on all but bucket a",
    ),
    "an edited one": (["nonsense"], "0 statements"),
    "an action that is none": ([{**READ, "Action": [{}]}], "1 statement: {} on bucket a"),
    "one of no service": ([{**READ, "Action": "acme:Do"}], "1 statement: acme:Do on bucket a"),
}


@pytest.mark.parametrize(("statements", "expected"), CASES.values(), ids=CASES)
def test_a_policy_is_summed_up_in_a_line(statements: list[Any], expected: str) -> None:
    assert policy_summary({"Version": "2012-10-17", "Statement": statements}) == f"({expected})"
