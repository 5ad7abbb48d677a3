"""`bootstrap lint`: checks policies before anybody sends them to AWS."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bootstrap.cli import terminal
from bootstrap.cli.command import command
from bootstrap.cli.user_files import read, too_long
from bootstrap.core.strict_json import decoded
from bootstrap.errors import UsageError

if TYPE_CHECKING:
    from bootstrap.cli.printer import Printer

LARGEST = 1_000_000
"""Bytes; AWS takes no policy of a fiftieth of that."""


@command()
def lint(
    *,
    files: Annotated[list[str], typer.Argument(help="Read policies from these JSON files; - is stdin.", metavar="FILE...")],
    strict: Annotated[bool, typer.Option("--strict", help="Also exit with 1 for warnings.", metavar="")] = False,
    printer: "Printer",
) -> int:
    """Find what is wrong or dangerous in IAM policies: unknown actions, resources that no action takes, placeholders,
    size, trust without an external id, permissions that let their holder gain more.

    A file contains a policy, or JSON with policies in it, as printed by the AWS CLI (get-role, get-policy-version,
    get-bucket-policy, ...), `permissions`, `plan --json` and `terraform show -json`. Principal, Action and Resource tell
    permissions, trust and bucket policies apart. Makes no calls to AWS. Exits with 0 for notes and warnings, 1 for errors,
    and 64 when a file cannot be read; the other files are still checked.
    """
    from bootstrap.operations.lint import date_and_source, lint as operation
    from bootstrap.views.lint_report import File, content_of, lines
    from bootstrap.views.text import TextView

    linted: list[File] = []
    for name in files:
        try:
            for label, content in documents(name):
                found = operation(content)
                linted.append(File(label, found.kind, found.characters, found.findings))
        except UsageError as error:
            linted.append(File(name, error=error))
    if printer.json:
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


def documents(name: str) -> Iterator[tuple[str, Any]]:
    """(label, document) of each policy in the file; the label has the path to it, where it is not the whole file.

    Raises UsageError for a file that cannot be read, is no JSON, or has no policy in it.
    """
    from bootstrap.operations.policies_in_text import policies_in

    what = "stdin" if name == "-" else name
    try:
        found = policies_in(_text(name))
    except OSError as error:
        raise UsageError(f"cannot read {what}: {error.strerror or error}", "Name JSON files, or - for stdin.") from error
    except ValueError as error:
        raise UsageError(f"{what} is not JSON: {error}", "A policy is a JSON object with Version and Statement.") from error
    if not found:
        advice = "Pass a policy, or what get-role, get-role-policy or get-bucket-policy of the AWS CLI prints."
        raise UsageError(f"there is no policy in {what}: nothing in it has a Statement", advice)
    yield from ((f"{what}: {where}" if where else what, document) for where, document in found)


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
