"""`bootstrap approve`: somebody's yes to the plan in a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import plan_options
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from bootstrap.cli.printer import Printer


@command()
def approve(
    *,
    path: plan_options.PlanArgument,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            help="Say who approves it; with --key, as the allowed signers name you.",
            metavar="NAME",
            show_default=False,
        ),
    ] = "",
    note: Annotated[
        str, typer.Option("--note", help="Add why, or what you have checked.", metavar="TEXT", show_default=False)
    ] = "",
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", help="Sign it with this SSH key: a private key, or the public key of one in your agent.", metavar="FILE"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the approval into this file. Default: PLAN.approval.", metavar="FILE")
    ] = None,
    force: plan_options.ForceOut = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be approved, and write nothing.", metavar="")
    ] = False,
    printer: "Printer",
) -> int:
    """Approve the plan that plan --out wrote: exactly that one, by its digest.

    `create --plan PLAN --require-approval FILE` then runs it, and no other. AWS is not asked, and nothing is changed.
    It shows who gets in, what each role may do, what is changed or lost; with --dry-run, it does no more. The approval also
    has the access that you approve, to compare later plans with.
    """
    import os
    from datetime import UTC, datetime

    from bootstrap import __version__
    from bootstrap.cli.plan_files import OwnFile, approval_of, read_plan
    from bootstrap.core.approval import MARK, Approval, summary
    from bootstrap.errors import UsageError
    from bootstrap.operations.bound_plan import summary_of
    from bootstrap.user_files import is_stream

    if not by and not dry_run:
        raise UsageError("who approves is missing", "Add --by NAME, or --dry-run to see what would be approved.")
    if out is None and is_stream(path):
        raise UsageError("the plan comes through a pipe, and the approval has no name", "Add --out FILE.")
    file = OwnFile(out or approval_of(path), MARK, force=force)
    if os.path.realpath(file.path) == os.path.realpath(path):  # Path.resolve raises for links in a circle
        raise UsageError("--out would overwrite the plan itself", "Name another file.")
    if not dry_run:
        file.check()
    plan = read_plan(path)
    now = datetime.now(UTC)
    plan.check_usable(__version__, now)
    if dry_run:
        printer.result({"plan": plan.digest, "summary": summary_of(plan)}, [*summary_of(plan), f"Digest: {plan.digest}"])
        return 0
    approval = Approval.of(plan, by, note, now)
    for text in summary_of(plan):
        printer.message(text)
    if key:
        from bootstrap.operations.signatures import signed

        approval = signed(approval, key)
    file.put(approval.text)
    texts = [
        f"Approved: {plan.deployment} of {plan.word}, until {plan.expires}",
        f"Digest: {plan.digest}",
        f"Signed: {'yes' if key else 'no'}",
        f"Written to {file.path}.",
    ]
    printer.result({**summary(approval), "signed": bool(key), "file": str(file.path)}, texts)
    return 0
