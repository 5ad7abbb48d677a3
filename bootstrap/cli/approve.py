"""`bootstrap approve`: somebody's yes to the plan in a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bootstrap.cli import plan_options
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from bootstrap.cli.printer import Printer
    from bootstrap.core.plan_file import PlanFile


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
    force: Annotated[
        bool,
        typer.Option("--force", help="Overwrite an earlier approval of this plan, or a file of another kind.", metavar=""),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be approved, and write nothing.", metavar="")
    ] = False,
    printer: "Printer",
) -> int:
    """Approve the plan that plan --out wrote: exactly that one, by its digest.

    `create --plan PLAN --require-approval FILE` then runs it, and no other. AWS is not asked, and nothing is changed.
    It shows what is changed or lost, and the verdict and the worst risks of review; with --dry-run, it does no more. The
    approval also has the access that you approve, to compare later plans with. An earlier approval of
    this plan is overwritten only with --force.
    """
    import os
    from datetime import UTC, datetime

    from bootstrap import __version__
    from bootstrap.cli.plan_files import OwnFile, approval_of, read_plan
    from bootstrap.core.approval import MARK, Approval, summary
    from bootstrap.errors import UsageError
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
    if not dry_run:
        file.check_not_approved(plan)
    data, texts = _shown(plan, path)
    if dry_run:
        printer.result({"plan": plan.digest, **data}, [*texts, f"Digest: {plan.digest}"], wraps=True)
        return 0
    approval = Approval.of(plan, by, note, now)
    for text in texts:
        printer.message(text)
    if key:
        from bootstrap.operations.signatures import signed

        approval = signed(approval, key)
    file.put(approval.text)
    done = [
        f"Approved: {plan.deployment} of {plan.word}, until {plan.expires}",
        f"Digest: {plan.digest}",
        f"Signed: {'yes' if key else 'no'}",
        f"Written to {file.path}.",
    ]
    printer.result({**summary(approval), "signed": bool(key), "file": str(file.path)}, done)
    return 0


def _shown(plan: "PlanFile", path: Path) -> tuple[dict[str, Any], list[str]]:
    """What somebody approves, as data and in lines: what changes, and the verdict and the worst risks of the review. Raises
    PlanRefused for a plan that was forged."""
    from bootstrap.core import commands
    from bootstrap.errors import PlanOutdated
    from bootstrap.operations.bound_plan import summary_of
    from bootstrap.operations.review import Made, Planned, report_of_plan
    from bootstrap.user_files import is_stream
    from bootstrap.views.report_sections import worst
    from bootstrap.views.report_verdict import verdict

    planned, data = Planned(plan, str(path)), {"summary": summary_of(plan)}
    try:
        report = report_of_plan(planned, Made(plan.version, plan.created))
    except PlanOutdated as error:  # whoever approves may lack the file of the integration: the plan has the access itself
        return data, [*data["summary"], f"Warning: the risks are not known here: {error.message}"]
    risks = worst(report)
    texts = [*planned.summary, f"Verdict: {verdict(report)}", *(text[0].upper() + text[1:] for text in risks)]
    if left := len(report.review.concerns) - len(risks):
        texts.append(f"And {left} more risks.")
    if not is_stream(path):
        texts.append(f"To read all of it, run: {commands.bootstrap('review', plan=str(path), flags=[])}")
    return {**data, "verdict": verdict(report), "risks": risks}, texts
