"""What ends a run or refuses a call: between the tool and the AWS that moto plays."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ConnectionClosedError

from bootstrap.contract.wire import Call, Carry
from bootstrap.sandbox.authorization.call import DENIED as DENIED, Words as Words

Fault = Callable[[Call, Carry], Any]
"""Gives the answer to one call, or raises what the SDK would see."""


class Killed(BaseException):
    """The process is dead. No Exception: nothing of it may go on."""


def no_connection() -> ConnectionClosedError:
    return ConnectionClosedError(endpoint_url="https://pretended.aws")


def no_fault(call: Call, carry: Carry) -> Any:
    return carry()
