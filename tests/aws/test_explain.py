"""From an error of AWS or its SDK to what the user reads: what it means, and what to type next."""

import socket
from dataclasses import replace
from pathlib import Path
from string import Formatter
from typing import Any

import botocore.exceptions
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.aws import explain as advice
from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.aws.explain import explain
from bootstrap.aws.session import signed_in
from bootstrap.core.account import DEFAULT, EXAMPLE, SignIn
from bootstrap.errors import AwsError, BootstrapError, CredentialsError, UnmanagedResource
from tests.conftest import MakeScope
from tests.support.wire import Wire, answer

# By the SDK's exception: which of our errors it is, and words of its message and its advice.
LOCAL: dict[str, tuple[type[BootstrapError], str, str]] = {
    "NoCredentialsError": (CredentialsError, "no AWS credentials were found", "aws configure"),
    "PartialCredentialsError": (CredentialsError, "incomplete", "aws configure"),
    "CredentialRetrievalError": (CredentialsError, "could not be fetched", "aws configure"),
    "LoginRefreshRequired": (CredentialsError, "expired", "Run: aws login --profile work"),
    "ProfileNotFound": (CredentialsError, "profile does not exist", "--profile"),
    "ConfigParseError": (CredentialsError, "cannot be read", "Fix the file"),
    "InvalidConfigError": (CredentialsError, "set up wrongly", "~/.aws/config"),
    "NoRegionError": (CredentialsError, "no AWS region", "--region"),
    "InvalidRegionError": (CredentialsError, "region does not exist", "--region"),
    "UnauthorizedSSOTokenError": (CredentialsError, "SSO sign-in has expired", "Run: aws sso login --profile work"),
    "SSOTokenLoadError": (CredentialsError, "no SSO sign-in yet", "Run: aws sso login --profile work"),
    "TokenRetrievalError": (CredentialsError, "SSO sign-in has expired", "Run: aws sso login --profile work"),
    "SSOError": (CredentialsError, "SSO sign-in failed", "Run: aws sso login --profile work"),
    "EndpointConnectionError": (AwsError, "could not be reached", "HTTPS_PROXY"),
    "ConnectTimeoutError": (AwsError, "did not answer in time", "the network and the proxy"),
    "ReadTimeoutError": (AwsError, "did not answer in time", "Run the same command again"),
    "ConnectionClosedError": (AwsError, "connection to AWS broke", "Run the same command again"),
    "SSLError": (AwsError, "not trusted", "AWS_CA_BUNDLE"),
    "LoginTokenLoadError": (CredentialsError, "no AWS sign-in yet", "aws login"),
    "LoginInsufficientPermissions": (CredentialsError, "may not do this", "another user or role"),
    "LoginError": (CredentialsError, "sign-in failed", "aws login"),
    "MissingDependencyException": (CredentialsError, "needs a package", "botocore[crt]"),
    "RefreshWithMFAUnsupportedError": (CredentialsError, "MFA profile ended", "a new code"),
    "ProxyConnectionError": (AwsError, "proxy could not be reached", "HTTPS_PROXY"),
    "ParamValidationError": (AwsError, "refused a value", "report this"),
}

BUSY = (
    *("Throttling", "ThrottlingException", "ThrottledException", "EC2ThrottledException", "RequestThrottled"),
    *("RequestThrottledException", "RequestLimitExceeded", "TooManyRequestsException", "BandwidthLimitExceeded"),
    *("PriorRequestNotComplete", "SlowDown", "503"),
)

