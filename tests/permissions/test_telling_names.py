"""Which actions hand out credentials or content by their names alone."""

import pytest

from bootstrap.permissions.actions import table
from bootstrap.permissions.telling_names import _HARMLESS, gives_content, gives_credentials


@pytest.mark.parametrize(
    "action",
    [
        *("cloudwatch:GetSpaceCredentials", "cloudwatch:GetSpaceCredentialsForOrganization", "athena:GetSessionEndpoint"),
        *("redshift:GetClusterCredentialsWithIAM", "codeartifact:GetAuthorizationToken", "states:RevealSecrets"),
        *("elasticmapreduce:GetOnClusterAppUIPresignedURL", "lightsail:GetBucketAccessKeys", "chime:ListApiKeys"),
        "new:GetAcmeSecret",  # what AWS adds tomorrow
    ],
)
def test_an_action_with_credentials_in_its_name_hands_them_out(action: str) -> None:
    assert gives_credentials(action) and not gives_content(action)


@pytest.mark.parametrize(
    "action",
    [
        *(
            "cloudwatch:GetRecords",
            "cloudwatch:GetTelemetryQueryResults",
            "cassandra:GetRecords",
            "chime:ListChannelMessages",
        ),
        *("iotanalytics:GetDatasetContent", "lightsail:GetRelationalDatabaseLogEvents", "new:BatchGetRecord"),
    ],
)
def test_an_action_with_content_in_its_name_hands_it_out(action: str) -> None:
    assert gives_content(action) and not gives_credentials(action)


@pytest.mark.parametrize(
    "action",
    [
        *("iam:ListAccessKeys", "iam:GetCredentialReport", "iam:GetAccountPasswordPolicy", "iam:GetAccessKeyLastUsed"),
        *("secretsmanager:ListSecrets", "secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds"),
        *("ec2:DescribeKeyPairs", "kafka:ListScramSecrets", "bedrock:CountTokens", "waf:GetChangeTokenStatus"),
        *("agent-registry:GetRegistryRecord", "cloudformation:ListHookResults", "lambda:GetFunctionConfiguration"),
        *("ecr:GetAuthorizationToken", "sts:GetSessionToken", "iam:CreateAccessKey", "secretsmanager:PutSecretValue"),
    ],
)
def test_what_only_names_or_makes_such_things_does_not(action: str) -> None:
    assert not gives_credentials(action) and not gives_content(action)


def test_each_exception_is_an_action_of_aws_that_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [action for action in _HARMLESS if not table().matching(action)] == []
    monkeypatch.setattr("bootstrap.permissions.telling_names._HARMLESS", frozenset())
    assert [action for action in _HARMLESS if not gives_credentials(action) and not gives_content(action)] == []
