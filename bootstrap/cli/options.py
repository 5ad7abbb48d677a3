"""Options that several commands share, declared once."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import completion, terminal
from bootstrap.views.color import CHOICES

if TYPE_CHECKING:
    from bootstrap.cli.handoff import HandoffFolder

_AWS = "AWS"
_STATE = "State"
_OUTPUT = "Output"


IntegrationName = Annotated[
    str | None,
    typer.Option(
        "--integration",
        help="Prepare the account for this integration, or for the one in this file.",
        metavar="NAME|FILE",
        autocompletion=completion.integrations,
    ),
]
NamedIntegration = Annotated[
    str | None,
    typer.Argument(
        help="The same as --integration.", metavar="INTEGRATION", autocompletion=completion.integrations, show_default=False
    ),
]
Name = Annotated[
    str | None,
    typer.Option(
        "--name",
        help="Name the deployment. Default: the integration's name, or the only deployment here.",
        metavar="DEPLOYMENT",
        autocompletion=completion.deployments,
        rich_help_panel=_STATE,
    ),
]
StatePath = Annotated[
    str | None,
    typer.Option(
        "--state",
        help="Keep the state in this file, s3://BUCKET/KEY or s3://BUCKET/FOLDER/; add ?sse=... and &kms-key=ARN if the "
        "bucket demands them. Default: .bootstrap/DEPLOYMENT.json.",
        metavar="FILE|URL",
        envvar="BOOTSTRAP_STATE",
        rich_help_panel=_STATE,
    ),
]
Project = Annotated[
    Path | None,
    typer.Option(
        "--project",
        help="Read this file, which describes the deployments. Default: bootstrap.toml in this folder, if there is one.",
        metavar="FILE",
        rich_help_panel=_STATE,
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="Use this AWS profile.",
        metavar="NAME",
        autocompletion=completion.profiles,
        rich_help_panel=_AWS,
    ),
]
SignIns = Annotated[
    list[str],
    typer.Option(
        "--sign-in",
        help="Sign in to one of several accounts with this profile or role. Default: as create did (repeatable).",
        metavar="ACCOUNT=PROFILE|ARN",
        rich_help_panel=_AWS,
        show_default=False,
    ),
]
Region = Annotated[
    str | None,
    typer.Option(
        "--region",
        help="Use this AWS region.",
        metavar="REGION",
        autocompletion=completion.regions,
        rich_help_panel=_AWS,
    ),
]
Sandbox = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        help="Use the embedded AWS on this machine.",
        metavar="",
        envvar="BOOTSTRAP_SANDBOX",
        rich_help_panel=_AWS,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.", metavar="")]
AcceptEdited = Annotated[
    bool,
    typer.Option(
        "--accept-edited-state",
        help="Use a state that was edited outside bootstrap, without asking.",
        metavar="",
        rich_help_panel=_STATE,
    ),
]
Retag = Annotated[
    bool,
    typer.Option(
        "--retag", help="Restore owner tags on resources that have the recorded id but lost their tags.", metavar=""
    ),
]
DetachForeign = Annotated[
    bool,
    typer.Option(
        "--detach-foreign",
        help="Detach policies that others attached to its roles, or that only an edited state claims; do not delete them.",
        metavar="",
    ),
]
Overwrite = Annotated[
    list[str],
    typer.Option(
        "--overwrite",
        help="Reset this resource to what bootstrap sets, even where it was made stricter outside bootstrap (repeatable).",
        metavar="ADDRESS",
        autocompletion=completion.addresses,
        show_default=False,
    ),
]
Replace = Annotated[
    list[str],
    typer.Option(
        "--replace",
        help="Delete and recreate this resource; the plan lists what is lost (repeatable).",
        metavar="ADDRESS",
        autocompletion=completion.addresses,
        show_default=False,
    ),
]
DeleteForeign = Annotated[
    bool,
    typer.Option(
        "--delete-foreign",
        help="Also delete what others added to its resources: inline policies, rules, statements of bucket policies.",
        metavar="",
    ),
]
TerminateJobs = Annotated[
    bool, typer.Option("--terminate-jobs", help="Terminate Batch jobs that block a change.", metavar="")
]
RestartVm = Annotated[
    bool, typer.Option("--restart-vm", help="Stop and start a running VM if a change needs that.", metavar="")
]
NoPreflight = Annotated[
    bool,
    typer.Option(
        "--no-preflight", help="Do not check permissions before the first change.", metavar="", rich_help_panel=_AWS
    ),
]
Cage = Annotated[
    bool,
    typer.Option(
        "--cage",
        help="Preview: let AWS narrow the credentials to what the plan does (docs/cage.md).",
        metavar="",
        rich_help_panel=_AWS,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.", metavar="", rich_help_panel=_OUTPUT)]
Sarif = Annotated[
    bool,
    typer.Option(
        "--sarif", help="Print SARIF 2.1.0 for code scanning instead of text.", metavar="", rich_help_panel=_OUTPUT
    ),
]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Show every property and whole policies.", metavar="", rich_help_panel=_OUTPUT),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.", metavar="", rich_help_panel=_OUTPUT)]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Show only results, warnings and errors.", metavar="", rich_help_panel=_OUTPUT)
]
Color = Annotated[
    str,
    typer.Option(
        "--color",
        help="Use colors. NO_COLOR and FORCE_COLOR say the same for all commands.",
        metavar="auto|always|never",
        autocompletion=lambda: list(CHOICES),
        rich_help_panel=_OUTPUT,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", help="Write the result into this file instead of stdout.", metavar="FILE", rich_help_panel=_OUTPUT
    ),
]
Overwriting = Annotated[
    bool,
    typer.Option("--force", help="Let --output overwrite a file.", metavar="", rich_help_panel=_OUTPUT),
]
Log = Annotated[
    Path | None,
    typer.Option(
        "--log",
        help="Append each call to AWS to this file. BOOTSTRAP_LOG=debug shows them on stderr.",
        metavar="FILE",
        rich_help_panel=_OUTPUT,
    ),
]
DetailedExitCode = Annotated[
    bool,
    typer.Option("--detailed-exitcode", help="Exit with 2 when something differs.", metavar="", rich_help_panel=_OUTPUT),
]


def one_format(**wanted: bool) -> None:
    """Raises UsageError where more than one output format is named."""
    from bootstrap.errors import UsageError

    if sum(wanted.values()) > 1:
        flags = " and ".join(f"--{name}" for name, is_wanted in wanted.items() if is_wanted)
        raise UsageError(f"{flags} are different formats", "Omit all but one.")


def help_without_verb(context: typer.Context) -> None:
    """For a group of commands: without a command, shows the help."""
    if context.invoked_subcommand is None:
        terminal.show_help(context)


Inputs = Annotated[Path | None, typer.Option("--inputs", help="Read the inputs from a TOML or JSON file.", metavar="FILE")]
WriteHandoff = Annotated[
    Path | None, typer.Option("--write-handoff", help="Write what to hand over into this folder.", metavar="FOLDER")
]
Force = Annotated[
    bool,
    typer.Option(
        "--force", help="Let --write-handoff and --output overwrite files that bootstrap did not write.", metavar=""
    ),
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


def allowed_to_destroy(
    delete_data: bool, terminate_jobs: bool, detach_foreign: bool, delete_foreign: bool
) -> frozenset[str]:
    """The same for destroy."""
    given = {
        "delete-data": delete_data,
        "terminate-jobs": terminate_jobs,
        "detach-foreign": detach_foreign,
        "delete-foreign": delete_foreign,
    }
    return frozenset(flag for flag, is_given in given.items() if is_given)
