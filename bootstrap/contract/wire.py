"""The wire to the AWS that moto plays: what went over it, and what stands in between."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_plus

from bootstrap.sandbox.authorization.call import (
    Call as Call,
    answer as answer,
    error_answer as error_answer,
    json_answer as json_answer,
)

Carry = Callable[[], Any]
"""Takes the request to moto and brings its answer back."""


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
