"""`bootstrap integrations test`: the contract of every integration, in an AWS of its own."""

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bootstrap.cli import completion, terminal
from bootstrap.cli.command import command
from bootstrap.cli.output_folder import OutputFolder
from bootstrap.core.strict_json import decoded, strict_json
from bootstrap.errors import UsageError
from bootstrap.user_files import read

if TYPE_CHECKING:
    from bootstrap.cli.inputs import GivenInputs
    from bootstrap.cli.printer import Printer

LARGEST = 5_000_000
"""Bytes of a golden file."""
DEEPEST = 50


@command()
def test(
    *,
    which: Annotated[
        str,
        typer.Argument(
            help="Test this integration: its name or its file.", metavar="NAME|FILE", autocompletion=completion.integrations
        ),
    ],
    golden: Annotated[
        Path | None,
        typer.Option(
            "--golden",
            help="Compare what it creates and hands over with this JSON file; without the file, write it.",
            metavar="FILE",
        ),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Also write a JUnit report into this file.", metavar="FILE")
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Let --golden, --junit and --output overwrite a file.", metavar=""),
    ] = False,
    inputs: "GivenInputs",
    printer: "Printer",
) -> int:
    """Test an integration as bootstrap's own are tested, in an embedded AWS that exists only for this command.

    It is created; a second create has nothing to do; others damage each resource, and create repairs it; create and destroy
    are killed at each call and finished by the same command; destroy leaves nothing behind; and an operator needs no more
    than the policy that `permissions` prints.

    Takes the inputs of the integration; example values stand for those that you omit. Exits with 1 when something does not
    hold. Your AWS account and your sandbox are not used.
    """
    from bootstrap.contract import runner
    from bootstrap.core.checked_inputs import from_inputs
    from bootstrap.core.contract_check import ContractCheck
    from bootstrap.integrations import integration
    from bootstrap.operations.review import with_examples
    from bootstrap.views.contract_report import check_lines, content_of, junit as report, summary
    from bootstrap.views.screen import Screen

    kind = integration(which)
    given = inputs.gathered(which, None).values
    wanted = from_inputs(kind, with_examples(kind, given), given.keys())
    reports = _file(junit, "--junit", force=force or _is_report(junit)) if junit else None
    approved = _approved(golden, lambda: runner.as_json(wanted), printer, force=force) if golden else None
    screen = Screen()

    def show(check: ContractCheck) -> None:
        if not printer.json and not (printer.quiet and check.passed):
            for line in check_lines(check):
                screen.print(line)

    checks = runner.run(wanted, show, approved)
    if reports and junit:
        reports.put({junit.name: report(kind.name, checks)}, {})
    if printer.json:
        terminal.say_data(content_of(kind.name, checks))
    printer.hint(summary(checks))
    return int(any(item.failures for item in checks))


def _is_report(path: Path) -> bool:
    """Whether it is an XML file, as that of the last run."""
    with suppress(OSError):
        return read(path, LARGEST).lstrip().startswith(b"<?xml")
    return False


def _file(path: Path, flag: str, *, force: bool) -> OutputFolder:
    if not path.name or path.is_dir():
        raise UsageError(f"{flag}: {path} is a folder", "Name a file.")
    folder = OutputFolder(path.parent, force, flag=flag, what="file")
    folder.check()
    folder.check_texts({path.name: set()})
    return folder


def _approved(path: Path, found: Any, printer: "Printer", *, force: bool) -> Any:
    """The content of the golden file. Writes it where there is none, or with `force`. Raises UsageError."""
    if force or not path.exists():
        _file(path, "--golden", force=force).put({path.name: f"{json.dumps(found(), indent=2)}\n"}, {})
        printer.message(f"Written to {path}. Read it before you trust it.")
    try:
        return strict_json(decoded(read(path, LARGEST)), DEEPEST)
    except OSError as error:
        raise UsageError(f"--golden: cannot read {path}: {error.strerror or error}", "Name another file.") from error
    except ValueError as error:
        raise UsageError(f"--golden: {path} is not JSON: {error}", "Delete it, and run the same command again.") from error
