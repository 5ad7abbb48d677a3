"""Where results go, and how much is said beside them: --output and --quiet."""

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from bootstrap.cli import terminal
from bootstrap.cli.output_folder import OutputFolder
from bootstrap.errors import BootstrapError, UsageError
from bootstrap.views import View
from bootstrap.views.json import JsonView
from bootstrap.views.quiet import QuietView
from bootstrap.views.text import TextView


@dataclass(frozen=True)
class ResultFile(OutputFolder):
    """The folder of the file that --output names."""

    again: str = "the result is on the screen instead"
    what: str = "file"


def view(*, json: bool, verbose: bool, quiet: bool, plan_is_result: bool, asks: bool) -> View:
    """`asks` says that the command asks a question after it has shown the plan."""
    found = JsonView() if json else TextView(plan_is_result=plan_is_result, verbose=verbose)
    return QuietView(found, asks=asks, plan_is_result=plan_is_result, summarizes=json) if quiet else found


@contextmanager
def kept_in(path: Path, *, force: bool, quiet: bool) -> Iterator[None]:
    """What goes to stdout within it goes into the file, all at once at the end: also what came before an error. Where that
    is not possible, it goes to stdout after all. Raises UsageError, first of all for a file of somebody else."""
    if str(path) == "-":
        raise UsageError("--output names a file, and - is none", "Omit --output: the result then goes to stdout.")
    if not path.name or path.is_dir():
        raise UsageError(f"--output: {path} is a folder", "Name a file.")
    folder = ResultFile(path.parent, force)
    folder.check()
    folder.check_texts({path.name: set()})
    result, ended = StringIO(), False
    try:
        with redirect_stdout(result):
            yield
        ended = True
    finally:
        if text := result.getvalue().encode(errors="backslashreplace").decode():
            try:
                folder.put({path.name: text}, {})
                if not quiet:
                    terminal.say(f"Written to {path}.", err=True)
            except BootstrapError as error:
                terminal.say_result(text)
                if ended:
                    raise
                terminal.say(f"Warning: {error.message}", err=True)  # what ended the run is worse
