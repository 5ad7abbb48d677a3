"""Reading a file that the user names: it may be a link, or a pipe of the shell, but its end comes and is not far away."""

import errno
import os
import stat
from pathlib import Path

LARGEST = 100_000
"""Bytes of a file of inputs, or of one that an input names."""
_STREAMS = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
"""What the shell has opened for this process, as it does for `<(command)`: it ends when that command ends."""


def read(path: Path, most: int = LARGEST) -> bytes:
    """The content. Raises OSError, also for more than `most` bytes, and for a named pipe or a device: nobody may ever write
    to it."""
    stream = is_stream(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | (0 if stream else os.O_NONBLOCK))
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stream and not stat.S_ISREG(kind):
            raise OSError("it is not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(descriptor)
    if len(content) > most:
        raise OSError(too_long(most))
    return content


def is_stream(path: Path) -> bool:
    return str(path).startswith(_STREAMS)


def too_long(most: int) -> str:
    return f"it has more than {most:,} bytes"
