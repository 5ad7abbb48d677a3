"""`bootstrap integrations`: what there is, and for those who must approve it, every permission with its reason."""

from typing import Annotated, Any

import typer

from bootstrap.cli import options, terminal
from bootstrap.core import commands


def integrations(
    *,
    name: Annotated[
        str | None,
        typer.Argument(help="Explain this one.", metavar="NAME", autocompletion=options.names_of_integrations),
    ] = None,
    sandbox: options.Sandbox = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """List the integrations, or explain one: its inputs, resources, permissions, and where we deviate from the vendor.

    AWS is not asked; the example account 123456789012 stands for yours.
    """
    from bootstrap.integrations import integration, integrations
    from bootstrap.views.explanation import explain, lines

    if name is None:
        if json:
            terminal.say_data({key: found.title for key, found in integrations().items()})
            return 0
        for key, found in integrations().items():
            terminal.say(f"{key:<22} {found.title}")
        terminal.say(err=True)
        terminal.say(f"More on one: {commands.bootstrap('integrations', 'NAME')}", err=True)
        return 0
    content: dict[str, Any] = explain(integration(name))
    if json:
        terminal.say_data(content)
    else:
        for line in lines(content):
            terminal.say(line)
    return 0
