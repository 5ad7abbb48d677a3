"""Options that several verbs share, said once."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import terminal

if TYPE_CHECKING:
    from bootstrap.cli.handoff import HandoffFolder

_AWS = "AWS"
_STATE = "State"
_OUTPUT = "Output"


def names_of_integrations() -> list[str]:
    """For completion."""
    from bootstrap.integrations import integrations

    return list(integrations())


def names_of_deployments(context: typer.Context) -> list[str]:
    """For completion: those of the folder, or of its sandbox."""
    from bootstrap.cli.place import Target, is_name
    from bootstrap.errors import BootstrapError

    state = context.params.get("state")
    if str(state).startswith("s3://"):
        return []  # who presses Tab does not want to wait for AWS, or to be asked for a code
    with suppress(BootstrapError):
        found = Target(sandbox=bool(context.params.get("sandbox")), state=state).deployments()
        return [name for name in found if is_name(name)]  # a state that --state names can hold any
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
        help="The state file, or s3://BUCKET/KEY, or s3://BUCKET/FOLDER/, with ?sse=... and &kms-key=ARN where the bucket "
        "demands them; else .bootstrap/DEPLOYMENT.json.",
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
AcceptEdited = Annotated[
    bool,
    typer.Option(
        "--accept-edited-state",
        help="Use a state that was edited since bootstrap last wrote it, without asking.",
        metavar="",
        rich_help_panel=_STATE,
    ),
]
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
Overwrite = Annotated[
    list[str],
    typer.Option(
        "--overwrite",
        help="Set this resource back to what bootstrap sets, also where somebody else made it stricter (repeatable).",
        metavar="ADDRESS",
        show_default=False,
    ),
]
Replace = Annotated[
    list[str],
    typer.Option(
        "--replace",
        help="Delete this resource and make it again; the plan lists what is lost (repeatable).",
        metavar="ADDRESS",
        show_default=False,
    ),
]
DeleteForeign = Annotated[
    bool,
    typer.Option(
        "--delete-foreign",
        help="Delete what others put into its things, too: inline policies, rules, statements of bucket policies.",
        metavar="",
    ),
]
TerminateJobs = Annotated[
    bool, typer.Option("--terminate-jobs", help="End Batch jobs that are under way and in the way.", metavar="")
]
RestartVm = Annotated[
    bool, typer.Option("--restart-vm", help="Stop and start a running VM where a change needs that.", metavar="")
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
        terminal.show_help(context)


Inputs = Annotated[Path | None, typer.Option("--inputs", help="Read the inputs from a TOML or JSON file.", metavar="FILE")]
WriteHandoff = Annotated[
    Path | None, typer.Option("--write-handoff", help="Write what to hand over into this folder.", metavar="FOLDER")
]
Force = Annotated[
    bool, typer.Option("--force", help="Let --write-handoff overwrite files that bootstrap did not write.", metavar="")
]


def handoff_folder(path: Path | None, *, force: bool) -> "HandoffFolder | None":
    """Where to write what to hand over, if the user names a folder. Raises UsageError for --force without one."""
    from bootstrap.cli.handoff import HandoffFolder
    from bootstrap.errors import UsageError

    if path is None and force:
        raise UsageError("--force overwrites files of --write-handoff, which is not given", "Add --write-handoff FOLDER.")
    return HandoffFolder(path, force) if path is not None else None


def allowed(
    retag: bool,
    detach_foreign: bool,
    terminate_jobs: bool,
    restart_vm: bool,
    overwrite: Iterable[str],
    replace: Iterable[str],
) -> frozenset[str]:
    """The flags that were given, as the planner names them."""
    from bootstrap.core.reasons import overwrite_flag
    from bootstrap.core.replacement import replace_flag

    given = {"retag": retag, "detach-foreign": detach_foreign, "terminate-jobs": terminate_jobs, "restart-vm": restart_vm}
    named = [*map(overwrite_flag, overwrite), *map(replace_flag, replace)]
    return frozenset([*(flag for flag, is_given in given.items() if is_given), *named])
