"""No test reaches another machine, in its own process or in one that it starts."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.loopback_only.sitecustomize import LOG
from tests.support.processes import environment

ELSEWHERE = {
    "an address": 'socket.create_connection(("192.0.2.1", 443), timeout=1)',
    "an address of IPv6": 'socket.create_connection(("2001:db8::1", 443), timeout=1)',
    "an endpoint of AWS": 'socket.create_connection(("sts.us-east-1.amazonaws.com", 443), timeout=1)',
    "where machines find their roles": 'socket.create_connection(("169.254.169.254", 80), timeout=1)',
    "a datagram": 'with socket.socket(type=socket.SOCK_DGRAM) as s: s.sendto(b"x", ("192.0.2.1", 53))',
    "a name": 'socket.getaddrinfo("aws.amazon.com", 443)',
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_a_test_reaches_no_other_machine(what: str, refused_sockets: Callable[[], list[str]]) -> None:
    with pytest.raises(PermissionError, match="a test reaches nothing but this machine"):
        exec(ELSEWHERE[what], {"socket": socket})
    assert len(refused_sockets()) == 1


def test_neither_does_a_process_that_it_starts(refused_sockets: Callable[[], list[str]]) -> None:
    tries = "".join(f"try:\n  {code}\nexcept PermissionError: pass\n" for code in ELSEWHERE.values())
    for settings in (environment(), dict(os.environ)):
        subprocess.run([sys.executable, "-c", f"import socket\n{tries}"], env=settings, check=True)
        assert len(refused_sockets()) == len(ELSEWHERE)


def test_this_machine_is_reached(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "localhost"):
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection((host, server.getsockname()[1]), timeout=5).close()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))
    assert Path(os.environ[LOG]).read_text() == ""
