"""Errors of AWS by their wire code: noted with what was asked, ignored, or turned into one of ours."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.aws.redaction import redacted
from bootstrap.errors import AlreadyExists
from bootstrap.permissions.denial import CODES, Asked

THROTTLED = (
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "EC2ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
    "SlowDown",
    "503",  # S3's SlowDown where the answer has no body
)
"""The codes with which AWS says that the account sends too many requests."""

NOT_OFFERED = {
    "404",
    "405",
    "501",
    "InvalidAction",
    "MethodNotAllowed",
    "NotImplemented",
    "UnknownOperationException",
}
"""The codes with which emulators, and AWS in some partitions, refuse a call that they do not have."""


def code_of(error: ClientError) -> str:
    """The wire code: "NoSuchEntity", not the class name "NoSuchEntityException"."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def noting_request(client: Any, service: str, parameters: Mapping[str, Any]) -> Iterator[None]:
    """Adds the request to an error, as `asked`: S3 may say no more than "Access Denied"."""
    try:
        yield
    except ClientError as error:
        error.asked = Asked(service, error.operation_name, client.meta.partition, parameters)
        raise


@contextmanager
def fallback_after(first: Exception) -> Iterator[None]:
    """Around a call that is tried after the error `first`. Raises `first`, which says more, if the call is denied, is not
    offered or does not reach AWS."""
    try:
        yield
    except BotoCoreError as error:
        raise first from error
    except ClientError as error:
        if code_of(error) not in CODES | NOT_OFFERED:
            raise
        raise first from error


@contextmanager
def ignore_missing(*codes: str, text: str = "") -> Iterator[None]:
    """These codes, with this text in the message, mean that it is not there: for deletes, and where a whole document is
    read before it is replaced."""
    try:
        yield
    except ClientError as error:
        if code_of(error) not in codes or text not in _message(error):
            raise


@contextmanager
def raise_already_exists(*codes: str, text: str = "") -> Iterator[None]:
    """For creating calls: turns these codes, with this text in the message, into AlreadyExists, so that the executor
    looks at whose it is."""
    try:
        yield
    except ClientError as error:
        if code_of(error) not in codes or text not in _message(error):
            raise
        what = f"{error.operation_name}: {redacted(_message(error))} ({code_of(error)})"
        raise AlreadyExists(what, code=code_of(error)) from error


def _message(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))
