"""Options that several verbs share, said once."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

_AWS = "AWS"
_STATE = "State"
_OUTPUT = "Output"


def names_of_integrations() -> list[str]:
    """For completion."""
    from bootstrap.integrations import integrations

    return list(integrations())


def names_of_deployments(context: typer.Context) -> list[str]:
    """For completion: those of the folder, or of its sandbox."""
    from bootstrap.cli.place import Place
    from bootstrap.errors import BootstrapError

    state = context.params.get("state")
    if str(state).startswith("s3://"):
        return []  # who presses Tab does not want to wait for AWS, or to be asked for a code
    with suppress(BootstrapError):
        return Place(sandbox=bool(context.params.get("sandbox")), state=state).deployments()
    return []


Name = Annotated[
    str | None,
    typer.Option(
        "--name",
        help="The deployment's name; else the integration's, or the only one here.",
        metavar="DEPLOYMENT",
        autocompletion=names_of_deployments,
        rich_help_panel=_STATE,
    ),
]
StatePath = Annotated[
    str | None,
    typer.Option(
        "--state",
        help="The state file, or s3://BUCKET/KEY, or s3://BUCKET/FOLDER/; else .bootstrap/DEPLOYMENT.json.",
        metavar="FILE|URL",
        envvar="BOOTSTRAP_STATE",
        rich_help_panel=_STATE,
    ),
]
Profile = Annotated[str | None, typer.Option("--profile", help="The AWS profile.", metavar="NAME", rich_help_panel=_AWS)]
SignIns = Annotated[
    list[str],
    typer.Option(
        "--sign-in",
        help="Reach one of several accounts by this profile or role; else as create did (repeatable).",
        metavar="ACCOUNT=PROFILE|ARN",
        rich_help_panel=_AWS,
        show_default=False,
    ),
]
Region = Annotated[str | None, typer.Option("--region", help="The AWS region.", metavar="REGION", rich_help_panel=_AWS)]
Sandbox = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        help="Use an embedded AWS on this machine.",
        metavar="",
        envvar="BOOTSTRAP_SANDBOX",
        rich_help_panel=_AWS,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.", metavar="")]
Retag = Annotated[
    bool,
    typer.Option("--retag", help="Put owner tags back on things with the recorded id that lost them.", metavar=""),
]
DetachForeign = Annotated[
    bool,
    typer.Option(
        "--detach-foreign",
        help="Take off its roles the policies that others attached, or that only an edited state calls its own; they stay.",
        metavar="",
    ),
]
NoPreflight = Annotated[
    bool,
    typer.Option("--no-preflight", help="Do not ask AWS beforehand what you may do.", metavar="", rich_help_panel=_AWS),
]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.", metavar="", rich_help_panel=_OUTPUT)]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Every property, whole policies.", metavar="", rich_help_panel=_OUTPUT)
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.", metavar="", rich_help_panel=_OUTPUT)]
DetailedExitCode = Annotated[
    bool,
    typer.Option("--detailed-exitcode", help="Exit with 2 when something differs.", metavar="", rich_help_panel=_OUTPUT),
]


def help_without_verb(context: typer.Context) -> None:
    """For a group of verbs: named alone, it shows what there is."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


Inputs = Annotated[Path | None, typer.Option("--inputs", help="Read the inputs from a TOML or JSON file.", metavar="FILE")]
WriteHandoff = Annotated[
    Path | None, typer.Option("--write-handoff", help="Write what to hand over into this folder.", metavar="FOLDER")
]
