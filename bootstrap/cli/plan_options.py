"""Options about plans and approvals that are files."""

from pathlib import Path
from typing import Annotated

import typer

_PANEL = "Plan file"

Out = Annotated[
    Path | None,
    typer.Option(
        "--out", help="Also write the plan into this file, for create --plan.", metavar="FILE", rich_help_panel=_PANEL
    ),
]
Expires = Annotated[
    str | None,
    typer.Option(
        "--expires",
        help="Let the plan of --out expire after this time, such as 30m, 12h or 7d. Default: 24h.",
        metavar="TIME",
        rich_help_panel=_PANEL,
    ),
]
ForceOut = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Let --out and --output overwrite a file that bootstrap did not write.",
        metavar="",
        rich_help_panel=_PANEL,
    ),
]
Plan = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        help="Run exactly the plan in this file, without asking; it has the inputs. Refused if anything has changed since.",
        metavar="FILE",
        rich_help_panel=_PANEL,
    ),
]
RequireApproval = Annotated[
    Path | None,
    typer.Option(
        "--require-approval",
        help="Run the plan only if this file approves it (see approve).",
        metavar="FILE",
        rich_help_panel=_PANEL,
    ),
]
AllowedSigners = Annotated[
    Path | None,
    typer.Option(
        "--allowed-signers",
        help="Accept only an approval that somebody in this file has signed (see ssh-keygen, ALLOWED SIGNERS).",
        metavar="FILE",
        rich_help_panel=_PANEL,
    ),
]
PlanArgument = Annotated[Path, typer.Argument(help="The file that plan --out wrote.", metavar="PLAN", show_default=False)]
