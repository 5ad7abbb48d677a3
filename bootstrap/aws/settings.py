"""The user's AWS settings and credentials, if the SDK has no error of its own for what is wrong, or would show a secret.

The SDK runs programs, reads caches and asks servers in order to get credentials, again and again during a run, and raises
whatever that raises. All of it passes through `signing_in`, so that an error says which source failed and what to do.
Source: botocore/credentials.py (each provider's METHOD is its key in `_SOURCES`).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError, PartialCredentialsError

from bootstrap.aws.explain import explain
from bootstrap.aws.redaction import error_text
from bootstrap.core import commands
from bootstrap.errors import BootstrapError, CredentialsError, lines

_CONFIG = "Check what this profile names in ~/.aws/config and ~/.aws/credentials."
_SOURCES: Mapping[str, tuple[str, str | tuple[str, ...]]] = {
    "env": ("the environment (AWS_ACCESS_KEY_ID and the like)", "Set the AWS_ variables again, with fresh values."),
    "custom-process": (
        "the credential_process",
        "Check its command in ~/.aws/config, and run it by itself: it must exit with code 0, and print only JSON, "
        "with credentials that are still good.",
    ),
    "sso": ("the SSO sign-in", ("sso", "login")),
    "login": ("the AWS sign-in", ("login",)),
    "assume-role": ("the role", _CONFIG),
    "assume-role-with-web-identity": (
        "the web identity",
        "Check the role and the token file (AWS_WEB_IDENTITY_TOKEN_FILE, or web_identity_token_file in ~/.aws/config).",
    ),
    "container-role": ("the container's credentials", "Check the AWS_CONTAINER_ variables, and what answers there."),
    "iam-role": ("the role of this machine", "Check the machine's instance profile and its metadata service."),
}
"""What gives credentials, and what to do when it fails. Words are a command of the AWS CLI."""
_ANY = ("the AWS settings", _CONFIG)
_REFUSED = {
    "sso": "Check sso_account_id and sso_role_name of the profile in ~/.aws/config. If they are right, ask whoever runs IAM "
    "Identity Center to assign you that permission set in that account.",
}
"""What to do if the source answers and refuses: signing in again does not help."""
_OF_PROFILES = {"custom-process", "sso", "login", "assume-role"}
_AGAIN = "Then run the same command again: it continues from the state."


@contextmanager
def usable_settings() -> Iterator[None]:
    """Around the creation of a client. Raises CredentialsError for what the SDK has no error of its own for."""
    try:
        yield
    except (BotoCoreError, ClientError, BootstrapError):
        raise
    except Exception as error:  # the SDK stumbles over them in many ways
        raise CredentialsError(
            f"the AWS settings cannot be used: {error_text(error)}",
            "Check the AWS_ variables, and in ~/.aws/config what this profile names.",
        ) from error


@contextmanager
def signing_in(method: str, profile: str | None) -> Iterator[None]:
    """Around each look for credentials, the first and the later ones, by the source that the SDK calls `method`.

    Raises CredentialsError whatever goes wrong, except that a network which fails is the AwsError that it is elsewhere.
    """
    source, way = _SOURCES.get(method, _ANY)
    todo = lines(way if isinstance(way, str) else f"Run: {commands.aws(*way, profile=profile)}", _AGAIN)
    named = f"{source} of the profile {profile}" if method in _OF_PROFILES and profile else source
    try:
        yield
    except BootstrapError:
        raise
    except EOFError:
        nobody = "the AWS profile asks for an MFA code, and there is no terminal to ask at"
        raise CredentialsError(nobody, "Run it at a terminal, or get temporary credentials first.") from None
    except BotoCoreError as error:
        known = explain(error, profile)
        if isinstance(error, PartialCredentialsError | CredentialRetrievalError):  # the source tells better what to do
            known.advice = todo
        raise known from error
    except ClientError as error:
        known = explain(error, profile)
        refused = CredentialsError(f"{named} gives no credentials: {known.message}", _REFUSED.get(method, known.advice))
        refused.denial = known.denial
        raise refused from error
    except Exception as error:
        raise CredentialsError(f"the AWS credentials could not be fetched: {named} {_failed(error)}", todo) from error


def _failed(error: Exception) -> str:
    """How it failed, without its output: that may be a secret."""
    if isinstance(error, OSError):
        return f"failed: {error_text(error)}"
    if isinstance(error, RuntimeError) and "still expired" in str(error):
        return "gave credentials that have expired already"
    return f"gave what cannot be used, or cannot be started ({type(error).__name__}); what it gave is not shown"


def check_whole(found: Any) -> None:
    """Raises CredentialsError, without showing any, for credentials that could not be sent: the SDK would show them."""
    for name, value in {"access key id": found.access_key, "secret key": found.secret_key, "token": found.token}.items():
        if value and not re.fullmatch(r"[\x21-\x7e]+", value):
            raise CredentialsError(
                f"the {name} of the AWS credentials contains a space, a line break or a character that is not allowed",
                "Copy it again, all of it and nothing else.",
            )
