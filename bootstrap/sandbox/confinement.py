"""What the sandbox's process can no longer do once it serves, whatever a request makes some library try.

An audit hook cannot be removed, and is asked about each of these by the interpreter itself. It is the second wall, behind
the gate, and none against native code. Source: Python library reference, the audit events table.
"""

import errno
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

NETWORK = {
    *("socket.bind", "socket.connect", "socket.sendto", "socket.sethostname"),
    *("socket.getaddrinfo", "socket.getnameinfo", "socket.gethostbyname", "socket.gethostbyaddr"),
}
"""To reach another process: over the network, through Docker's socket, or by looking up a name."""
PROCESSES = {
    *("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.startfile", "os.startfile/2"),
    *("subprocess.Popen", "pty.spawn", "os.kill", "os.killpg", "signal.pthread_kill"),
}
"""To become, start or end one."""
FILES = {
    *("os.chmod", "os.chown", "os.chflags", "os.link", "os.symlink", "os.setxattr", "os.removexattr"),
    *("sqlite3.connect", "sqlite3.connect/handle"),
}
"""To change them in other ways than by opening, renaming or removing them."""
FORBIDDEN = NETWORK | PROCESSES | FILES
UNSAFE = ("ctypes.", "shutil.")
"""How the names of further events begin."""
PATHS = {"os.mkdir": 1, "os.remove": 1, "os.rename": 2, "os.rmdir": 1, "os.truncate": 1, "os.utime": 1}
"""Events that are about files: how many of their first arguments are paths."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

Hook = Callable[[str, tuple[object, ...]], None]


def confine(folder: Path) -> None:
    """From here on this process writes below the folder only, starts nothing and connects to nothing."""
    disarm()
    sys.dont_write_bytecode = True
    sys.addaudithook(refusing(folder))


def disarm() -> None:
    """Takes from this process the one part of moto that runs what it is sent, unless something of ours is in its place, from
    YAML the loaders that do, and the one way to start a process of which no hook hears."""
    unsafe = "moto.cloudformation"
    if unsafe not in sys.modules or sys.modules[unsafe].__name__ == unsafe:
        sys.modules[unsafe] = None  # type: ignore[assignment]  # to import it is an ImportError now
    yaml = importlib.import_module("yaml")
    for name in ("Loader", "FullLoader", "UnsafeLoader", "CLoader", "CFullLoader", "CUnsafeLoader"):
        setattr(yaml, name, yaml.SafeLoader)
    delattr(importlib.import_module("_posixsubprocess"), "fork_exec")


def refusing(folder: Path) -> Hook:
    """The hook: raises PermissionError for what the process may not do."""
    inside = os.path.realpath(folder) + os.sep

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in FORBIDDEN or event.startswith(UNSAFE) or (event == "socket.sendmsg" and arguments[1] is not None):
            raise PermissionError(errno.EPERM, f"the sandbox does not do this: {event}")
        if event in PATHS:
            touched = arguments[: PATHS[event]]
        elif event == "open" and _writes(*arguments[1:]):
            touched = arguments[:1]
        else:
            return
        if not all(_is_below(inside, path) for path in touched):
            raise PermissionError(errno.EPERM, f"the sandbox writes below its own folder only: {event}")

    return hook


def _writes(mode: object, flags: object) -> bool:
    return bool(set(mode if isinstance(mode, str) else "") & set("wax+")) or bool(isinstance(flags, int) and flags & WRITING)


def _is_below(inside: str, path: object) -> bool:
    """Of an open file it was asked when it was opened. A relative path may be relative to any folder (`dir_fd`)."""
    if isinstance(path, int):
        return True
    if not isinstance(path, str | bytes | os.PathLike):
        return False
    named = Path(os.fsdecode(path))
    reached = (os.path.realpath(named), os.path.join(os.path.realpath(named.parent), named.name))  # noqa: PTH118
    return named.is_absolute() and named.name != ".." and all(each.startswith(inside) for each in reached)
