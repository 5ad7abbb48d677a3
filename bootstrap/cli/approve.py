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
        str, typer.Option("--by", help="Say who approves it; with --key, as the allowed signers name you.", metavar="NAME")
    ],
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
    printer: "Printer",
) -> int:
    """Approve the plan that plan --out wrote: exactly that one, by its digest.

    `create --plan PLAN --require-approval FILE` then runs it, and no other. AWS is not asked, and nothing is changed.
    The approval also has the access that you approve, to compare later plans with.
    """
    from datetime import UTC, datetime

    from bootstrap import __version__
    from bootstrap.cli.plan_files import OwnFile, approval_of, read_plan
    from bootstrap.core.approval import MARK, Approval, summary

    file = OwnFile(out or approval_of(path), MARK, force=force)
    file.check()
    plan = read_plan(path)
    now = datetime.now(UTC)
    plan.check_usable(__version__, now)
    approval = Approval.of(plan, by, note, now)
    if key:
        from bootstrap.operations.signatures import signed

        approval = signed(approval, key)
    file.put(approval.text)
    counts: dict[str, int] = {}
    for each in plan.observed.values():
        counts[str(each.get("action"))] = counts.get(str(each.get("action")), 0) + 1
    where = ", ".join(f"{each['id']} ({each['region']})" for each in plan.accounts.values())
    texts = [
        f"Approved: {plan.deployment} of {plan.word} in {where}, until {plan.expires}",
        f"Plan: {', '.join(f'{number} {action}' for action, number in counts.items()) or 'nothing'}",
        f"Digest: {plan.digest}",
        f"Signed: {'yes' if key else 'no'}",
        f"Written to {file.path}.",
    ]
    printer.result({**summary(approval), "signed": bool(key), "file": str(file.path)}, texts)
    return 0
