"""A statement with which the content of everything can be read has one warning; names and settings are no content."""

import pytest

from bootstrap.core.policy import VERSION
from bootstrap.permissions.actions import table
from bootstrap.permissions.lint import findings
from bootstrap.permissions.lint.data_reads import READS


def warned(*statements: dict[str, object]) -> list[str]:
    content = {"Version": VERSION, "Statement": list(statements)}
    return [item.text for item in findings(content, table()) if item.code == "wide-read"]


def allow(action: object, resource: str = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def test_every_action_of_the_list_is_one_of_aws() -> None:
    assert [action for action in READS if not table().matching(action)] == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "*"),
        ("s3:Get*", "arn:aws:s3:::*"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*"),
        ("ssm:GetParameter*", "arn:aws:ssm:us-east-1:111122223333:parameter/*"),
        ("kms:Decrypt", "*"),
        ("logs:FilterLogEvents", "*"),
    ],
)
def test_reading_the_content_of_everything_is_warned_of(action: str, resource: str) -> None:
    [text] = warned(allow(action, resource))
    assert "its holder can read the content of all" in text


@pytest.mark.parametrize(
    "statements",
    [
        (allow("s3:GetObject", "arn:aws:s3:::acme/*"),),
        (allow(["s3:ListAllMyBuckets", "ec2:Describe*", "logs:DescribeLogGroups"]),),
        (allow("kms:Decrypt", Condition={"StringEquals": {"aws:ResourceTag/vendor": "acme"}}),),
        (allow("s3:GetObject"), {"Effect": "Deny", "Action": "s3:GetObject*", "Resource": "*"}),
    ],
)
def test_reading_something_or_only_names_is_not(statements: tuple[dict[str, object], ...]) -> None:
    assert warned(*statements) == []


def test_a_statement_that_allows_all_of_iam_has_one_warning_about_it() -> None:
    content = {"Version": VERSION, "Statement": [allow("iam:*")]}
    [text] = [text for item in findings(content, table()) if (text := item.text).startswith("iam:CreatePolicyVersion")]
    assert text.endswith(" more on every resource: its holder can gain any permission")
