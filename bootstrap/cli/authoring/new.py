"""`bootstrap integrations new`: the first file of an integration."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bootstrap.cli import terminal
from bootstrap.cli.authoring.place import VENDOR_OPTION, check_new, name_of, next_steps, put, vendor_name, warn_taken
from bootstrap.cli.command import command
from bootstrap.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bootstrap.cli.printer import Printer

Word = TypeVar("Word", bound=str)
WHO_GIVES = ("the vendor, before there is a role", "the vendor, once it has the role's ARN", "bootstrap generates it")
WHAT = ("It reads files from a bucket", "It reads and writes files in a bucket", "Something else: I write the statements")


@command()
def new(
    *,
    name: Annotated[str, typer.Argument(help="Name the integration; its file is NAME.toml.", metavar="NAME")],
    vendor: VENDOR_OPTION = None,
    account: Annotated[
        str | None,
        typer.Option("--vendor-account", help="Name the AWS account that the vendor comes from.", metavar="NUMBER"),
    ] = None,
    page: Annotated[str | None, typer.Option("--page", help="Name the vendor's page that says so.", metavar="URL")] = None,
    external_id: Annotated[
        str | None,
        typer.Option(
            "--external-id",
            help="Say who gives the external id: the vendor before, the vendor after it has the role's ARN, or bootstrap.",
            metavar="vendor|vendor-after|generated",
        ),
    ] = None,
    reads: Annotated[
        str | None,
        typer.Option("--reads", help="Say what the vendor uses.", metavar="bucket|bucket-and-write|nothing"),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite the file NAME.toml, or that of --output.", metavar="")
    ] = False,
    printer: "Printer",
) -> int:
    """Write the first file of an integration, NAME.toml, with comments. At a terminal, it asks for what is not given.

    The file passes `integrations check`. It has a role that the vendor's account assumes with an external id, and on request
    the permissions for a bucket.
    """
    from bootstrap.core import validators
    from bootstrap.drafts.new import EXTERNAL_ID, READS, Answers, new_text

    path = Path(f"{name_of(name)}.toml")
    check_new(path, force=force)
    answers = Answers(
        name,
        _text(vendor, "--vendor", "What is the vendor called?", vendor_name),
        _text(account, "--vendor-account", "Which AWS account does it come from? Type its 12 digits.", validators.account),
        _text(page, "--page", "Which page of the vendor says so? Paste its address.", _address),
        f"{datetime.now(UTC):%Y-%m-%d}",
        _choice(external_id, "--external-id", "Who gives the external id?", EXTERNAL_ID, WHO_GIVES),
        _choice(reads, "--reads", "What does the vendor do?", READS, WHAT),
    )
    put(path, new_text(answers), force=force)
    printer.result({"file": str(path)}, [f"Written to {path}."])
    warn_taken(name, path, printer)
    next_steps(path, printer)
    return 0


def _text(given: str | None, flag: str, question: str, check: "Callable[[str], str]") -> str:
    from bootstrap.cli.questions import is_terminal

    if given is None and not is_terminal():
        raise UsageError(f"{flag} is missing, and there is no terminal to ask at", f"Add {flag}.")
    while True:
        try:
            return check((terminal.prompt(question) if given is None else given).strip())
        except ValueError as error:
            if given is not None:
                raise UsageError(f"{flag}: {error}") from error
            terminal.say(f"{error}".capitalize() + ".", err=True)


def _choice(given: str | None, flag: str, question: str, choices: "Sequence[Word]", labels: "Sequence[str]") -> Word:
    from bootstrap.cli.questions import ask_which, is_terminal

    if given is None and not is_terminal():
        raise UsageError(
            f"{flag} is missing, and there is no terminal to ask at", f"Add {flag} with one of: {', '.join(choices)}."
        )
    word = ask_which(question, choices, labels) if given is None else given
    for each in choices:
        if each == word:
            return each
    raise UsageError(f"{flag}: {word!r} is not one of {', '.join(choices)}")


def _address(text: str) -> str:
    import re

    from bootstrap.integrations.files.structure import text_problem

    if not re.fullmatch(r"https://[^\s\"'<>]{3,500}", text) or "${" in text or text_problem(text):
        raise ValueError(f"{text!r} is not an address that begins with https://")
    return text
