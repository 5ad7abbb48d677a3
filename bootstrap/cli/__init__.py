"""The command line: parses, calls an operation, shows the result, and exits with a code. One command per file."""

import errno
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING

from bootstrap.cli import garbage
from bootstrap.errors import BootstrapError, InputsMissing, UsageError, lines

if TYPE_CHECKING:
    from bootstrap.cli.command_line import CommandLine

USAGE = 64
INTERRUPTED = 130
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and exits: 0 done, 1 failed, 2 differences (when asked for), 64 usage, 130 interrupted."""
    if sys.platform == "win32":  # locks and private files need POSIX
        sys.exit(
            "bootstrap runs on Linux and macOS. On Windows, run it in WSL: https://learn.microsoft.com/windows/wsl/install"
        )
    garbage.postpone()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what the terminal's character set does not have is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    from bootstrap.cli.terminal import show_warnings

    show_warnings()
    code = run(list(sys.argv[1:] if arguments is None else arguments))
    if code == INTERRUPTED:
        os._exit(code)  # Python would wait for the threads that still read
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _write_nowhere()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    from typer.exceptions import Abort, TyperException

    from bootstrap.backends import WRITTEN, interrupted
    from bootstrap.cli.app import build_app
    from bootstrap.cli.command_line import CommandLine, familiar
    from bootstrap.core import commands
    from bootstrap.views.color import choose

    WRITTEN.clear()
    arguments = familiar(arguments)
    choose(commands.option_value("--color", arguments) or "auto")  # for errors in the other options, too
    line = CommandLine.of(arguments)
    try:
        code = build_app(arguments)(arguments, prog_name="bootstrap", standalone_mode=False, obj=line)
        if code == INTERRUPTED:  # what typer makes of Ctrl-C
            raise KeyboardInterrupt
        if sys.stdout is not None:  # it was closed
            sys.stdout.flush()
        return int(code or 0)
    except TyperException as error:
        where = getattr(getattr(error, "ctx", None), "command_path", "bootstrap")
        return show(_unparsed(error.format_message(), where.split()[1:], arguments), line)
    except BootstrapError as error:
        _show_traceback(line, error)
        if isinstance(error, UsageError):
            _add_help(error, arguments)
        return show(error, line)
    except (Abort, KeyboardInterrupt) as error:
        if not line.json:
            print(file=sys.stderr)  # the cursor stands behind ^C
        return show(interrupted(_notes(error)), line)
    except BrokenPipeError:
        _write_nowhere()
        return 1
    except Exception as error:
        from bootstrap.aws.redaction import error_text

        _show_traceback(line, error)
        if isinstance(error, OSError) and error.filename is None and error.errno in _FULL:
            return show(BootstrapError(f"the output cannot be written: {error.strerror}", "Make room for it."), line)
        report = "Run it again with --debug, and report what it shows."
        advice = lines(_notes(error), report)
        return show(BootstrapError(f"unexpected {type(error).__name__}: {error_text(error)}", advice), line)


def _notes(error: BaseException) -> str:
    """What was added to it on its way, as the command that takes a lock away."""
    return lines(*getattr(error, "__notes__", ()))


def _show_traceback(line: "CommandLine", error: BaseException) -> None:
    """With --debug, the traceback of the error."""
    if not line.debug:
        return
    from bootstrap.cli.terminal import show_traceback

    with suppress(OSError):
        show_traceback(error)


def _write_nowhere() -> None:
    """What could not be written to stdout is dropped; the interpreter would try again at the end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unparsed(message: str, verb: Sequence[str], arguments: Sequence[str]) -> UsageError:
    """For words that are no command."""
    from bootstrap.cli.app import help_line
    from bootstrap.cli.unknown_option import explained

    message = " ".join(message.split())  # typer lists choices below each other
    message = message.replace(": Value error, ", ": ")  # pydantic's word for it
    return explained(message, verb, arguments) or UsageError(message, f"Run: {help_line(verb, arguments)}")


def _add_help(error: UsageError, arguments: Sequence[str]) -> None:
    """Adds the command that shows what the verb takes, where the error has no other advice."""
    from bootstrap.cli.app import help_line, verb_of

    verb = verb_of(arguments)
    if isinstance(error, InputsMissing):
        error.advice = lines(error.hint, f"Run: {help_line(verb, arguments, error.integration)}")
    else:
        error.advice = error.advice or f"Run: {help_line(verb, arguments)}"


def show(error: BootstrapError, line: "CommandLine") -> int:
    if line.json:
        from bootstrap.views.json import JsonView

        with suppress(OSError):  # where stdout cannot be written, stderr may do
            JsonView().error(error)
            return error.exit_code
    from bootstrap.views.text import TextView

    with suppress(OSError):
        TextView().error(error)
    return error.exit_code
