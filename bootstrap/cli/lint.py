"""`bootstrap lint`: checks policies before anybody sends them to AWS."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bootstrap.cli import options, terminal
from bootstrap.cli.command import command
from bootstrap.core.strict_json import decoded
from bootstrap.errors import UsageError
from bootstrap.user_files import read, too_long

if TYPE_CHECKING:
    from bootstrap.cli.printer import Printer

LARGEST = 1_000_000
"""Bytes; AWS takes no policy of a fiftieth of that."""


@command()
def lint(
    *,
    files: Annotated[list[str], typer.Argument(help="Read policies from these JSON files; - is stdin.", metavar="FILE...")],
    strict: Annotated[bool, typer.Option("--strict", help="Also exit with 1 for warnings.", metavar="")] = False,
    sarif: options.Sarif = False,
    printer: "Printer",
) -> int:
    """Find what is wrong or dangerous in IAM policies: unknown actions, resources that no action takes, placeholders,
    size, trust without an external id, permissions that let their holder gain more.

    A file contains a policy, or JSON with policies in it, as printed by the AWS CLI (get-role, get-policy-version,
    get-bucket-policy, ...), `permissions`, `plan --json` and `terraform show -json`. Principal, Action and Resource tell
    permissions, trust and bucket policies apart. Makes no calls to AWS. Exits with 0 for notes and warnings, 1 for errors,
    and 64 when a file cannot be read; the other files are still checked.
    """
    from bootstrap import __version__
    from bootstrap.operations.lint import date_and_source, lint as operation
    from bootstrap.views.lint_report import File, content_of, lines
    from bootstrap.views.sarif import log, of_files
    from bootstrap.views.text import TextView

    linted: list[File] = []
    for name in files:
        try:
            for place, content, lines_of_file in documents(name, with_lines=sarif):
                found = operation(content)
                label = f"{_shown(name)}: {place}" if place else _shown(name)
                linted.append(File(label, found.kind, found.characters, found.findings, None, name, place, lines_of_file))
        except UsageError as error:
            linted.append(File(name, error=error, path=name))
    if sarif:
        results, failures = of_files(linted)
        terminal.say_data(log(results, __version__, failures=failures))
    elif printer.json:
        terminal.say_data(content_of(linted, *date_and_source()))
    else:
        view = TextView()
        for file in linted:
            if file.error:
                view.error(file.error)
        for line in lines(linted):
            view.out.print(line)
    if any(file.error for file in linted):
        return UsageError.exit_code
    bad = {"error", "warning"} if strict else {"error"}
    return int(any(item.severity in bad for file in linted for item in file.findings))


def documents(name: str, *, with_lines: bool) -> Iterator[tuple[str, Any, Mapping[str, int]]]:
    """(path to it, document, lines of the file by path) of each policy in the file; the path is "" for the whole file.

    Raises UsageError for a file that cannot be read, is no JSON, or has no policy in it.
    """
    from bootstrap.core.json_lines import lines_by_path
    from bootstrap.operations.policies_in_text import policies_in

    what = _shown(name)
    try:
        text = _text(name)
        found = policies_in(text)
    except OSError as error:
        raise UsageError(f"cannot read {what}: {error.strerror or error}", "Name JSON files, or - for stdin.") from error
    except ValueError as error:
        raise UsageError(f"{what} is not JSON: {error}", "A policy is a JSON object with Version and Statement.") from error
    if not found:
        advice = "Pass a policy, or what get-role, get-role-policy or get-bucket-policy of the AWS CLI prints."
        raise UsageError(f"there is no policy in {what}: nothing in it has a Statement", advice)
    places = lines_by_path(text) if with_lines else {}
    yield from ((where, document, places) for where, document in found)


def _shown(name: str) -> str:
    return "stdin" if name == "-" else name


def _text(name: str) -> str:
    if name != "-":
        raw = read(Path(name), LARGEST)
    elif sys.stdin is None:
        raise OSError("it is closed")
    else:
        raw = sys.stdin.buffer.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise OSError(too_long(LARGEST))
    return decoded(raw)
