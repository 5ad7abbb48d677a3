"""The user's AWS settings, where the SDK has no error of its own for what is wrong with them, or would show a secret."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.errors import BootstrapError, CredentialsError
from bootstrap.masked import said


@contextmanager
def usable_settings() -> Iterator[None]:
    """Raises CredentialsError for what the SDK meets in wrong settings without an error of its own for it."""
    try:
        yield
    except (BotoCoreError, ClientError, BootstrapError):
        raise
    except EOFError:
        nobody = "the AWS profile asks for an MFA code, and there is no terminal to ask at"
        raise CredentialsError(nobody, "Run it at a terminal, or get temporary credentials first.") from None
    except Exception as error:  # the SDK stumbles over them in many ways
        raise CredentialsError(
            f"the AWS settings cannot be used: {said(error)}",
            "Check the AWS_ variables, and in ~/.aws/config what this profile names.",
        ) from error


def check_whole(credentials: Any) -> None:
    """Fetches them, and raises CredentialsError, without showing any, for what could not be sent: the SDK would show it."""
    if credentials is None:
        return
    found = credentials.get_frozen_credentials()
    for name, value in {"access key id": found.access_key, "secret key": found.secret_key, "token": found.token}.items():
        if value and not re.fullmatch(r"[\x21-\x7e]+", value):
            raise CredentialsError(
                f"the {name} of the AWS credentials holds a blank, a line break or a letter that none has",
                "Copy it again, whole and without what stands around it.",
            )
