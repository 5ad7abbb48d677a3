"""Nobody can keep the sandbox from serving others, however they send."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bootstrap.sandbox import listener
from bootstrap.sandbox.gate import Gate
from bootstrap.sandbox.listener import Listener
from tests.support.calls import signed
from tests.support.processes import DEADLINE

KEY = f"SANDBOX{'A' * 40}"
Open = Callable[[], socket.socket]


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Says how much it got, and tries to let pages of other origins read it."""
    start_response("200 OK", [("Access-Control-Allow-Origin", "*"), ("access-control-expose-headers", "*")])
    return [str(len(environ["wsgi.input"].read())).encode()]


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of a listener that has less room than the sandbox's."""
    monkeypatch.setattr(listener, "MOST_UNAUTHENTICATED", 8)
    listening = socket.create_server(("127.0.0.1", 0))
    loop, found = asyncio.new_event_loop(), int(listening.getsockname()[1])

    async def start() -> None:
        await Listener(Gate(found, "0" * 64, KEY), application).start(listening)

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield found
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    listening.close()
    for task in asyncio.all_tasks(loop):
        task.cancel()
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
    loop.close()


@pytest.fixture
def opened(port: int) -> Iterator[Open]:
    """Opens connections that are closed after the test."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AbstractContextManager[None]]:
    """Makes the listener wait half a second at most: for those alone who are to be sent away."""

    @contextmanager
    def impatient() -> Iterator[None]:
        with monkeypatch.context() as patch:
            for name in ("PATIENCE", "TRANSFER"):
                patch.setattr(listener, name, 0.5)
            yield

    return impatient


def head(port: int, length: int = 0, service: str = "s3", **more: str) -> bytes:
    fields = {"Host": f"127.0.0.1:{port}", "Content-Length": str(length), **signed(service, KEY), **more}
    return "\r\n".join(["PUT /a/b HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]).encode()


def until_closed(connection: socket.socket) -> bytes:
    """All that comes until the other side closes, in whatever way."""
    found = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            found += part
    return found


def is_served(opened: Open, port: int) -> bool:
    connection = opened()
    connection.sendall(head(port, 3, Connection="close") + b"abc")
    return until_closed(connection).endswith(b"\r\n\r\n3")


def test_who_signs_is_served_without_a_word_for_other_origins(opened: Open, port: int) -> None:
    connection = opened()
    connection.sendall(head(port, 3, Connection="close") + b"abc")
    answer = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"access-control" not in answer.lower()


def test_who_sends_nothing_or_a_letter_now_and_then_is_sent_away(
    opened: Open, port: int, impatient: Callable[[], AbstractContextManager[None]]
) -> None:
    with impatient():
        silent, slow = opened(), opened()
        with pytest.raises(OSError):  # the other side closed long before the head was complete
            for letter in head(port)[:100]:
                slow.send(bytes([letter]))
                time.sleep(0.05)
        assert until_closed(silent) == b""
    assert is_served(opened, port)


def test_a_body_that_does_not_come_ends_the_connection(
    opened: Open, port: int, impatient: Callable[[], AbstractContextManager[None]]
) -> None:
    with impatient():
        waiting = opened()
        waiting.sendall(head(port, 10) + b"abc")
        assert until_closed(waiting) == b""


def test_more_strangers_than_there_is_room_for_push_each_other_out(opened: Open, port: int) -> None:
    kept = opened()
    kept.sendall(head(port))
    assert kept.recv(100).startswith(b"HTTP/1.1 200")
    crowd = [opened() for _ in range(listener.MOST_UNAUTHENTICATED * 4)]
    assert is_served(opened, port)
    assert until_closed(crowd[0]) == b""
    kept.sendall(head(port))
    assert kept.recv(100).startswith(b"HTTP/1.1 200")  # who has been let in stays


def test_a_head_without_end_is_refused(opened: Open, port: int) -> None:
    endless = opened()
    with suppress(OSError):
        for _ in range(100):
            endless.sendall(b"GET / HTTP/1.1\r\n" + b"X: " + b"a" * 2**14)
    assert b" 200 " not in until_closed(endless)
    assert is_served(opened, port)


def test_the_body_of_a_stranger_is_not_read(opened: Open, port: int) -> None:
    stranger = opened()
    stranger.sendall(head(port, 10**12).replace(KEY.encode(), b"test"))
    assert until_closed(stranger).startswith(b"HTTP/1.1 403 ")
    allowed = opened()
    allowed.sendall(head(port, 10**12))
    assert until_closed(allowed).startswith(b"HTTP/1.1 413 ")


def test_what_follows_a_refused_request_on_its_connection_is_not_read(opened: Open, port: int) -> None:
    for first in (
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        head(port).replace(b"\r\nContent-L", b"\r\nTransfer-Encoding: chunked\r\nL"),
    ):
        smuggling = opened()
        smuggling.sendall(first + head(port))
        answer = until_closed(smuggling)
        assert answer.count(b"HTTP/1.1") == 1
        assert b" 200 " not in answer


def test_two_requests_on_one_connection_are_answered_in_their_order(opened: Open, port: int) -> None:
    both = opened()
    both.sendall(head(port, 2) + b"ab" + head(port, 1, Connection="close") + b"c")
    assert [part[-1:] for part in until_closed(both).split(b"HTTP/1.1 200 OK")[1:]] == [b"2", b"1"]
