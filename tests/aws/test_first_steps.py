"""Somebody who has set up nothing for AWS, or half of it, reads at once all that is missing and how to get it."""

import re
from pathlib import Path
from typing import Any

import pytest

from bootstrap.aws.credentials import Login, open_session, sandboxed
from bootstrap.aws.first_steps import REGION, SANDBOX
from bootstrap.errors import CredentialsError

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
FILE = "[profile work]\noutput = json\n[profile broken]\ncredential_process = false\n[profile west]\nregion = us-west-2\n"
WAYS = ("aws login", "aws configure sso", "aws configure")


@pytest.fixture(autouse=True)
def nothing_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*KEYS, "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def refused(login: Login) -> CredentialsError:
    with pytest.raises(CredentialsError) as raised:
        open_session(login)
    return raised.value


def offers(advice: str, profile: str = "") -> bool:
    """Whether it has each way to sign in, with AWS's page and the command, which ends its line."""
    found = re.findall(r"\(https://docs\.aws\.amazon\.com/cli/[a-z/-]+\.html\): (.+)$", advice, re.MULTILINE)
    return found == [f"{way} --profile {profile}" if profile else way for way in WAYS]


@pytest.mark.parametrize("login", [Login(), Login(otherwise="us-east-1")], ids=["accounts", "a state in S3"])
def test_with_nothing_set_up_region_and_sign_in_are_explained_at_once_and_the_sandbox_is_offered(login: Login) -> None:
    error = refused(login)
    assert error.message == "no AWS region is set, and no AWS credentials were found"
    assert error.advice.startswith(REGION)
    assert offers(error.advice)
    assert error.advice.endswith(SANDBOX)


def test_what_a_region_is_comes_with_examples_an_option_and_aws_s_list() -> None:
    for words in ("A region is", "us-east-1 (Virginia)", "--region us-east-1", "https://docs.aws.amazon.com/"):
        assert words in REGION


# Set up by half: the profiles in the file, the environment, who signs in, and what the error then says and offers.
HALF: list[tuple[str, dict[str, str], Login, str, tuple[str, ...], bool]] = [
    ("", KEYS, Login(), "no AWS region is set", (REGION,), False),
    ("", {"AWS_ACCESS_KEY_ID": "A"}, Login(), "set, and the AWS credentials are incomplete", (REGION,), False),
    (FILE, {}, Login(profile="work"), "no AWS region is set, and no AWS credentials were found", (REGION,), True),
    (FILE, {}, Login(profile="broken"), "set, and the AWS credentials could not be", (REGION,), False),
    (FILE, {}, Login(profile="wrk", region="x"), "does not exist: wrk", ("Did you mean work?", "work, broken, west"), False),
    (FILE, {"AWS_PROFILE": "wrk"}, Login(), "does not exist: wrk, and no AWS region is set", ("AWS_PROFILE", REGION), False),
    ("", {}, Login(profile="x"), "does not exist: x, and no AWS region is set", ("has no profile yet", REGION), True),
]  # fmt: skip


@pytest.mark.parametrize(("file", "environment", "login", "message", "advice", "ways"), HALF, ids=[row[3] for row in HALF])
def test_with_half_of_it_set_up_everything_that_is_missing_is_said_at_once(
    file: str,
    environment: dict[str, str],
    login: Login,
    message: str,
    advice: tuple[str, ...],
    ways: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "config").write_text(file)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    error = refused(login)
    assert message in error.message
    assert all(words in error.advice for words in advice), error.advice
    assert offers(error.advice, login.profile or "") == ways
    assert error.exit_code == (64 if "does not exist" in message else 1)  # what somebody named is wrong, or there is nothing


def test_a_state_in_s3_needs_no_region_where_there_are_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    session: Any = open_session(Login(otherwise="eu-west-1"))
    assert session.region_name == "eu-west-1"
    assert session.client("s3").meta.region_name == "eu-west-1"


@pytest.mark.parametrize("open_", [open_session, sandboxed])
def test_a_region_that_does_not_exist_is_refused_with_the_one_that_was_meant(open_: Any) -> None:
    with pytest.raises(CredentialsError, match="the AWS region does not exist: us-esat-1") as raised:
        open_(Login(region="us-esat-1"))
    assert raised.value.exit_code == 64
    assert raised.value.advice.startswith("Did you mean us-east-1? Name one with --region")
    with pytest.raises(CredentialsError, match="the AWS region does not exist: Frankfurt!") as raised:
        open_(Login(region="Frankfurt!"))
    assert raised.value.advice == REGION
    for region in ("us-gov-west-1", "cn-north-1", "eusc-de-east-1", "il-central-1"):
        assert open_(Login(region=region)).region_name == region
