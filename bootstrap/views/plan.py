"""Text for a plan: what each change does and why, what is lost, and one sentence for all of it."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bootstrap.core.account import DEFAULT
from bootstrap.core.difference import Difference
from bootstrap.core.entrant import perimeter_sentence
from bootstrap.core.loss import sentences
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.printable import lines_of
from bootstrap.core.reference import references
from bootstrap.views import Purpose
from bootstrap.views.accounts import drifted_words, uncompared_words
from bootstrap.views.policy_difference import policy_lines
from bootstrap.views.policy_summary import policy_summary
from bootstrap.views.screen import Line
from bootstrap.views.table import BELOW, fits, row, widths_of

STYLES = {
    Action.CREATE: "green",
    Action.UPDATE: "yellow",
    Action.ADOPT: "cyan",
    Action.DELETE: "red",
    Action.FORGET: "magenta",
    Action.NOOP: "dim",
    Action.UNREADABLE: "bold yellow",
    Action.BLOCKED: "bold red",
}
USUAL = {
    Action.CREATE: "will be created",
    Action.DELETE: "recorded in this deployment",
    Action.NOOP: "up to date",
}
"""The reasons that say no more than the symbol."""
MEANINGS = {
    Action.CREATE: "create",
    Action.UPDATE: "change",
    Action.ADOPT: "adopt",
    Action.DELETE: "delete",
    Action.FORGET: "forget the record",
    Action.NOOP: "no change",
    Action.UNREADABLE: "cannot be read",
    Action.BLOCKED: "blocked",
}
MEANINGS_IN_STATUS = {Action.CREATE: "gone", Action.UPDATE: "changed", Action.NOOP: "unchanged"}
UNKNOWN = "(known after create)"


def summary(plan: Plan, purpose: Purpose) -> str:
    added = sum(len(change.others) for change in plan.changes)
    differs = plan.work or plan.refused or (purpose == "status" and (plan.added_to or plan.unfinished or plan.drifted))
    if (uncompared := uncompared_words(plan)) and not differs:
        return f"Unknown: {uncompared}.{_kept_words(plan)}"
    if not differs:
        others = f" Somebody else added {added} to it, see the lines with *." if added else ""
        others += _kept_words(plan)
        if drifted := drifted_words(plan):
            others = f" {drifted}, which create does not restore.{others}"
        done = {"destroy": "Nothing is left to destroy.", "adopt": "Nothing is left to adopt."}
        return done.get(purpose, f"{'Nothing to change.' if drifted else 'No changes: everything is up to date.'}{others}")
    unchanged = plan.count(Action.NOOP)
    if purpose == "status":
        same = f", {unchanged} unchanged" if unchanged else ""
        hidden = plan.count(Action.UNREADABLE)
        if hidden and hidden == len(plan.work):
            return f"Unknown: {hidden} cannot be read{same}.{_kept_words(plan)}"
        also = f", {hidden} cannot be read" if hidden else ""
        also += f", {blocked} not recognized as this deployment's" if (blocked := plan.count(Action.BLOCKED)) else ""
        also += f", {added} added by somebody else" if plan.added_to else ""
        also += f", {len(plan.unfinished)} still to be created" if plan.unfinished else ""
        adopted = sum(change.only_as_adopted for change in plan.changes if change.action is Action.UPDATE)
        also = (f", {adopted} differed when adopted" if adopted else "") + also
        at_work = sum(change.is_at_work for change in plan.changes)
        also += f", {at_work} at work" if at_work else ""
        behind = sum(change.is_behind for change in plan.changes)
        also += f", {behind} not complete" if behind else ""
        also += "".join(f", {words}" for words in (drifted_words(plan), uncompared) if words)
        gone, changed = plan.count(Action.CREATE), plan.count(Action.UPDATE) - adopted - at_work - behind
        what = "Differences" if adopted + at_work + behind and not plan.drifted and not gone + changed else "Drift"
        return f"{what}: {gone} gone, {changed} changed{also}{same}.{_kept_words(plan)}"
    words = {
        Action.CREATE: "create",
        Action.UPDATE: "change",
        Action.ADOPT: "adopt",
        Action.DELETE: "delete",
        Action.FORGET: "forget",
    }
    counts = [f"{plan.count(action)} to {word}" for action, word in words.items() if plan.count(action)]
    states = {Action.UNREADABLE: "cannot be read", Action.BLOCKED: "blocked"}
    counts += [f"{plan.count(action)} {word}" for action, word in states.items() if plan.count(action)]
    if unlike := sum(bool(change.later or change.kept) for change in plan.changes) if purpose == "adopt" else 0:
        counts.append(f"{unlike} of them differ{'s' if unlike == 1 else ''} from the inputs")
    counts += [f"{len(plan.unfinished)} not found"] if plan.unfinished else []
    refused = " See the lines with !." if plan.refused else ""
    if any(change.action not in (Action.BLOCKED, Action.UNREADABLE) for change in plan.refused):
        refused = f" {len(plan.refused)} of them cannot be done, see the lines with !."
    more = f" {drifted}, which create does not restore." if purpose == "create" and (drifted := drifted_words(plan)) else ""
    return f"Plan: {', '.join(counts)}{f', {unchanged} unchanged' if unchanged else ''}.{refused}{more}{_kept_words(plan)}"


def _kept_words(plan: Plan) -> str:
    """How many settings are kept, by why they are stricter."""
    words = {False: "tightened outside bootstrap", True: "stricter when it was adopted"}
    kept = Counter(words[change.is_as_adopted(item)] for change in plan.changes for item in change.kept)
    each = [f"{'1 setting was' if number == 1 else f'{number} settings were'} {how}" for how, number in kept.items()]
    return f" {' and '.join(each)} and kept, see the lines with ^." if kept else ""


def plan_lines(plan: Plan, *, verbose: bool, columns: int | None = None) -> Iterator[Line]:
    """One line for each change, with its reason; below it what differs, what others changed, and why it is refused.

    On a screen of so many columns, what does not fit stands below the line; a reason that the legend explains is omitted.
    """
    with_account = any(change.account != DEFAULT for change in plan.changes)
    rows = [_cells(change, with_account=with_account) for change in plan.changes]
    widths = widths_of(rows)
    wide = fits(rows, widths, columns)
    for change, texts in zip(plan.changes, rows, strict=True):
        style = STYLES[change.action]
        shown = texts if wide or change.reason != USUAL.get(change.action) else texts[:-1]
        cells = [(text, "dim" if number == len(rows[0]) - 1 else style) for number, text in enumerate(shown)]
        yield from row(Line(f"  {change.action.symbol} ", style=style), cells, widths[: len(cells)], columns)
        if change.action is Action.CREATE and change.resource.purpose:
            yield Line(f"      why: {_fitting(change.resource.purpose, columns)}", style="dim")
        if change.refusal:
            if change.refusal != change.reason:
                yield Line(f"      ! {change.refusal}", style="bold red")
            yield from (Line(f"        {line}") for line in lines_of(change.advice) if line)
        for item in change.differences if verbose or change.action is not Action.ADOPT else ():  # only tags of ours
            yield from _difference_lines(item)
        for item in change.later:
            yield from later_lines(item, is_undecided=item in change.undecided)
        for text in change.gives_back if not change.refusal else ():
            yield Line(f"      + {text}: restores access that was removed outside bootstrap", style="yellow")
        for warning in change.warnings:
            yield Line(f"      Warning: {warning.line}", style="bold red" if warning.drift else "yellow")
            if warning.reason:
                yield Line(f"        Reason: {warning.reason}", style="dim")
        for item in change.kept:
            how = "stricter when it was adopted" if change.is_as_adopted(item) else "tightened outside bootstrap"
            yield Line(f"      ^ {item.path}: {how}: kept", style="cyan")
            yield from _kept_lines(item)
        if change.set_back:
            yield Line(f"        To set it back to what bootstrap sets, run: {change.set_back}")
        yield from _ending_lines(change)
        if verbose:
            yield from _property_lines(change)


def _ending_lines(change: Change) -> Iterator[Line]:
    """What goes with the resource, data first, and what somebody else added; for a refused change, the data that stays."""
    if change.refusal:
        yield from (Line(f"        It holds {item.text}.") for item in change.holds if item.kind == "objects")
        return
    for item in change.loses:
        if item.kind != "foreign":
            yield Line(f"      - {item.text}: {'stopped' if item.stops else 'deleted for good'}", style="bold red")
    shown = {item.subject for item in change.loses}
    flags = tuple(f"(--{flag})" for flag in (change.resource.deletion.force_flag,) if flag and change.holds)
    for text in change.along:
        if text not in shown and not text.endswith(flags):
            yield Line(f"      - {text}: also deleted", style="red")
    for text in change.others:
        then = "also deleted" if change.action is Action.DELETE else "left alone"
        then = "detached, not deleted" if text in change.detached else then
        yield Line(f"      * {text}: added by somebody else, {then}", style="bold red" if text in shown else "cyan")


def closing_lines(plan: Plan, purpose: Purpose) -> Iterator[Line]:
    """What the whole plan destroys for good, what a destroy keeps, and what to do about warnings."""
    yield from (Line(text, style="bold red") for text in sentences(plan.loses))
    for each in plan.entrants:
        yield Line(f"From outside{', once complete' if each.later else ''}: {each.sentence}", style="cyan")
    if perimeter := perimeter_sentence(plan.entrants):
        yield Line(perimeter, style="dim")
    if plan.unfinished and purpose == "adopt":
        yield Line(f"Not found, so the next create makes: {', '.join(plan.unfinished)}", style="yellow")
    elif plan.unfinished:
        yield Line(f"Create did not finish; still to be created: {', '.join(plan.unfinished)}", style="yellow")
    if purpose == "destroy" and plan.keeps:
        yield Line(f"Kept: {'; '.join(plan.keeps)}.")
    if any(not each.is_from_adopt for _, each in plan.opened):
        yield Line("Somebody opened access outside bootstrap, see the lines with Warning.", style="bold red")
    elif plan.opened:
        yield Line("Some access was open before the adopt, see the lines with Warning.", style="bold red")
    if plan.stays_open:
        yield Line(f"Create leaves this alone, so remove it in AWS: {', '.join(plan.stays_open)}", style="bold red")
    if plan.detach:
        yield Line(plan.detach)
    if plan.before_destroy:
        yield Line("Do this first:", style="bold yellow")
        yield from (Line(f"{number}. {step}") for number, step in enumerate(plan.before_destroy, start=1))
    for text in plan.integration.lines if plan.integration else ():
        yield Line(text, style="yellow")
    if plan.about_warnings:
        yield Line(plan.about_warnings, style="yellow")
    if plan.medium_risks:
        number = "1 medium risk" if plan.medium_risks == 1 else f"{plan.medium_risks} medium risks"
        yield Line(f"{number} without a warning here, see: {plan.see_risks}")
    if plan.accepted:
        number = "1 accepted warning" if plan.accepted == 1 else f"{plan.accepted} accepted warnings"
        yield Line(f"{number} about what does not change, see: {plan.see}")


def legend(plan: Plan, purpose: Purpose) -> Line:
    """What the symbols in the lines of this plan mean."""
    words = {**MEANINGS, **(MEANINGS_IN_STATUS if purpose == "status" else {})}
    used = [f"{action.symbol} {words[action]}" for action in words if plan.count(action)]
    used += ["* added by somebody else"] * any(change.others for change in plan.changes)
    used += ["> differs from the inputs, left as it is"] * any(change.later for change in plan.changes)
    used += ["^ made stricter by somebody else, and kept"] * any(change.kept for change in plan.changes)
    if purpose == "status" and any(change.differences for change in plan.changes):
        used += ["in a difference - or left of -> what AWS has now, + or right of -> what create sets back"]
    return Line(f"Symbols: {', '.join(used)}", style="dim")


def _fitting(why: str, columns: int | None) -> str:
    """The reason, without the address of the page at its end if that is too long for the screen."""
    text, _, page = why.rpartition(" (http")
    return text if columns and text and BELOW + 2 + len(f"(http{page}") > columns else why


def _cells(change: Change, *, with_account: bool) -> tuple[str, ...]:
    account = (f"[{change.account}]",) if with_account else ()
    return (change.address, change.resource.kind, change.name, *account, change.reason)


def _difference_lines(item: Difference) -> Iterator[Line]:
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


def later_lines(item: Difference, *, is_undecided: bool = False) -> Iterator[Line]:
    """What an adopt or a recover leaves as AWS has it, and the create after it changes."""
    then = "create asks which value you want" if is_undecided else "create corrects it"
    yield Line(f"      > {item.path}: differs, {then}", style="yellow")
    yield from _difference_lines(item)


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
                yield Line(f"        {line}", style="dim", no_wrap=True)
        else:
            yield Line(f"      {name}: {_value(value)}", style="dim")


def _value(value: Any) -> str:
    if any(True for _ in references(value)):
        return UNKNOWN
    match value:
        case None | {} if not value:
            return "(none)"
        case dict() if _is_policy(value):
            return policy_summary(value)
    return json.dumps(value)
