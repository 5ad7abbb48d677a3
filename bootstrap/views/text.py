"""Text for people: the plan, the run, what to hand over. Color only repeats what a symbol or a word says."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bootstrap.core.account import Account
from bootstrap.core.account_rows import NAME as ROWS
from bootstrap.core.account_status import AccountStatus
from bootstrap.core.deployment_status import DeploymentStatus
from bootstrap.core.events import Event
from bootstrap.core.first_boot import FirstBoot
from bootstrap.core.handoff import Handoff, Waiting
from bootstrap.core.plan import Plan
from bootstrap.core.printable import WIDEST, cut, lines_of, shortened
from bootstrap.core.receipt import Receipt
from bootstrap.core.recovered import Recovered
from bootstrap.core.reference import references
from bootstrap.core.role_chain import RoleCheck
from bootstrap.core.rotation import Rotation
from bootstrap.core.warning import is_warning
from bootstrap.errors import BootstrapError, PlanRefused
from bootstrap.permissions.cage import Cage
from bootstrap.permissions.preflight import Preflight
from bootstrap.views import Purpose
from bootstrap.views.accounts import account_lines
from bootstrap.views.deployments import deployment_lines
from bootstrap.views.plan import UNKNOWN, closing_lines, legend, plan_lines, summary
from bootstrap.views.preflight import is_plain, preflight_lines, summary as preflight_summary
from bootstrap.views.progress import Progressing
from bootstrap.views.screen import Line, Screen
from bootstrap.views.search_results import receipt_lines, recovered_lines
from bootstrap.views.security import security_lines

VERDICTS = {"ok": "green", "ready": "green", "installing": "yellow", "failed": "bold red", "unknown": "yellow"}

FEW = 11
"""Lines of the rows of a fleet that are shown: the first names the columns."""


class TextView:
    """Results go to `out`, messages to `err`. On a terminal a person sees both as one stream."""

    def __init__(
        self, out: Screen | None = None, err: Screen | None = None, *, plan_is_result: bool = False, verbose: bool = False
    ) -> None:
        self.out = out or Screen()
        self.err = err or Screen(stderr=True)
        self.plan_to = self.out if plan_is_result else self.err
        self.verbose = verbose
        self.shown_where = ""
        self.progress = Progressing(self.err)

    def identity(self, accounts: Sequence[tuple[Account, str]], *, sandbox: bool) -> None:
        for account, arn in accounts:
            name = "" if len(accounts) == 1 else f" ({account.alias})"
            what = "Sandbox account" if sandbox else "AWS account"
            self.err.print(
                f"{what}{name} {account.id}, partition {account.partition}, region {account.region}", style="bold"
            )
            self.err.print(f"as {arn}", style="dim", markup=False)
        if sandbox:
            self.err.print("Nothing here reaches AWS.", style="dim")

    def note(self, text: str) -> None:
        where = self.plan_to if is_warning(text) and self.shown_where else self.err  # then it is about the plan
        where.print(text, style="yellow" if is_warning(text) else "dim", markup=False)

    def plan(self, plan: Plan, *, purpose: Purpose) -> None:
        self._begin_plan()
        for line in plan_lines(plan, verbose=self.verbose, columns=self.plan_to.columns):
            self.plan_to.print(line)
        if plan.changes:
            self.plan_to.print()
            self.plan_to.print(legend(plan, purpose))
        self.plan_to.print(summary(plan, purpose), style="bold")
        for line in closing_lines(plan, purpose):
            self.plan_to.print(line)
        if plan.set_back:
            self.plan_to.print(f"To set back all that was tightened, run: {plan.set_back}")

    def preflight(self, found: Preflight, *, every: bool) -> None:
        """For `check`, which is about permissions alone (`every`), the verdict comes first."""
        self._begin_plan()
        short = not self.verbose and is_plain(found)
        verdict = Line(preflight_summary(found), style="dim" if short and not (found.unknown or every) else "bold")
        if every:
            self.plan_to.print(verdict)
        for line in () if short else preflight_lines(found, every=self.verbose, columns=self.plan_to.columns):
            self.plan_to.print(line)
        if not every:
            self.plan_to.print(verdict)
        elif found.checked and not self.verbose:
            self.plan_to.print("Each permission with its reason: add --verbose.", style="dim")
        if found.checked and not short:
            self.plan_to.print(found.blind, style="dim")

    def cage(self, found: Cage) -> None:
        self.plan_to.print(f"Cage (preview): {found.summary}.", markup=False)
        for each in found.sets if self.verbose else ():
            for pair, why in each.wildcards.items():
                self.plan_to.print(f"  {each.label}: {pair}: {why}", style="dim", markup=False)
        self.plan_to.print(f"CloudTrail will show the digest of the cage: sha256:{found.digest}", style="dim")

    def _begin_plan(self) -> None:
        on_one_screen = self.plan_to is self.err or (self.out.is_terminal and self.err.is_terminal)
        self.shown_where = "above" if on_one_screen else "in the output"
        self.plan_to.print()

    def waiting(self, found: Waiting, complete: str, *, opened: bool, differs: bool) -> None:
        until = "Until then, its role lets nobody in"
        until = "Until then, its role should let nobody in, but it was changed outside bootstrap" if opened else until
        self.plan_to.print(f"The deployment is {found.text}. {until}.", style="bold red" if opened else "yellow")
        self.plan_to.print(f"Without a terminal, add {' and '.join(found.options)} with what it has shown, and --yes.")
        do = "lock it again, or" if opened else "restore it, or" if differs else ""
        self.plan_to.print(f"To {do} to complete it, run: {complete}" if do else f"To complete it, run: {complete}")

    def restore(self, command: str) -> None:
        self.plan_to.print(f"To restore it, run: {command}")

    def rotating(self, found: Rotation) -> None:
        self.plan_to.print(f"A rotation is under way: {found.text}.", style="yellow")
        self.plan_to.print(f"When nothing uses the previous one any more, run: {found.retire}")

    def chain(self, findings: Sequence[RoleCheck]) -> None:
        self.plan_to.print()
        for finding in findings:
            mark = Line(f"  {finding.verdict.ljust(7)}  ", style=VERDICTS[finding.verdict])
            self.plan_to.print(mark.append(f"{finding.role}  ", "default").append(finding.text, "dim"))

    def first_boots(self, found: Sequence[FirstBoot]) -> None:
        self.plan_to.print()
        for each in found:
            line = (
                Line("  ").append(each.verdict.ljust(10), VERDICTS[each.verdict]).append(f"  first boot of {each.address} ")
            )
            self.plan_to.print(line.append(each.machine).append(f": {each.text}" if each.text else "", "dim"))
            for text in lines_of(each.advice) if each.advice else ():
                self.plan_to.print(cut(f"              {text}"))

    def accounts(self, found: Sequence[AccountStatus], *, every: bool) -> None:
        self.plan_to.print()
        for line in account_lines(found, self.plan_to.columns, every=every):
            self.plan_to.print(line)

    def deployments(self, found: Sequence[DeploymentStatus]) -> None:
        self.plan_to.print()
        for line in deployment_lines(found, self.plan_to.columns):
            self.plan_to.print(line)

    def security(self, found: Sequence[DeploymentStatus]) -> None:
        self.plan_to.print()
        for line in security_lines(found):
            self.plan_to.print(line)

    def event(self, event: Event) -> None:
        self.progress.event(event)

    def finished(self) -> None:
        self.progress.stop()

    def receipt(self, receipt: Receipt) -> None:
        self.out.print("Receipt", style="bold")
        for line in receipt_lines(receipt, self.out.columns):
            self.out.print(line)

    def recovered(self, found: Recovered) -> None:
        self.err.print()
        for line in recovered_lines(found, self.err.columns):
            self.err.print(line)

    def result(self, done: str, handoff: Handoff, content: Mapping[str, Any]) -> None:
        if done:
            self.err.print()
            self.err.print(done, style="bold", markup=False)
        if handoff.values:
            self.out.print()
            for line in handoff_lines(handoff):
                self.out.print(line)
        if warnings := content.get("warnings"):
            self.err.print()
            for each in warnings:
                then = "This run set it back." if each["drift"] == "set back" else "bootstrap leaves it alone."
                text = f"Warning: {each['resource']}: {each['statement']}: {each['text']}. {then}"
                self.err.print(text, style="bold red", markup=False)

    def error(self, error: BootstrapError) -> None:
        self.progress.stop()
        self.err.print(Line("Error: ", style="bold red").append(shortened(error.message), "not bold default"))
        if isinstance(error, PlanRefused) and error.shown_where:
            self.err.print(f"See the lines with ! {error.shown_where}.")
            for line in lines_of(error.way_out) if error.way_out else ():
                self.err.print(cut(line))
            return
        if isinstance(error, PlanRefused):
            for problem in error.problems:
                self.err.print(shortened(f"  ! {problem}"))
        for line in lines_of(error.advice) if error.advice else ():
            self.err.print(cut(line))


def handoff_lines(handoff: Handoff) -> Iterator[Line]:
    """Labels and values to paste, files, and what to do next."""
    width = min(WIDEST, max((len(label) for label in handoff.values), default=0))
    for label, value in handoff.values.items():
        shown = UNKNOWN if any(True for _ in references(value)) else value
        yield Line(f"{label.ljust(width)}  ").append(shown, "bold")
    for name, content in handoff.files.items():
        yield Line()
        yield Line(f"{name}:")
        found = content.rstrip().split("\n")
        shown_lines = found[:FEW] if name == ROWS and len(found) > FEW else found
        for line in shown_lines:
            yield Line(f"  {line}", no_wrap=True)
        if more := len(found) - len(shown_lines):
            yield Line(f"  and {more:,} more")
    if handoff.steps:
        yield Line()
        for number, step in enumerate(handoff.steps, start=1):
            yield Line(f"{number}. {step}")
    if handoff.later:
        yield Line()
        yield Line("Later, or if needed:")
        yield from (Line(f"- {text}") for text in handoff.later)
