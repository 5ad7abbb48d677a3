"""What ends a run or refuses a call: between the tool and the AWS that moto plays."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ConnectionClosedError

from bootstrap.contract.wire import Call, Carry

Words = Mapping[str, tuple[str, str, int]]
"""Wire code, message and HTTP status, by service."""
Fault = Callable[[Call, Carry], Any]
"""Gives the answer to one call, or raises what the SDK would see."""

_MAY_NOT = "User: arn:aws:sts::123456789012:user/moto is not authorized to perform this"
DENIED: Words = {
    "iam": ("AccessDenied", _MAY_NOT, 403),
    "sts": ("AccessDenied", _MAY_NOT, 403),
    "s3": ("AccessDenied", "Access Denied", 403),
    "s3-control": ("AccessDenied", "Access Denied", 403),
    "ec2": ("UnauthorizedOperation", "You are not authorized to perform this operation.", 403),
    "batch": ("AccessDeniedException", _MAY_NOT, 403),
    "cloudformation": ("AccessDenied", _MAY_NOT, 403),
    "resource-groups-tagging-api": ("AccessDeniedException", _MAY_NOT, 400),
    "service-quotas": ("AccessDeniedException", _MAY_NOT, 400),
}


class Killed(BaseException):
    """The process is dead. No Exception: nothing of it may go on."""


def no_connection() -> ConnectionClosedError:
    return ConnectionClosedError(endpoint_url="https://pretended.aws")


def no_fault(call: Call, carry: Carry) -> Any:
    return carry()
