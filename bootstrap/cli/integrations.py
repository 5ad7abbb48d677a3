"""`bootstrap integrations`: lists the integrations; for reviewers, a page about one to decide by."""

from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import completion, options, terminal
from bootstrap.cli.command import command
from bootstrap.core import commands
from bootstrap.errors import BootstrapError, UsageError

if TYPE_CHECKING:
    from bootstrap.cli.inputs import GivenInputs
    from bootstrap.cli.printer import Printer


@command()
def integrations(
    *,
    name: Annotated[
        str | None,
        typer.Argument(
            help="Explain this integration.", metavar="NAME|FILE", autocompletion=completion.integrations_and_verbs
        ),
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page as Markdown.", metavar="")] = False,
    inputs: "GivenInputs",
    sandbox: options.Sandbox = False,  # changes nothing here; BOOTSTRAP_SANDBOX and scripts set it for all commands
    printer: "Printer",
) -> int:
    """List the integrations, or explain one: who gets in, what they can do, what is worst about it, then every permission
    with its reason, and each deviation from the vendor's page.

    With NAME, it takes the inputs of that integration, as --harden. Example values stand for those that you omit, and the
    example account 123456789012 for yours. AWS is not asked.

    For those who write an integration: `integrations new`, `check`, `test`, `import` and `schema`, each with its own --help.
    """
    from bootstrap.integrations import OURS, integration, listed, names, origins
    from bootstrap.operations.review import review
    from bootstrap.views.review_json import content_of
    from bootstrap.views.review_markdown import page_of
    from bootstrap.views.review_text import list_lines, page_lines
    from bootstrap.views.screen import Screen

    if name is None and (markdown or inputs.values or inputs.file):
        raise UsageError("no integration is named", f"Name one of: {', '.join(names())}.")
    screen = Screen()
    if name is None:
        where = origins()
        all_of_them = listed()
        broken = {key: error for key, error in all_of_them.items() if isinstance(error, BootstrapError)}
        titles = {key: each.title for key, each in all_of_them.items() if not isinstance(each, BootstrapError)}
        if printer.json:
            usable = {key: {"title": title, "from": where[key]} for key, title in titles.items()}
            unusable = {key: {"problem": error.message, "from": where[key]} for key, error in broken.items()}
            terminal.say_data({**usable, **unusable})
            return 0
        others = {key: f"{title} (from {where[key]}, not reviewed)" for key, title in titles.items() if where[key] != OURS}
        for line in list_lines({**titles, **others}, screen.columns):
            screen.print(line)
        for error in broken.values():
            printer.hint(f"Cannot be used: {error.message}. {error.advice}")
        printer.hint("")
        printer.hint(f"More on one, as in: {commands.bootstrap('integrations', next(iter(titles)))}")
        return 0
    found = review(integration(name), inputs.gathered(name, None).values)
    if printer.json:
        terminal.say_data(content_of(found))
    elif markdown:
        for text in page_of(found):
            terminal.say(text)
    else:
        for line in page_lines(found, screen.columns):
            screen.print(line)
    return 0
