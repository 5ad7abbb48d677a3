"""The log of the calls to AWS, for `--log` and BOOTSTRAP_LOG: what was asked when, how long it took, and what came back.

It has no parameters, no answers, no headers and no messages of errors: so no credential, token, user data or external id can
be in it. With the request id, AWS support finds the call, and with the time and the caller, CloudTrail shows all of it.
Nothing is registered, and nothing costs time, while nobody logs.

Source: botocore/endpoint.py emits `before-send` and `response-received` for each attempt, both on the thread of the call.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bootstrap.aws.redaction import redacted

Write = Callable[[Mapping[str, Any]], None]
_WRITERS: list[Write] = []
_ATTEMPT = threading.local()
_LONGEST = 200
"""Characters of what comes from the other side, which may be no AWS."""


@contextmanager
def logged(write: Write) -> Iterator[None]:
    """Within it, `write` gets each attempt of each call, on the thread of the call."""
    _WRITERS.append(write)
    try:
        yield
    finally:
        _WRITERS.remove(write)


def watch(events: Any, alias: str) -> None:
    """Logs what the clients with this event emitter, or those made later from a session's, send to the account."""
    if _WRITERS:
        events.register("before-send", _begin, unique_id="bootstrap-log-begin")
        events.register("response-received", partial(_end, alias), unique_id="bootstrap-log-end")


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _begin(**_: Any) -> None:
    _ATTEMPT.began = (now(), time.monotonic())


def _end(
    alias: str,
    *,
    event_name: str,
    context: Mapping[str, Any],
    parsed_response: Mapping[str, Any] | None = None,
    exception: Exception | None = None,
    **_: Any,
) -> None:
    began, clock = getattr(_ATTEMPT, "began", (now(), time.monotonic()))
    service, operation = event_name.split(".")[1:3]
    answer: Mapping[str, Any] = parsed_response or {}
    metadata = answer.get("ResponseMetadata", {})
    error = type(exception).__name__ if exception else answer.get("Error", {}).get("Code")
    line: dict[str, Any] = {
        "type": "call",
        "time": began,
        "account": alias,
        "region": context.get("client_region"),
        "service": service,
        "operation": operation,
        "attempt": context.get("retries", {}).get("attempt", 1),
        "milliseconds": round((time.monotonic() - clock) * 1000),
        "status": metadata.get("HTTPStatusCode"),
        "error": _shortened(error),
        "request_id": _shortened(metadata.get("RequestId")),
        "host_id": _shortened(metadata.get("HostId")),
    }
    for write in _WRITERS:
        write({key: value for key, value in line.items() if value is not None})


def _shortened(text: Any) -> str | None:
    return redacted(str(text)[:_LONGEST]) if text else None
