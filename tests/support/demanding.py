"""What moto does not do: a bucket or an organization refuses objects that are written without the encryption it demands."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.wire import Call, Carry, error_answer

HEADER = "s3:x-amz-server-side-encryption"
ALGORITHM = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:PutObject",
    "Resource": "*",
    "Condition": {"Null": {HEADER: "true"}},
}
"""From AWS's own samples: a bucket policy, and as it stands a resource control policy."""


def only(key: str, value: str) -> dict[str, Any]:
    """Denies whatever names another value for a key such as HEADER, or none."""
    return {**ALGORITHM, "Condition": {"StringNotEquals": {key: value}}}


class Demanding:
    """Applies such statements to PutObject. `words` is what AWS's message ends with: for a resource control policy, or
    nothing at all."""

    def __init__(self, *statements: Mapping[str, Any], words: str = "") -> None:
        self.statements: Sequence[Mapping[str, Any]] = statements
        self.words = words
        self.met = 0

    def __call__(self, call: Call, carry: Carry) -> Any:
        if call.operation != "PutObject" or not any(self._denies(item, call) for item in self.statements):
            return carry()
        self.met += 1
        return error_answer(call, "AccessDenied", self.words or "Access Denied", 403)

    def _denies(self, statement: Mapping[str, Any], call: Call) -> bool:
        found = {key.removeprefix("s3:"): key for tests in statement["Condition"].values() for key in tests}
        sent = {key: call.headers.get(header) for header, key in found.items()}
        return all(
            (sent[key] is None) == (value == "true") if operator == "Null" else sent[key] != value
            for operator, tests in statement["Condition"].items()
            for key, value in tests.items()
        )
