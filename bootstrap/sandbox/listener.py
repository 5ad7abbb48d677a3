"""The sandbox's HTTP, on one listening socket: who passes the gate is served, and nobody can keep others waiting.

Connections wait in one thread, where each costs little; an application answers in threads of its own. Who has not passed
the gate yet has to be done with the head of a request in a few seconds, no body is read before, and when there are too
many of those, the one that came first has to go.
"""

import asyncio
import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from socket import socket
from wsgiref.types import WSGIApplication
from xml.sax.saxutils import escape

from werkzeug.test import run_wsgi_app

from bootstrap.sandbox import OURS, SHUTDOWN_PATH
from bootstrap.sandbox.gate import Gate
from bootstrap.sandbox.request import Refused, Request, parsed

MOST_HEAD = 32 * 2**10
MOST_UNAUTHENTICATED = 256
"""Connections of those that have not passed the gate."""
WAITING = 128
"""Connections that the system keeps until they are accepted."""
AT_ONCE = 128
PATIENCE = 30.0
"""Seconds for the whole head of an unauthenticated request."""
TRANSFER = 60.0
"""Seconds for a body, or for an answer to be taken."""
IDLE = 600.0
"""Seconds that a connection is kept for who has passed the gate."""
SERVICE = "bootstrap.service"
"""The variable that tells an application which service is asked."""

Headers = Iterable[tuple[str, str]]


class Listener:
    """Serves `application` to those whom the gate lets pass. `stopping` is set once somebody who may has asked for it."""

    def __init__(self, gate: Gate, application: WSGIApplication) -> None:
        self.stopping = asyncio.Event()
        self._gate, self._application = gate, application
        self._unauthenticated: dict[asyncio.StreamWriter, None] = {}
        self._threads = ThreadPoolExecutor(AT_ONCE)

    async def start(self, listening: socket) -> None:
        """From here on connections are accepted."""
        await asyncio.start_server(self._connected, sock=listening, limit=MOST_HEAD, backlog=WAITING)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._unauthenticated[writer] = None
        if len(self._unauthenticated) > MOST_UNAUTHENTICATED:
            first = next(iter(self._unauthenticated))
            del self._unauthenticated[first]
            first.transport.abort()
        try:
            while await self._served(reader, writer):
                pass
        except (OSError, EOFError):  # time is up, or the client is gone: nothing was asked, or nobody listens
            pass
        finally:
            self._unauthenticated.pop(writer, None)
            writer.close()

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; returns whether there may be another one on this connection."""
        try:
            async with asyncio.timeout(PATIENCE if writer in self._unauthenticated else IDLE):
                request = parsed(await reader.readuntil(b"\r\n\r\n"))
            service, length = self._gate.service_of(request), request.length
        except asyncio.LimitOverrunError:
            await _refuse(reader, writer, Refused(431, "BadRequest", f"The head has more than {MOST_HEAD} bytes."))
            return False
        except Refused as refused:
            await _refuse(reader, writer, refused)
            return False
        self._unauthenticated.pop(writer, None)
        if "expect" in request.headers:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        async with asyncio.timeout(TRANSFER):  # the whole body now: a slow sender should not hold a thread
            body = await reader.readexactly(length)
        if service == OURS:
            answer = self._own(request)
        else:
            environ = {**request.environ(body, self._gate.port), SERVICE: service}
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._asked, environ)
        writer.write(_message(*answer, bodiless=request.method == "HEAD"))
        async with asyncio.timeout(TRANSFER):
            await writer.drain()
        return request.headers.get("connection", "").lower() != "close"

    def _own(self, request: Request) -> tuple[str, Headers, bytes]:
        """Here and not in a thread: a busy sandbox must not be taken for a dead one."""
        if request.path == SHUTDOWN_PATH:
            self.stopping.set()
        content = {"proof": self._gate.answer_to(request), "pid": os.getpid()}
        return "200 OK", [("Content-Type", "application/json")], json.dumps(content).encode()

    def _asked(self, environ: dict[str, object]) -> tuple[str, Headers, bytes]:
        chunks, status, headers = run_wsgi_app(self._application, environ, buffered=True)
        return status, headers.to_wsgi_list(), b"".join(chunks)


def _message(status: str, headers: Headers, content: bytes, *, bodiless: bool = False) -> bytes:
    """An answer. Pages of other origins are allowed nothing, whatever moto says."""
    bodiless = bodiless or status[:3] in ("204", "304")
    kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
    if not bodiless:  # to HEAD it tells the length of what GET would give
        kept = [(name, value) for name, value in kept if name.lower() != "content-length"]
        kept.append(("Content-Length", str(len(content))))
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in kept), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace") + (b"" if bodiless else content)


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, refused: Refused) -> None:
    """In a form that the SDK understands, whichever service it asked; nothing in it comes from the request."""
    error = f"<Error><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message></Error>"
    headers = [("Content-Type", "text/xml"), ("x-amzn-ErrorType", refused.code), ("Connection", "close")]
    status = f"{refused.status} {HTTPStatus(refused.status).phrase}"
    writer.write(_message(status, headers, f"<ErrorResponse>{error}</ErrorResponse>".encode()))
    with suppress(OSError):
        async with asyncio.timeout(1.0):  # who closes before all has arrived takes the answer back
            await writer.drain()
            writer.write_eof()
            while await reader.read(MOST_HEAD):
                pass
