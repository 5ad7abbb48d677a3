"""`bootstrap review`: one page for a security reviewer, about an integration or a recorded deployment."""

import sys
import tempfile
import webbrowser
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options, plan_options, terminal
from bootstrap.cli.command import command
from bootstrap.core import commands

if TYPE_CHECKING:
    from bootstrap.cli.inputs import GivenInputs
    from bootstrap.cli.printer import Printer
    from bootstrap.cli.target import Target
    from bootstrap.core.integration import Integration
    from bootstrap.core.state import State
    from bootstrap.operations.review import Approved, Demands, Made, Report


class Format(StrEnum):
    HTML = "html"
    MARKDOWN = "markdown"
    JSON = "json"


_SUFFIXES = {".html": Format.HTML, ".htm": Format.HTML, ".md": Format.MARKDOWN, ".json": Format.JSON}


@command()
def review(
    *,
    integration: options.IntegrationName = None,
    name: options.Name = None,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="Choose the format. Default: by the extension of --output, else markdown.",
            metavar="html|markdown|json",
        ),
    ] = None,
    open: Annotated[
        bool,
        typer.Option("--open", help="Open the page in the browser; without --output, it is a temporary file.", metavar=""),
    ] = False,
    plan_file: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            help="Review the plan in this file, which has the inputs: what approve approves and create --plan runs.",
            metavar="FILE",
        ),
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option(
            "--since",
            help="Compare with what this approval approved (see approve); exit with 2 if somebody would get more.",
            metavar="FILE",
        ),
    ] = None,
    allowed_signers: plan_options.AllowedSigners = None,
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Do not ask AWS what the organization demands of a recorded deployment.", metavar=""),
    ] = False,
    output: options.Output = None,
    force: options.Overwriting = False,
    inputs: "GivenInputs",
    target: "Target",
    printer: "Printer",
) -> int:
    """Show on one page what a security reviewer needs for a decision: who gets in, what they can and cannot do, the
    dangers and what --harden changes, what the operator needs, and how all of it is deleted.

    With --integration, it is about these inputs; examples stand for those that you omit, and for your account. With --plan,
    it is about the plan that plan --out wrote, and what that changes. Otherwise, it is about the recorded deployment; if you
    are signed in to its account, the page also says which tags and images the organization demands there. AWS is asked for
    nothing else but a state in S3. HTML is one file without scripts. Markdown has at most 30,000 characters, for a comment
    on a pull request. docs/review.md describes the JSON.
    """
    from bootstrap.cli.plan_files import name_of, read_approval
    from bootstrap.cli.results import kept_in
    from bootstrap.errors import UsageError

    if printer.json and format not in (None, Format.JSON):
        raise UsageError(f"--json and --format {format} are different formats", "Omit one of the two.")
    if force and output is None:
        raise UsageError("--force overwrites the file of --output, which is not given", "Add --output FILE.")
    suffix = output.suffix.lower() if output else ".html" if open else ""
    shape = Format.JSON if printer.json else format or _SUFFIXES.get(suffix, Format.MARKDOWN)
    if open and shape is not Format.HTML:
        raise UsageError(f"--open shows HTML in a browser, and the format is {shape}", "Omit --open, or add --format html.")
    if allowed_signers and not since:
        raise UsageError("--allowed-signers is about the approval of --since, which is not given", "Add --since FILE.")
    approved: Approved | None = None
    if since:
        from bootstrap.operations.signatures import proof

        approval = read_approval(since)
        signers = target.signers(name or "", approval.deployment, also=allowed_signers)
        approved = approval, proof(approval, str(since), signers)
    if plan_file:
        found, words = _report_of_plan(plan_file, inputs, target, approved), commands.option("plan", name_of(plan_file))
    else:
        found, words = _report(integration, name, inputs, target, printer, approved, offline)
    path = output or (Path(tempfile.mkdtemp(prefix="bootstrap-review-")) / "review.html" if open else None)
    with kept_in(path, force=force, quiet=printer.quiet) if path else nullcontext():
        _show(found, shape, commands.bootstrap("review", flags=[*words, "--open"]))
    is_read_here = shape is Format.MARKDOWN and not (format or path or since) and sys.stdout is not None
    if is_read_here and sys.stdout.isatty():
        printer.hint(f"To read it in a browser, run: {commands.bootstrap('review', flags=[*words, '--open'])}")
    if path and open and not webbrowser.open(path.absolute().as_uri()):
        printer.message("No browser could be started. Open the file yourself.")
    if found.since and found.since.widening:
        printer.message(f"Warning: {found.since.sentence}")
        return 2
    return 0


