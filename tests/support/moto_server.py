"""moto's own server in a process, and a proxy before it that breaks connections as a network does."""

import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.support.processes import environment

_SERVE = "from moto.server import main; main()"
_CORRECTED = f"from bootstrap.sandbox.moto.corrections import apply; apply(); {_SERVE}"
_RESET = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing sends RST instead of FIN."""
_ACTION = re.compile(rb"(?:^|&)Action=(\w+)|\r\nX-Amz-Target: *[\w.]*?\.?(\w+)\r", re.IGNORECASE)
_READS = (b"Get", b"List", b"Describe", b"Simulate", b"AssumeRole", b"Decode", b"describe", b"listjobs")


@contextmanager
def serving_moto(folder: Path, *, corrected: bool = False) -> Iterator[str]:
    """The address of a server that runs as long as the block; it is as it comes, or with the sandbox's corrections."""
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-c", _CORRECTED if corrected else _SERVE, "-H", "127.0.0.1", "-p", str(port)],
        env={**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "PYTHONPATH": environment()["PYTHONPATH"]},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


class Resets:
    """A proxy that resets the connection once for each changing request, after the server has carried it out.

    `reset` are the actions of those requests, or their first lines where they name none; `again` those that came once more.
    """

    def __init__(self, behind: str) -> None:
        self._behind = int(behind.rpartition(":")[2])
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._seen: set[bytes] = set()
        self.reset: list[str] = []
        self.again: list[str] = []

    def __enter__(self) -> "Resets":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with closing(connection), suppress(OSError):
            head, body = _request(connection)
            if not head:
                return
            answer = self._carried(head, body)
            line = head.partition(b"\r\n")[0].rpartition(b" ")[0]
            action = _ACTION.search(head) or _ACTION.search(body)
            what = next(filter(None, action.groups())) if action else line.partition(b"/v1/")[2] or line
            if self._is_first(line, body, what):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                return
            connection.sendall(answer)

    def _is_first(self, line: bytes, body: bytes, what: bytes) -> bool:
        """Whether this request, called `what`, changes something and did not come before."""
        if line.startswith((b"GET", b"HEAD")) or what.startswith(_READS):
            return False
        key = line + b"\n" + body
        if key in self._seen:
            self.again.append(what.decode())
            return False
        self._seen.add(key)
        self.reset.append(what.decode())
        return True

    def _carried(self, head: bytes, body: bytes) -> bytes:
        """The whole answer of the server to the request, on a connection of its own."""
        one_time = re.sub(rb"\r\nConnection: [^\r]*", b"", head, flags=re.IGNORECASE)
        with socket.create_connection(("127.0.0.1", self._behind), timeout=60) as server:
            server.sendall(one_time[:-2] + b"Connection: close\r\n\r\n" + body)
            return b"".join(iter(lambda: server.recv(65_536), b""))


def _request(connection: socket.socket) -> tuple[bytes, bytes]:
    """The head, with the empty line, and the body of one request; nothing where none comes."""
    came = b""
    while b"\r\n\r\n" not in came:
        more = connection.recv(65_536)
        if not more:
            return b"", b""
        came += more
    head, _, body = came.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: *(\d+)", head, re.IGNORECASE)
    while length and len(body) < int(length[1]):
        body += connection.recv(65_536)
    return head + b"\r\n\r\n", body


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
