"""Texts of foreign exceptions: whatever form a secret has in them, it is not shown, and the rest is."""

import json
import shlex
from collections.abc import Callable

import pytest
from botocore.credentials import ProcessProvider
from botocore.exceptions import ClientError, CredentialRetrievalError, HTTPClientError
from botocore.parsers import ResponseParserError

from bootstrap.aws.explain import explain
from bootstrap.aws.redaction import error_text, redacted, redacted_traceback
from tests.support.watchdog import no_hang

SHOWN: dict[str, tuple[str, str]] = {
    "an address": ("no way to http://me:MARKED@proxy:8080/", "no way to http://***@proxy:8080/"),
    "an at sign in the password": ("http://me:MAR@KED@proxy", "http://***@proxy"),
    "a slash in the password": ("http://me:MAR/KED@proxy", "http://***@proxy"),
    "a blank in the password": ("http://me:MARKED KED@proxy", "http://***@proxy"),
    "a line break in the password": ("http://me:MARKED\nKED@proxy", "http://***@proxy"),
    "a password with percent signs": ("HTTP://me:MARKED%40x@proxy", "HTTP://***@proxy"),
    "a token without a name": ("https://MARKED@proxy", "https://***@proxy"),
    "no scheme": ("cannot use me:MARKED@proxy:8080", "cannot use ***@proxy:8080"),
    "no scheme for an endpoint": ("Invalid endpoint: me:MAR KED@host", "Invalid endpoint: ***@host"),
    "a piece as a port": ("Port could not be cast to integer value as 'MARKED'", "integer value as ***"),
    "a piece that cannot be parsed": ("Failed to parse: //me:MARKED", "Failed to parse: ***"),
    "a header": ("Invalid header value b'AWS4-HMAC-SHA256 Credential=x, Signature=MARKED\\n'", "Invalid header value ***"),
    "a signed address": (
        "https://b.s3.amazonaws.com/k?X-Amz-Credential=MARKED%2F1&X-Amz-Security-Token=MARKED&X-Amz-Signature=MARKED&a=b",
        "X-Amz-Signature=***&a=b",
    ),
    "headers in a page": ("authorization: AWS4 MARKED MARKED\nx-amz-security-token: MARKED", "authorization: ***"),
    "an access key id": ("the key AKIAMARKED0000000000 is unknown", "the key *** is unknown"),
}


@pytest.mark.parametrize(("text", "expected"), SHOWN.values(), ids=SHOWN)
def test_what_has_the_form_of_a_secret_is_masked(text: str, expected: str) -> None:
    assert "MARKED" not in redacted(text)
    assert "KED" not in redacted(text)
    assert expected in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "User: arn:aws:sts::123456789012:assumed-role/Admin/me@example.com is not authorized to perform: iam:CreateRole",
        "Could not connect to the endpoint URL: https://iam.amazonaws.com/",
        "Connect timeout on endpoint URL: http://127.0.0.1:5000/",
        "Mail me@example.com",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


VARIABLES = ("HTTPS_PROXY", "http_proxy", "ALL_PROXY", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize(
    "value", ["http://me:MARKED-x@proxy", "me:MARKED-x@proxy:1", "http://me:MARKED%2Dx@proxy", "MARKED-x@h"]
)
def test_a_password_of_the_environment_is_masked_wherever_it_is_quoted(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    for text in (f"oh: {value}", "what is MARKED-x?", "what is me:MARKED-x?"):
        assert "MARKED" not in redacted(text)


@pytest.mark.parametrize("name", VARIABLES)
def test_what_the_query_of_an_address_holds_is_masked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "https://host/path?token=MARKED")
    assert redacted("cannot reach https://host/path?token=MARKED") == "cannot reach https://host/path?***"


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"])
@pytest.mark.parametrize("value", ["MARKED+of/the=end", "MARKED+of\n/the end ", "MARKED+of\x1b"])
def test_keys_of_the_environment_are_masked_as_they_are_and_as_python_quotes_them(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    for text in (f"oh: {value}", f"oh: {value!r}", f"oh: {value.encode()!r}", f"oh: {value.strip()}"):
        assert "MARKED" not in redacted(text)


def test_an_answer_that_cannot_be_read_is_not_quoted() -> None:
    """It may be a half of what AssumeRole gave out, or a page that shows the request."""
    error = ResponseParserError("invalid XML received:\nb'<SecretAccessKey>MARKED</Secr'")
    assert "MARKED" not in error_text(error) + explain(error).message


def test_what_the_http_library_says_is_shown_without_headers() -> None:
    error = HTTPClientError(error=ValueError("Invalid header value b'MARKED\\n'"))
    assert "MARKED" not in explain(error).message


def test_words_of_aws_are_masked_too() -> None:
    refused = ClientError({"Error": {"Code": "Odd", "Message": "no http://me:MARKED@proxy"}}, "ListRoles")
    assert explain(refused).message == "ListRoles: no http://***@proxy (Odd)"


@pytest.mark.parametrize("provider", ["custom-process", "container-role", "iam-role"])
def test_what_a_source_of_credentials_says_of_itself_is_not_shown(provider: str) -> None:
    error = CredentialRetrievalError(provider=provider, error_msg="Unsupported version 'MARKED'")
    assert "MARKED" not in explain(error).message


def raised(raising: Callable[[], object]) -> Exception:
    try:
        raising()
    except Exception as error:
        return error
    raise AssertionError


def test_a_traceback_has_the_lines_and_no_secret_of_any_of_its_exceptions() -> None:
    secret = f"//me:MAR K{'ED'}@host"  # a traceback has the lines of the source

    def failing() -> None:
        try:
            raise ValueError(f"Invalid endpoint: http:{secret}")
        except ValueError as error:
            raise KeyError(f"HTTP:{secret}") from error

    shown = redacted_traceback(raised(failing))
    assert "KED" not in shown
    assert "in failing" in shown
    assert shown.index("ValueError: Invalid endpoint: ***@host") < shown.index("KeyError: 'HTTP://***@host'")


def test_a_chain_of_errors_that_runs_in_a_circle_is_shown_once() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert redacted_traceback(one).count("ValueError: one") == 1


def test_nothing_of_what_broke_while_credentials_were_read_is_quoted() -> None:
    secret = f"MARK{'ED'}"  # a traceback has the lines of the source
    printed = {"Version": 1, "AccessKeyId": secret, "SecretAccessKey": secret, "Expiration": secret}
    profile = {"credential_process": f"echo {shlex.quote(json.dumps(printed))}"}
    error = raised(ProcessProvider("default", lambda: {"profiles": {"default": profile}}).load)
    assert "MARKED" not in error_text(error) + redacted_traceback(error) + explain(error).message
    assert "ParserError" in error_text(error)


@pytest.mark.parametrize("piece", ["//", "=a:", "a=", "a=@", "@", ":", "Invalid endpoint: ", "authorization: ", "AKIA"])
def test_no_text_takes_long(piece: str) -> None:
    with no_hang():
        for end in ("", "@", " @"):
            redacted(piece * (100_000 // len(piece)) + end)


@pytest.mark.parametrize("name", ["a role of jane+x@example.com", "arn:aws:sts::1:assumed-role/Admin/jane@example.com"])
def test_a_name_that_is_an_address_of_mail_is_shown(name: str) -> None:
    assert redacted(name) == name
