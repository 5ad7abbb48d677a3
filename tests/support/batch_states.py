"""What Batch says of a thing while it works on it: moto is done when the call returns."""

import json
from collections.abc import Mapping
from typing import Any

from tests.support.wire import Call, Carry, Wire, json_answer

NEW_ROLE = "CLIENT_ERROR - User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: sts:AssumeRole"


def says(cloud: Wire, operation: str, status: str, reason: str = "", *, times: int = 1) -> None:
    """The next answers to `operation` ("DescribeJobQueues") tell of this status, and are true for the rest."""

    def play(call: Call, carry: Carry) -> Any:
        [(key, things)] = json.loads(carry().content).items()
        return json_answer({key: [{**thing, "status": status, "statusReason": reason} for thing in things]})

    cloud.trick(operation, play, times)


def tells_the_truth(cloud: Wire, operation: str, *, times: int = 1) -> None:
    """The next answers to the operation are as they are."""
    cloud.trick(operation, lambda call, carry: None, times)


def hides(cloud: Wire, operation: str, *, times: int = 1) -> None:
    """The next answers to the operation show nothing."""

    def play(call: Call, carry: Carry) -> Any:
        [key] = json.loads(carry().content)
        return json_answer({key: []})

    cloud.trick(operation, play, times)


def body(call: Call) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(call.text.partition(" ")[2])
    return found
