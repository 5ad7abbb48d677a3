"""The three files of a sandbox's folder: who holds its lock, which process is its server, and what may be removed."""

import fcntl
import os
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bootstrap.backends.private_files import OTHERS, Folder, Refused, open_folder
from bootstrap.errors import SandboxError, lines

LARGEST = 10_000
"""Bytes of server.json."""
_TAIL = 50_000
_PATIENCE = 60.0  # another command may be starting it, which takes half of that at the most
_POLL = 0.02


def is_there(folder: Path) -> bool:
    """Raises Refused for a folder that is not ours, or OSError."""
    with suppress(FileNotFoundError), open_folder(folder, ours=1):
        return True
    return False


@contextmanager
def locked(folder: Path) -> Iterator[Folder]:
    """The folder, made if it is missing, while nobody else starts or stops its server.

    Raises Refused for a folder or lock that is not ours, OSError, or SandboxError when the lock does not become free.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        with open_folder(folder, make=True, ours=1) as home:
            descriptor = home.open("server.lock", os.O_RDWR | os.O_CREAT)
            try:
                if _locks(descriptor) and _is_at(descriptor, folder / "server.lock"):
                    yield home
                    return
            finally:
                os.close(descriptor)
        if time.monotonic() > deadline:
            raise SandboxError(
                f"another process has been starting or stopping the sandbox in {folder} for {_PATIENCE:.0f} s",
                "End that process, and run the command again.",
            )
        time.sleep(_POLL)


def _locks(descriptor: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether the open file is still the one with that name: `stop` removes the lock that others may wait for."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    return False


def remove_files(home: Folder, wrote: Callable[[bytes], object]) -> None:
    """Removes what a server has left: a server.json that it `wrote` and its private log, no other.

    Raises Refused, before it removes any, for one that is a link, a pipe, or somebody else's.
    """
    for name in ("server.json", "server.log"):
        home.has(name)
    with suppress(Refused, FileNotFoundError):  # Refused: it is too long
        if wrote(home.read("server.json", LARGEST)):
            home.remove("server.json")
    home.sweep("server.json")
    with suppress(Refused):  # others may read it
        home.remove("server.log", forbidden=OTHERS)


def remove_lock(home: Folder) -> None:
    """Removes the lock, which this process holds, if it is empty as one of ours is."""
    with suppress(Refused, FileNotFoundError):
        if not home.read("server.lock", 0):
            home.remove("server.lock")


def new_log(home: Folder) -> int:
    """A descriptor of a new server.log. Raises Refused when there is another file in its place, or beside it."""
    for name in ("server.json", "server.log"):
        if home.has(name):
            raise Refused(home.path / name, "was not written by a sandbox", "Move it away.")
    return home.open("server.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, forbidden=OTHERS)


def last_words(home: Folder) -> str:
    """The end of server.log, for the advice of an error."""
    with os.fdopen(home.open("server.log", os.O_RDONLY), "rb") as log:
        log.seek(max(0, os.fstat(log.fileno()).st_size - _TAIL))
        ending = log.read(_TAIL).decode(errors="replace").splitlines()[-20:]
    return lines("Its last words:", *(f"  {line}" for line in ending))


def hold(home: Folder) -> None:
    """Locks server.log for as long as this process lives, and has no other descriptor of it that it closes."""
    log = home.open("server.log", os.O_RDWR | os.O_CREAT)
    with suppress(OSError):  # without locks in its file system the server only ends when it is asked to
        fcntl.lockf(log, fcntl.LOCK_EX | fcntl.LOCK_NB)


def holder(home: Folder) -> int | None:
    """The id of the process that holds server.log, from the kernel; None when nobody does, or it cannot be seen from here.

    Source: fcntl(2), F_GETLK and struct flock; on a Mac its fields have another order.
    """
    mac = sys.platform == "darwin"
    shape = "qqihh" if mac else "hhqqi"
    asked = (0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET) if mac else (fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    try:
        log = home.open("server.log", os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        answer = struct.unpack(shape, fcntl.fcntl(log, fcntl.F_GETLK, struct.pack(shape, *asked)))
    finally:
        os.close(log)
    kind, pid = (answer[3], answer[2]) if mac else (answer[0], answer[4])
    return pid if kind != fcntl.F_UNLCK and pid > 0 else None
