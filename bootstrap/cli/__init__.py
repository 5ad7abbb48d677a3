"""The command line: parses, calls the workflow, shows, and ends with an exit code. One verb a file."""

import os
import shlex
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from bootstrap.errors import BootstrapError, Interrupted, UsageError

USAGE = 64
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and exits: 0 done, 1 failed, 2 differences (when asked for), 64 usage, 130 interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
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

    from bootstrap.cli.app import build_app

    try:
        code = build_app(arguments)(arguments, prog_name="bootstrap", standalone_mode=False)
        if code == INTERRUPTED:  # what typer makes of Ctrl-C
            raise KeyboardInterrupt
        if sys.stdout is not None:  # it was closed
            sys.stdout.flush()
        return int(code or 0)
    except TyperException as error:
        where = getattr(getattr(error, "ctx", None), "command_path", "bootstrap")
        return show(UsageError(error.format_message(), f"Run: {where} --help"), arguments)
    except BootstrapError as error:
        if "--debug" in arguments:
            raise
        if isinstance(error, UsageError):
            error.advice = error.advice or f"Run: {_help_for(arguments)}"
        return show(error, arguments)
    except (Abort, KeyboardInterrupt):
        if "--json" not in arguments:
            print(file=sys.stderr)  # the cursor stands behind ^C
        return show(
            Interrupted("interrupted; nothing was changed"),
            arguments,
        )
    except BrokenPipeError:
        _write_nowhere()
        return 1
    except Exception as error:
        if "--debug" in arguments:
            raise
        unknown = BootstrapError(
            f"unexpected {type(error).__name__}: {error}", "Run it again with --debug, and report what it shows."
        )
        return show(unknown, arguments)


def _write_nowhere() -> None:
    """What could not be written to stdout is dropped; the interpreter would try again at the end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _help_for(arguments: Sequence[str]) -> str:
    """The command that shows what the verb takes, with the integration's inputs if one is named."""
    from bootstrap.cli.inputs import named_integration

    name = named_integration(arguments)
    return shlex.join(["bootstrap", *arguments[:1], *(["--integration", name] if name else []), "--help"])


def show(error: BootstrapError, arguments: Sequence[str]) -> int:
    if "--json" in arguments:
        from bootstrap.views.json import JsonView

        with suppress(OSError):  # where stdout cannot be written, stderr may do
            JsonView().error(error)
            return error.exit_code
    from bootstrap.views.text import TextView

    with suppress(OSError):
        TextView().error(error)
    return error.exit_code
