"""What is dangerous about a managed policy that a role gets, from what AWS publishes."""

import pytest

from bootstrap.permissions.attached import attached_findings

AWS = "arn:aws:iam::aws:policy/"


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("AdministratorAccess", "administrator", "every action on every resource"),
        ("PowerUserAccess", "administrator", "every action that it does not name"),
        ("IAMFullAccess", "full-access", "every action of iam on every resource"),
        ("AmazonS3FullAccess", "full-access", "every action of s3, s3-object-lambda on every resource"),
        ("AmazonSQSFullAccess", "full-access", "every action of sqs"),
        ("ReadOnlyAccess", "wide-read", "dynamodb:GetItem"),
        ("AmazonS3ReadOnlyAccess", "wide-read", "the content of all objects"),
        ("ViewOnlyAccess", "unknown-policy", "Did you mean job-function/ViewOnlyAccess?"),
        ("ReadOnlyAcess", "unknown-policy", "Did you mean ReadOnlyAccess?"),
    ],
)
def test_a_dangerous_or_unknown_policy_of_aws_has_one_finding(name: str, code: str, text: str) -> None:
    [item] = attached_findings(AWS + name)
    assert (item.severity, item.code, item.sid) == ("warning", code, name)
    assert text in item.text


@pytest.mark.parametrize("name", ["SecurityAudit", "job-function/ViewOnlyAccess", "AWSBillingReadOnlyAccess"])
def test_a_policy_that_reads_no_content_has_none(name: str) -> None:
    assert attached_findings(AWS + name) == ()


def test_what_a_policy_of_the_account_grants_is_not_known() -> None:
    [item] = attached_findings("arn:aws:iam::111122223333:policy/theirs")
    assert (item.code, item.sid) == ("unknown-policy", "theirs")
    assert "not known" in item.text
