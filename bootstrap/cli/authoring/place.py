"""Where a new file of an integration goes, and what to do with it next."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli.output_folder import OutputFolder
from bootstrap.core import commands
from bootstrap.errors import UsageError

if TYPE_CHECKING:
    from bootstrap.cli.printer import Printer

NAME_OPTION = Annotated[
    str | None, typer.Option("--name", help="Name the integration. Default: as the file.", metavar="NAME")
]
VENDOR_OPTION = Annotated[str | None, typer.Option("--vendor", help="Name the vendor.", metavar="TEXT")]


def name_of(name: str) -> str:
    """The name, if an integration can have it. Raises UsageError."""
    import re

    from bootstrap.integrations.files.keys import NAME
    from bootstrap.integrations.files.problems import VERBS

    if not re.fullmatch(NAME, name):
        raise UsageError(
            f"{name!r} is not the name of an integration", "It has 1 to 40 lower-case letters, digits and -, a letter first."
        )
    if name in VERBS:
        raise UsageError(f"{name} is a word that bootstrap uses itself", "Choose another name.")
    return name


def vendor_name(text: str) -> str:
    """The vendor's name, if a file can have it on one line. Raises ValueError."""
    from bootstrap.integrations.files.structure import text_problem

    if problem := text_problem(text):
        raise ValueError(f"the name {problem}")
    if "${" in text:
        raise ValueError("the name has ${, which stands for something else in the file")
    if not 1 <= len(text) <= 80:
        raise ValueError(f"the name has {len(text)} characters, and must have 1 to 80")
    return text


def warn_taken(name: str, path: Path, printer: "Printer") -> None:
    """Says it where the name is that of another integration."""
    from bootstrap.integrations import names

    if name in names():
        printer.hint(
            f"There is an integration {name} already, and --integration {name} means that one. This one is "
            f"--integration ./{path}; in a folder of integrations it needs another name."
        )


def check_new(path: Path, *, force: bool) -> OutputFolder:
    """Raises UsageError where the file cannot be written, or is there."""
    folder = OutputFolder(path.parent, force, flag="a new file", what="name")
    folder.check()
    folder.check_texts({path.name: set()})
    return folder


def put(path: Path, text: str, *, force: bool) -> None:
    check_new(path, force=force).put({path.name: text}, {})


def next_steps(path: Path, printer: "Printer") -> None:
    """The commands for the new file."""
    file = f"./{path}"
    printer.hint("")
    printer.hint(f"Correct it, and check it: {commands.bootstrap('integrations', 'check', arguments=[file])}")
    printer.hint(f"Then test it: {commands.bootstrap('integrations', 'test', arguments=[file])}")