def _report_of_plan(path: Path, inputs: "GivenInputs", target: "Target", approved: "Approved | None") -> "Report":
    from bootstrap.cli.bound import check_inputs_of_plan
    from bootstrap.cli.plan_files import name_of, read_plan
    from bootstrap.operations.review import Planned, report_of_plan

    check_inputs_of_plan(inputs)
    return report_of_plan(Planned(read_plan(path), name_of(path), tuple(target.flags)), _made(), approved)


def _made() -> "Made":
    from bootstrap import __version__
    from bootstrap.operations.review import Made

    return Made(__version__, datetime.now(UTC).date().isoformat())


def _report(
    integration: str | None,
    name: str | None,
    inputs: "GivenInputs",
    target: "Target",
    printer: "Printer",
    approved: "Approved | None",
    offline: bool,
) -> tuple["Report", list[str]]:
    """The report, and the options that ask for the same one."""
    from bootstrap.cli.sessions import recorded_inputs
    from bootstrap.errors import UsageError, lines
    from bootstrap.integrations import names, recorded, same
    from bootstrap.operations.review import report_of_deployment, report_of_inputs

    recorded_here = target.deployments(name) if integration is None or name is not None else []
    if integration is None and not recorded_here:
        there_are = f"Name one of: {', '.join(names())}."
        raise UsageError("no integration is named, and no deployment is recorded here", lines(*target.gone(name), there_are))
    described = integration is not None and integration == target.integration  # the project file has its inputs
    if integration and (name is None or (described and name not in recorded_here)):
        gathered = inputs.gathered(integration, None)
        words = [*commands.option("integration", integration), *inputs.words(integration, {}), *target.flags]
        return report_of_inputs(gathered.integration, gathered.values, _made(), approved), words
    name = target.chosen(name, ask=not printer.json)
    backend = target.backend(name)
    stored = target.stored(name, backend, printer.message)
    if integration and not same(integration, stored.word):
        raise UsageError(f"{name} is a deployment of {stored.word}, not of {integration}", "Omit one of the two.")
    recorded(stored)
    gathered, _ = recorded_inputs(target, stored.word, inputs, name, backend, lambda text: None)
    flags = [*commands.option("name", name), *inputs.words(stored.word, {}), *target.flags]
    demands = None if offline else _demands(target.of(name), gathered.recipe, stored, backend.where, printer.message)
    found = report_of_deployment(gathered.recipe, stored, _made(), approved, target.flags, demands)
    return found, [*flags, *(["--offline"] if offline else [])]


def _demands(
    target: "Target", chosen: "Integration", stored: "State", where: str, note: Callable[[str], None]
) -> "Demands | None":
    """What the organization demands; None where nobody is signed in to the account. That is no error."""
    from bootstrap.errors import BootstrapError
    from bootstrap.operations.connect import sign_in
    from bootstrap.operations.review import demands_on
    from bootstrap.operations.sign_ins import recorded_ways

    if target.sandbox and not target.is_sandbox_running:
        return None
    try:
        ways = recorded_ways(target.sign_in_options(note), stored)
        with sign_in(ways, stored, replace(target.login(note), patient=False)) as session:
            return demands_on(session, chosen, stored, where)
    except BootstrapError as error:
        note(f"Note: the page does not say what the organization demands: {error.message}")
        return None


def _show(found: "Report", format: Format, whole: str) -> None:
    from bootstrap.views import report_html, report_json, report_markdown

    match format:
        case Format.JSON:
            terminal.say_data(report_json.content_of(found))
        case Format.MARKDOWN:
            terminal.say_result(report_markdown.page_of(found, whole))
        case Format.HTML:
            terminal.say_result("\n".join(report_html.page_of(found)) + "\n")
