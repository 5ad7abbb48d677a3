"""Text for people: the plan, the run, what to hand over. Color only repeats what a symbol or a word says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console

from bootstrap.core import policy
from bootstrap.core.account import DEFAULT, Account
from bootstrap.core.difference import Difference
from bootstrap.core.events import Event
from bootstrap.core.first_boot import FirstBoot
from bootstrap.core.integration import Handoff
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.printable import WIDEST, cut, lines_of, shortened
from bootstrap.core.receipt import Receipt
from bootstrap.core.recovered import Recovered
from bootstrap.core.reference import references
from bootstrap.core.role_chain import RoleCheck
from bootstrap.errors import BootstrapError, PlanRefused
from bootstrap.permissions.preflight import Preflight
from bootstrap.views import Purpose
from bootstrap.views.policy_difference import policy_lines
from bootstrap.views.preflight import preflight_lines, summary as preflight_summary
from bootstrap.views.progress import Progressing
from bootstrap.views.screen import Line, Screen
from bootstrap.views.search_results import receipt_lines, recovered_lines

STYLES = {
    Action.CREATE: "green",
    Action.UPDATE: "yellow",
    Action.DELETE: "red",
    Action.FORGET: "magenta",
    Action.NOOP: "dim",
    Action.UNREADABLE: "bold yellow",
    Action.BLOCKED: "bold red",
}
VERDICTS = {"ok": "green", "ready": "green", "installing": "yellow", "failed": "bold red", "unknown": "yellow"}
UNKNOWN = "(known after create)"


class TextView:
    """Results go to `out`, messages to `err`. On a terminal a person sees both as one stream."""

    def __init__(
        self, out: Console | None = None, err: Console | None = None, *, plan_is_result: bool = False, verbose: bool = False
    ) -> None:
        self.out = out or Screen()
        self.err = err or Screen(stderr=True)
        self.plan_to = self.out if plan_is_result else self.err
        self.verbose = verbose
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
        self.err.print(text, style="yellow" if text.startswith("Warning: ") else "dim", markup=False)

    def plan(self, plan: Plan, *, purpose: Purpose) -> None:
        self.plan_to.print()
        for line in plan_lines(plan, verbose=self.verbose):
            self.plan_to.print(line)
        self.plan_to.print()
        self.plan_to.print(summary(plan, purpose), style="bold")
        if plan.set_back:
            self.plan_to.print(f"To set back all that was tightened, run: {plan.set_back}")

    def preflight(self, found: Preflight, *, every: bool) -> None:
        self.plan_to.print()
        for line in preflight_lines(found, every=every):
            self.plan_to.print(line)
        self.plan_to.print(preflight_summary(found), style="bold")
        if found.checked:
            self.plan_to.print(found.blind, style="dim")

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

    def event(self, event: Event) -> None:
        self.progress.event(event)

    def finished(self) -> None:
        self.progress.stop()

    def receipt(self, receipt: Receipt) -> None:
        self.out.print("Receipt", style="bold")
        for line in receipt_lines(receipt):
            self.out.print(line)

    def recovered(self, found: Recovered) -> None:
        self.err.print()
        for line in recovered_lines(found):
            self.err.print(line)

    def result(self, done: str, handoff: Handoff, content: Mapping[str, Any]) -> None:
        if done:
            self.err.print()
            self.err.print(done, style="bold", markup=False)
        if handoff.values:
            self.out.print()
            for line in handoff_lines(handoff):
                self.out.print(line)

    def error(self, error: BootstrapError) -> None:
        self.progress.stop()
        self.err.print(Line("Error: ", style="bold red").append(shortened(error.message), "not bold default"))
        if isinstance(error, PlanRefused) and error.shown:
            self.err.print("See the lines with ! above.")
            for line in lines_of(error.way_out) if error.way_out else ():
                self.err.print(cut(line))
            return
        if isinstance(error, PlanRefused):
            for problem in error.problems:
                self.err.print(shortened(f"  ! {problem}"))
        for line in lines_of(error.advice) if error.advice else ():
            self.err.print(cut(line))


def summary(plan: Plan, purpose: Purpose) -> str:
    if not plan.work and not plan.refused:
        added = sum(len(change.others) for change in plan.changes)
        others = f" Somebody else added {added} to it, see the lines with *." if added else ""
        others += _kept_words(plan)
        return "Nothing is left to destroy." if purpose == "destroy" else f"No changes: everything is up to date.{others}"
    unchanged = plan.count(Action.NOOP)
    if purpose == "status":
        same = f", {unchanged} unchanged" if unchanged else ""
        hidden = plan.count(Action.UNREADABLE)
        if hidden == len(plan.work):
            return f"Unknown: {hidden} cannot be read{same}.{_kept_words(plan)}"
        also = f", {hidden} cannot be read" if hidden else ""
        also += f", {blocked} not recognized as this deployment's" if (blocked := plan.count(Action.BLOCKED)) else ""
        changed = f"{plan.count(Action.CREATE)} gone, {plan.count(Action.UPDATE)} changed{also}"
        return f"Drift: {changed}{same}.{_kept_words(plan)}"
    words = {Action.CREATE: "create", Action.UPDATE: "change", Action.DELETE: "delete", Action.FORGET: "forget"}
    counts = [f"{plan.count(action)} to {word}" for action, word in words.items() if plan.count(action)]
    states = {Action.UNREADABLE: "cannot be read", Action.BLOCKED: "blocked"}
    counts += [f"{plan.count(action)} {word}" for action, word in states.items() if plan.count(action)]
    refused = f" {len(plan.refused)} of them cannot be done, see the lines with !" if plan.refused else ""
    return f"Plan: {', '.join(counts)}{f', {unchanged} unchanged' if unchanged else ''}.{refused}{_kept_words(plan)}"


def _kept_words(plan: Plan) -> str:
    kept = sum(len(change.kept) for change in plan.changes)
    settings = "1 setting was" if kept == 1 else f"{kept} settings were"
    return f" {settings} tightened outside bootstrap and kept, see the lines with ^." if kept else ""


def plan_lines(plan: Plan, *, verbose: bool) -> Iterator[Line]:
    """One line for each change, with its reason; below it what differs, what others changed, and why it is refused."""
    widths = [
        min(WIDEST, max((len(text) for text in column), default=0))
        for column in zip(*map(_columns, plan.changes), strict=True)
    ]
    accounts = {change.account for change in plan.changes}
    for change in plan.changes:
        columns = "  ".join(text.ljust(width) for text, width in zip(_columns(change), widths, strict=True))
        where = f"  [{change.account}]" if accounts != {DEFAULT} else ""
        style = STYLES[change.action]
        yield Line(f"  {change.action.symbol} ", style=style).append(f"{columns}{where}  ").append(change.reason, "dim")
        if change.action is Action.CREATE and change.resource.purpose:
            yield Line(f"      why: {change.resource.purpose}", style="dim")
        if change.refusal:
            if change.refusal != change.reason:
                yield Line(f"      ! {change.refusal}", style="bold red")
            yield from (Line(f"        {line}") for line in lines_of(change.advice) if line)
        for item in change.differences:
            yield from _difference_lines(change, item)
        for text in change.gives_back if not change.refusal else ():
            yield Line(f"      + {text}: restores access that was removed outside bootstrap", style="yellow")
        yield from (Line(f"      Warning: {text}", style="yellow") for text in change.warnings)
        for item in change.kept:
            yield Line(f"      ^ {item.path}: tightened outside bootstrap: kept", style="cyan")
            yield from _kept_lines(item)
        if change.set_back:
            yield Line(f"        To set it back to what bootstrap sets, run: {change.set_back}")
        for text in change.along if not change.refusal else ():
            yield Line(f"      - {text}: also deleted", style="red")
        stays = "also deleted" if change.action is Action.DELETE else "left alone"
        for text in change.others if not change.refusal else ():
            then = "detached, not deleted" if text in change.detached else stays
            yield Line(f"      * {text}: added by somebody else, {then}", style="cyan")
        if verbose:
            yield from _property_lines(change)


def _columns(change: Change) -> tuple[str, str, str]:
    return (change.address, change.resource.kind, change.name)


def _difference_lines(change: Change, item: Difference) -> Iterator[Line]:
    if not (_is_policy(item.before) and _is_policy(item.after)):
        yield (
            Line(f"      {item.path}: ")
            .append(_entry(item, item.before), "red")
            .append(" -> ")
            .append(_entry(item, item.after), "green")
        )
        return
    yield Line(f"      {item.path}:")
    for symbol, text in policy_lines(item.before, item.after):
        yield Line(f"        {symbol} {text}", style={"-": "red", "+": "green"}.get(symbol, "default"))


def _kept_lines(item: Difference) -> Iterator[Line]:
    """What AWS has and what bootstrap would set; for a policy, what somebody added or removed."""
    if _is_policy(item.before) and _is_policy(item.after):
        for symbol, text in policy_lines(item.after, item.before):
            yield Line(f"          {symbol} {text}")
        return
    if item.key is not None and item.before is None:
        yield Line("          AWS does not have it; bootstrap adds it").append(
            f": {_value(item.after)}" if item.after else ""
        )
        return
    has, ours = (_value(value) for value in (item.before, item.after))
    yield Line("          AWS has ").append(has, "cyan").append(f"; bootstrap sets {ours}")


def _entry(item: Difference, value: Any) -> str:
    """The value. A rule without a description, and a policy that was not read, have words instead."""
    if item.key is not None and value == {}:
        return "(somebody else's policy)"
    return "(there, without a description)" if item.field in ("ingress", "egress") and value == "" else _value(value)


def _is_policy(value: Any) -> bool:
    return isinstance(value, dict) and "Statement" in value


def _property_lines(change: Change) -> Iterator[Line]:
    for name, value in change.resource.settings().items():
        if value in ("", None, {}, []):
            continue
        if isinstance(value, dict):
            yield Line(f"      {name}:")
            for line in json.dumps(value, indent=2).splitlines():
                yield Line(f"        {line}", style="dim")
        else:
            yield Line(f"      {name}: {_value(value)}", style="dim")


def _value(value: Any) -> str:
    if any(True for _ in references(value)):
        return UNKNOWN
    match value:
        case None | {} if not value:
            return "(none)"
        case dict() if _is_policy(value):
            return f"(a policy of {policy.characters(value):,} characters)"
    return json.dumps(value)


def handoff_lines(handoff: Handoff) -> Iterator[Line]:
    """Labels and values to paste, files, and what to do next."""
    width = min(WIDEST, max((len(label) for label in handoff.values), default=0))
    for label, value in handoff.values.items():
        shown = UNKNOWN if any(True for _ in references(value)) else value
        yield Line(f"{label.ljust(width)}  ").append(shown, "bold")
    for name, content in handoff.files.items():
        yield Line()
        yield Line(f"{name}:")
        for line in content.rstrip().split("\n"):
            yield Line(f"  {line}")
    if handoff.steps:
        yield Line()
        for number, step in enumerate(handoff.steps, start=1):
            yield Line(f"{number}. {step}")