# By wire code, in the same way.
WIRE: dict[str, tuple[type[BootstrapError], str, str]] = {
    "ExpiredToken": (CredentialsError, "have expired", "continues from the state"),
    "ExpiredTokenException": (CredentialsError, "have expired", "continues from the state"),
    "RequestExpired": (CredentialsError, "have expired, or the clock is wrong", "continues from the state"),
    "InvalidClientTokenId": (CredentialsError, "does not know these credentials", "opt-in region"),
    "UnrecognizedClientException": (CredentialsError, "does not know these credentials", "opt-in region"),
    "InvalidAccessKeyId": (CredentialsError, "does not know these credentials", "opt-in region"),
    "AuthFailure": (CredentialsError, "does not accept these credentials", "opt-in region"),
    "SignatureDoesNotMatch": (CredentialsError, "secret key or the clock", "clock"),
    "RequestTimeTooSkewed": (CredentialsError, "clock is wrong", "Set the clock"),
    "RegionDisabledException": (CredentialsError, "STS is switched off for this region", "Security Token Service"),
    "AccessDenied": (AwsError, "AccessDenied", "a service control policy or boundary cannot be fixed in the role"),
    "AccessDeniedException": (AwsError, "AccessDeniedException", "a service control policy or boundary cannot be fixed"),
    "403": (AwsError, "403", "s3:ListBucket"),
    "400": (AwsError, "400", "Check the region"),
    "TooManyBuckets": (AwsError, "TooManyBuckets", "L-DC2B2D3D"),
    "LimitExceeded": (AwsError, "LimitExceeded", "higher quota"),
    **{code: (AwsError, code, "wait a little, and run the same command again") for code in BUSY},
    "BucketAlreadyExists": (AwsError, "BucketAlreadyExists", "choose another"),
    "BucketNotEmpty": (AwsError, "BucketNotEmpty", "--delete-data"),
    "MalformedPolicyDocument": (AwsError, "MalformedPolicyDocument", "letter by letter"),
    "UnauthorizedOperation": (AwsError, "UnauthorizedOperation", "aws sts decode-authorization-message"),
    "VcpuLimitExceeded": (AwsError, "VcpuLimitExceeded", "more vCPUs"),
    "InsufficientInstanceCapacity": (AwsError, "InsufficientInstanceCapacity", "try again later"),
    "AddressLimitExceeded": (AwsError, "AddressLimitExceeded", "elastic IP that nobody needs"),
    "OptInRequired": (AwsError, "OptInRequired", "AWS Marketplace"),
    "SomethingElse": (AwsError, "SomethingElse", "what was done is recorded"),
}


def of_the_sdk(name: str) -> BotoCoreError:
    """The SDK's own exception, with what its message needs."""
    kind = getattr(botocore.exceptions, name)
    words = {field: field for _, field, _, _ in Formatter().parse(kind.fmt) if field}
    error = kind(**words)
    assert isinstance(error, BotoCoreError)
    return error


def test_each_exception_and_code_with_advice_is_in_this_test() -> None:
    assert set(LOCAL) == set(advice.LOCAL)
    assert set(WIRE) - {"SomethingElse"} == {*advice.WIRE, *advice._REFUSED}


@pytest.mark.parametrize("name", LOCAL)
def test_what_the_sdk_raises_by_itself_has_its_meaning_and_advice(name: str) -> None:
    kind, meaning, what_to_do = LOCAL[name]
    original = of_the_sdk(name)
    known = explain(original, "work")
    assert type(known) is kind
    assert meaning in known.message
    assert str(original) in known.message
    assert what_to_do in known.advice
    assert "{" not in known.advice


@pytest.mark.parametrize("name", ["UnauthorizedSSOTokenError", "LoginRefreshRequired"])
def test_without_a_profile_the_advised_command_has_none(name: str) -> None:
    assert "--profile" not in explain(of_the_sdk(name)).advice
    assert "login\nThen run the same command again." in explain(of_the_sdk(name)).advice


@pytest.mark.parametrize("code", WIRE)
def test_what_aws_answers_has_its_meaning_and_advice(code: str, scope: MakeScope, cloud: Wire) -> None:
    kind, meaning, what_to_do = WIRE[code]
    cloud.refuse("ListRoles", code, "in AWS's words", times=20)
    with pytest.raises(ClientError) as raised:
        scope().client("iam").list_roles()
    known = explain(raised.value)
    assert type(known) is kind
    assert meaning in known.message
    assert "ListRoles" in known.message
    assert code in known.message
    assert what_to_do in known.advice
    if isinstance(known, AwsError):
        assert known.code == code
        assert "in AWS's words" in known.message


def test_what_answers_in_the_place_of_aws_is_reported_as_such(cloud: Wire) -> None:
    cloud.trick("GetCallerIdentity", lambda call, carry: answer("<html><body>Welcome to the hotel<br></body></html>"))
    with (
        pytest.raises(AwsError, match="the answer does not come from AWS") as raised,
        signed_in({DEFAULT: Login(region="us-east-1")}, []),
    ):
        pass
    assert "HTTPS_PROXY" in raised.value.advice


