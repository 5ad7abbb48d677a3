"""The wire to the AWS that moto plays: what went over it, and what stands in between."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import MockRawResponse

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
        self._moto = threading.RLock()
        self.between: Callable[[Call, Carry], Any] = straight_on
        """What each request passes on its way to moto."""

    @contextmanager
    def recorded(self) -> Iterator[list[Call]]:
        """The calls made in here."""
        found: list[Call] = []
        start = len(self.calls)
        try:
            yield found
        finally:
            found.extend(self.calls[start:])

    def arrived(self, call: Call) -> None:
        """Called for each request before it waits for its turn."""

    def passed_on(self, call: Call, carry: Carry) -> Any:
        """The answer to a request whose turn it is."""
        return self.between(call, carry)

    def send(self, event_name: str, request: Any, carry: Carry) -> Any:
        _, service, operation = event_name.split(".")
        body = request.body or b""
        sent = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
        headers = {
            name.lower(): value if isinstance(value, str) else value.decode() for name, value in request.headers.items()
        }
        call = Call(service, operation, unquote_plus(f"{request.url} {sent}"), headers, request.url, sent)
        self.arrived(call)
        with self._moto:
            self.calls.append(call)
            return self.passed_on(call, carry)


def answer(content: str, status: int = 200, headers: Mapping[str, str] | None = None) -> AWSResponse:
    """An answer of AWS for a trick to give: XML, unless the headers say otherwise."""
    headers = {"content-type": "text/xml", **(headers or {})}
    return AWSResponse("https://pretended.aws", status, headers, MockRawResponse(content))


def json_answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> AWSResponse:
    """The same of a service that speaks JSON, as Batch does."""
    return answer(json.dumps(content), status, {"content-type": "application/json", **(headers or {})})


def error_answer(call: Call, code: str, message: str, status: int) -> AWSResponse:
    if call.service in ("batch", "organizations", "resource-groups-tagging-api", "service-quotas", "iam-toolbox"):
        return json_answer({"__type": code, "message": message}, status, {"x-amzn-errortype": code})
    error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    body = f"<ErrorResponse><Error>{error}</Error><RequestId>1</RequestId></ErrorResponse>"
    if call.service in ("s3", "s3-control"):
        body = f"<Error>{error}<RequestId>1</RequestId></Error>"
    elif call.service == "ec2":
        body = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>1</RequestID></Response>"
    return answer("" if call.operation.startswith("Head") else body, status)
