"""What the operator must be allowed to do, as a table: each action with what it is on, and why."""

from collections import defaultdict
from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bootstrap.core.operator import Need
from bootstrap.views.visible import visible

_REASONS = 2
_WIDTH = 160
"""Where there is no terminal."""


def show(needs: Iterable[Need]) -> None:
    """Prints a table for each account."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = _WIDTH
    of_account: dict[str, list[Need]] = defaultdict(list)
    for need in needs:
        of_account[need.account].append(need)
    for alias, found in of_account.items():
        console.print(table(found, alias if len(of_account) > 1 else ""))


def table(needs: Iterable[Need], title: str = "") -> Table:
    """A row for each ARN of each action; the action stands in the first of them."""
    shown = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Action", "On", "Why"):
        shown.add_column(heading, overflow="fold")
    rows: dict[tuple[str, str, str], list[Need]] = defaultdict(list)
    for need in needs:
        rows[need.action, need.arn, _conditions(need)].append(need)
    before = ""
    for (action, arn, conditions), found in sorted(rows.items()):
        on = "\n".join([arn, *([conditions] if conditions else [])])
        shown.add_row("" if action == before else action, visible(on), visible(_why(found)))
        before = action
    return shown


def _conditions(need: Need) -> str:
    return "\n".join(f"if {key} is {' or '.join(values)}" for _, key, values in need.conditions)


def _why(needs: Iterable[Need]) -> str:
    """The first reasons, how many more there are, and why the ARN is open."""
    found = list(needs)
    reasons = list(dict.fromkeys(need.reason for need in found))
    more = [f"and {len(reasons) - _REASONS} more"] if len(reasons) > _REASONS else []
    wide = list(dict.fromkeys(f"*: {need.wide}" for need in found if need.wide))
    return "\n".join([*reasons[:_REASONS], *more, *wide])