def test_a_password_in_an_address_is_not_shown() -> None:
    error = botocore.exceptions.ProxyConnectionError(proxy_url="socks9://me:PASSWORD@127.0.0.1:1")
    assert "PASSWORD" not in explain(error).message
    assert "127.0.0.1:1" in explain(error).message


def test_an_error_of_ours_stays_as_it_is() -> None:
    error = UnmanagedResource("somebody made it", "choose another name")
    assert explain(error) is error


def test_an_error_of_the_sdk_without_advice_is_still_reported() -> None:
    known = explain(of_the_sdk("UnknownServiceError"))
    assert isinstance(known, CredentialsError)
    assert "the AWS SDK failed" in known.message


def test_a_mistake_in_the_code_is_reported_by_its_name() -> None:
    known = explain(KeyError("arn"))
    assert isinstance(known, AwsError)
    assert "KeyError" in known.message
    assert "'arn'" in known.message
    assert known.code == "KeyError"
    assert "--debug" in known.advice


# The SDK as it really fails


def failing(login: Login, monkeypatch: pytest.MonkeyPatch, **environment: str | None) -> BootstrapError:
    for name, value in environment.items():
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
    aws = Aws({DEFAULT: login})
    with pytest.raises((BotoCoreError, ClientError, BootstrapError)) as raised:
        aws.identities()
    aws.close()
    return explain(raised.value, login.profile)


EAST = Login(region="us-east-1")


def test_no_keys_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    none: Any = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    assert "no AWS credentials were found" in failing(EAST, monkeypatch, **none).message


def test_half_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "incomplete" in failing(EAST, monkeypatch, AWS_SECRET_ACCESS_KEY=None).message


def test_a_profile_that_there_is_none_of(monkeypatch: pytest.MonkeyPatch) -> None:
    known = failing(Login(profile="nobody", region="us-east-1"), monkeypatch)
    assert "the AWS profile does not exist: nobody" in known.message


def test_a_configuration_file_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("not a configuration")
    known = failing(Login(region="us-east-1"), monkeypatch, AWS_CONFIG_FILE=str(tmp_path / "config"))
    assert "the AWS configuration file cannot be read" in known.message
    assert str(tmp_path / "config") in known.message


def test_an_sso_sign_in_that_never_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        "[profile sso]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n"
        "[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://example.awsapps.com/start\n"
    )
    none: Any = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "HOME": str(tmp_path)}
    known = failing(Login(profile="sso", region="us-east-1"), monkeypatch, AWS_CONFIG_FILE=str(tmp_path / "config"), **none)
    assert "aws sso login --profile sso" in known.advice


def test_a_region_that_is_not_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--region" in failing(Login(region="us east 1"), monkeypatch).advice


def test_nobody_at_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda self, context: 0)
    known = failing(Login(endpoint=f"http://127.0.0.1:{port}"), monkeypatch)
    assert isinstance(known, AwsError)
    assert "AWS could not be reached" in known.message


@pytest.mark.parametrize(
    ("error", "command"),
    [
        (of_the_sdk("UnauthorizedSSOTokenError"), "aws sso login --profile work"),
        (
            ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "RunInstances"),
            "aws sts decode-authorization-message --encoded-message TEXT --profile work",
        ),
    ],
    ids=["an expired sign-in", "an encoded denial"],
)
def test_the_command_that_is_advised_in_the_middle_of_a_run_is_for_the_profile_of_the_account(
    error: Exception, command: str
) -> None:
    account = replace(EXAMPLE, sign_in=SignIn(profile="work"))
    assert command in explain(error, account=account).advice
    assert command in explain(error, "work").advice


def test_who_is_said_to_be_no_delegated_administrator_may_lack_a_permission() -> None:
    text = "Account used is not a delegated administrator"
    found = explain(ClientError({"Error": {"Code": "ValidationError", "Message": text}}, "DescribeStackSet"))
    assert text in found.message and "lacks organizations:ListDelegatedAdministrators" in found.advice
