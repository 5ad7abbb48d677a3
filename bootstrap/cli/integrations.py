"""`bootstrap integrations`: lists the integrations; for reviewers, every permission with its reason."""

from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options
from bootstrap.cli.command import command
from bootstrap.core import commands

if TYPE_CHECKING:
    from bootstrap.cli.printer import Printer


@command()
def integrations(
    *,
    name: Annotated[
        str | None,
        typer.Argument(help="Explain this integration.", metavar="NAME", autocompletion=options.names_of_integrations),
    ] = None,
    sandbox: options.Sandbox = False,  # changes nothing here; BOOTSTRAP_SANDBOX and scripts set it for all commands
    printer: "Printer",
) -> int:
    """List the integrations, or explain one: its inputs, resources, permissions and deviations.

    AWS is not asked; the example account 123456789012 stands for yours.
    """
    from bootstrap.integrations import integration, integrations
    from bootstrap.views.explanation import explain, lines

    if name is not None:
        content = explain(integration(name))
        printer.result(content, lines(content))
        return 0
    titles = {key: found.title for key, found in integrations().items()}
    printer.result(titles, (f"{key:<22} {title}" for key, title in titles.items()))
    printer.hint("")
    printer.hint(f"More on one, as in: {commands.bootstrap('integrations', next(iter(titles)))}")
    return 0
