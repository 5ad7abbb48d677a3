"""`bootstrap integrations check`: what is to be corrected in a file that describes an integration."""

from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import terminal
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from bootstrap.cli.printer import Printer


@command()
def check(
    *,
    files: Annotated[list[str], typer.Argument(help="Check these TOML or JSON files.", metavar="FILE...")],
    strict: Annotated[bool, typer.Option("--strict", help="Also exit with 1 for warnings.", metavar="")] = False,
    printer: "Printer",
) -> int:
    """Find what is wrong in files that describe integrations, with its line and what to write instead.

    Errors: what the format does not allow, references to what is not there, actions that AWS does not have, policies that
    AWS refuses. Warnings: trust without an external id or of everybody, permissions that nobody explains, and inputs and
    tables that nothing uses. Makes no calls to AWS. Exits with 0 for notes and warnings, 1 for errors, and 64 when a file
    cannot be opened.
    """
    from bootstrap.operations.check_file import check_file
    from bootstrap.views.file_report import content_of, lines
    from bootstrap.views.screen import Screen

    found = {name: check_file(name) for name in files}
    if printer.json:
        terminal.say_data(content_of(found))
    else:
        screen = Screen()
        for line in lines(found):
            screen.print(line)
    bad = {"error", "warning"} if strict else {"error"}
    return int(any(item.severity in bad for findings in found.values() for item in findings))
