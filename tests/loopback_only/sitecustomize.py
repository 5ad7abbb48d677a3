"""Nothing in a test reaches another machine: Python imports this first in each process of the tests that has the folder on
its path, and `tests/conftest.py` in those of pytest.

An audit hook cannot be removed, and hears of native code's sockets no more than of its files; what matters here is that the
SDK's go through it. Source: Python library reference, the audit events table.
"""

import ipaddress
import os
import sys

LOG = "TESTS_LOOPBACK_ONLY"
"""The variable with the file for what was refused: whoever tries may hide the error, as the SDK does, and try again."""
_ADDRESSED = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}
"""The events that name whom a process wants to reach: which of their arguments does."""


def is_here(address: object) -> bool:
    """Whether an address, (host, port, ...) or a host alone, is of this machine; a path is that of a local socket."""
    host = address[0] if isinstance(address, tuple) else address
    host = host.decode(errors="replace") if isinstance(host, bytes) else host
    if not isinstance(host, str) or host in ("", "localhost") or (not isinstance(address, tuple) and "/" in host):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in _ADDRESSED and not is_here(address := arguments[_ADDRESSED[event]]):
        if log := os.environ.get(LOG):
            with open(log, "a", encoding="utf-8") as file:
                file.write(f"{event} {address}\n")
        raise PermissionError(f"a test reaches nothing but this machine: {event} {address}")


sys.addaudithook(refuse)
