"""The wire to the AWS that moto plays: what went over it, and what a test puts in between."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote_plus
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto.core.botocore_stubber import MockRawResponse

from tests.support.rounds import Rounds

Carry = Callable[[], Any]
"""Takes the request to moto and brings its answer back."""


@dataclass(frozen=True)
class Call:
    """One request, as ("iam", "CreateRole"). `text` is its address and body, decoded; `url` and `body` are as sent."""

    service: str
    operation: str
    text: str
    headers: Mapping[str, str]
    url: str = ""
    body: str = ""

    @property
    def name(self) -> str:
        return f"{self.service}.{self.operation}"

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        reads = self.operation.startswith(("Get", "List", "Head", "Describe", "AssumeRole", "Simulate"))
        return not reads and "DryRun=true" not in self.text


def straight_on(call: Call, carry: Carry) -> Any:
    return carry()


class Wire:
    """All that is sent goes through `send`, one request at a time: moto has no locks of its own."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._tricks: dict[str, list[Callable[[Call, Carry], Any]]] = {}
        self._moto = threading.RLock()
        self._meeting: threading.Barrier | None = None
        self._rounds: Rounds | None = None
        self.between: Callable[[Call, Carry], Any] = straight_on
        """What each request passes on its way to moto (see `support/strict.py`)."""

    @property
    def names(self) -> list[str]:
        return [call.name for call in self.calls]

    @property
    def is_clear(self) -> bool:
        """Whether nothing is in the way of a request, and nobody played a trick."""
        met = self._tricks or self._meeting or self._rounds is not None
        return not met and self.between is straight_on

    def refuse(self, operation: str, code: str, message: str = "refused", *, status: int = 400, times: int = 1) -> None:
        """The next requests for the operation never reach AWS and get this error."""
        self.trick(operation, lambda call, carry: error_answer(call, code, message, status), times)

    def lose_answer(self, operation: str) -> None:
        """The next request for the operation is carried out, but the connection breaks before the answer comes."""

        def act_and_break(call: Call, carry: Carry) -> Any:
            carry()
            raise ConnectionClosedError(endpoint_url="https://pretended.aws")

        self.trick(operation, act_and_break)

    def trick(self, operation: str, play: Callable[[Call, Carry], Any], times: int = 1) -> None:
        """What `play` gives is the answer to the next requests for the operation; None stands for the true one."""
        self._tricks.setdefault(operation, []).extend([play] * times)

    @contextmanager
    def all_at_once(self, number: int) -> Iterator[None]:
        """In here a request is only answered when `number` of them are under way: one that waits for another breaks."""
        self._meeting = threading.Barrier(number, timeout=10)
        try:
            yield
        finally:
            self._meeting = None

    @contextmanager
    def in_rounds(self) -> Iterator[list[list[str]]]:
        """The calls made in here, round trip by round trip: see `Rounds`."""
        with Rounds() as self._rounds:
            try:
                yield self._rounds.calls
            finally:
                self._rounds = None

    @contextmanager
    def recorded(self) -> Iterator[list[Call]]:
        """The calls made in here."""
        found: list[Call] = []
        start = len(self.calls)
        try:
            yield found
        finally:
            found.extend(self.calls[start:])

    def send(self, event_name: str, request: Any, carry: Carry) -> Any:
        _, service, operation = event_name.split(".")
        body = request.body or b""
        sent = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
        headers = {
            name.lower(): value if isinstance(value, str) else value.decode() for name, value in request.headers.items()
        }
        call = Call(service, operation, unquote_plus(f"{request.url} {sent}"), headers, request.url, sent)
        if self._meeting is not None:
            self._meeting.wait()
        if self._rounds is not None:
            self._rounds.wait(call.name)
        with self._moto:
            self.calls.append(call)
            tricks = self._tricks.get(operation)
            through = partial(self.between, call, carry)
            played = tricks.pop(0)(call, through) if tricks else None
            return through() if played is None else played


def answer(content: str, status: int = 200, headers: Mapping[str, str] | None = None) -> AWSResponse:
    """An answer of AWS for a trick to give: XML, unless the headers say otherwise."""
    headers = {"content-type": "text/xml", **(headers or {})}
    return AWSResponse("https://pretended.aws", status, headers, MockRawResponse(content))


def json_answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> AWSResponse:
    """The same of a service that speaks JSON, as Batch does."""
    return answer(json.dumps(content), status, {"content-type": "application/json", **(headers or {})})


def error_answer(call: Call, code: str, message: str, status: int) -> AWSResponse:
    if call.service in ("batch", "resource-groups-tagging-api", "service-quotas"):
        return json_answer({"__type": code, "message": message}, status, {"x-amzn-errortype": code})
    error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    body = f"<ErrorResponse><Error>{error}</Error><RequestId>1</RequestId></ErrorResponse>"
    if call.service in ("s3", "s3-control"):
        body = f"<Error>{error}<RequestId>1</RequestId></Error>"
    elif call.service == "ec2":
        body = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>1</RequestID></Response>"
    return answer("" if call.operation.startswith("Head") else body, status)
