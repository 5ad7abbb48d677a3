"""`--log FILE` and BOOTSTRAP_LOG=debug: one JSON object per line, for each run and each call to AWS.

The file is appended to, each line by a single write: whatever kills the run, at most its last line is lost.
"""

import errno
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from bootstrap import __version__
from bootstrap.aws.call_log import logged, now
from bootstrap.backends.private_files import advice_of, open_folder
from bootstrap.cli import terminal
from bootstrap.errors import UsageError
from bootstrap.views.json import as_json

VARIABLE = "BOOTSTRAP_LOG"
_BEGINS = b'{"type": '


@contextmanager
def logging(path: Path | None, verb: str) -> Iterator[None]:
    """Logs to the file, and with BOOTSTRAP_LOG=debug to stderr. Raises UsageError, before anything is done."""
    if (level := os.environ.get(VARIABLE, "")) not in ("", "debug"):
        raise UsageError(f"{VARIABLE} is {level!r}", "Set it to debug, which logs to stderr. For a file, add --log FILE.")
    run = {"type": "run", "time": now(), "verb": verb, "version": __version__, "python": platform.python_version()}
    with ExitStack() as stack:
        writers = [stack.enter_context(_file(path))] if path else []
        writers += [lambda line: terminal.say_at_once_on_stderr(as_json(line))] if level else []
        for write in writers:
            write({**run, "pid": os.getpid()})
            stack.enter_context(logged(write))
        yield


@contextmanager
def _file(path: Path) -> Iterator[Any]:
    if str(path) == "-":
        raise UsageError("--log names a file, and - is none", f"Omit --log; for stderr, set {VARIABLE}=debug.")
    descriptor = _opened(path)
    lost: list[OSError] = []

    def write(line: Mapping[str, Any]) -> None:
        try:
            os.write(descriptor, f"{as_json(line)}\n".encode())
        except OSError as error:  # a full disk is no reason to stop in the middle of a run
            lost.append(error)

    try:
        yield write
    finally:  # the file stays open until the process ends: a thread may be about to write the line of its call
        if lost:
            with suppress(OSError):
                terminal.say(f"Warning: {len(lost)} lines are missing in {path}: {lost[0].strerror}", err=True)


def _opened(path: Path) -> int:
    """A descriptor at the end of the file, which is new (with the mode 0600) or a log of ours. Raises UsageError."""
    try:
        if not path.name or path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with open_folder(path.absolute().parent) as folder:
            descriptor = folder.open(path.name, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"--log: cannot write {path}: {reason}",
            advice_of(error, f"Choose another file; for stderr, set {VARIABLE}=debug."),
        ) from error
    begins = os.pread(descriptor, len(_BEGINS), 0)
    if begins not in (b"", _BEGINS):
        os.close(descriptor)
        raise UsageError(f"--log: {path} is not a log of bootstrap, and would be appended to", "Choose another file.")
    return descriptor
