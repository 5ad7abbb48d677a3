"""The permissions that the operator needs, as a table: each action with its resource and the reason."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bootstrap.permissions.operator import Need
from bootstrap.views.color import color_system
from bootstrap.views.screen import Line, Screen

_REASONS = 2
_LEAST_REASON = 40
"""Columns that a reason needs; where the widest action and ARN leave fewer, a list is easier to read."""
_BETWEEN = 4
"""Columns between those of the table."""
_ESCAPED = 40
"""Columns for characters that are shown as an escape."""
Row = tuple[str, tuple[str, ...], tuple[str, ...]]
"""An action, on what and under which conditions, and why."""


def show(needs: Iterable[Need]) -> None:
    """Prints a table for each account; on a narrow screen, where its columns would break words, a list instead."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=False, color_system=color_system())
    of_account: dict[str, list[Need]] = defaultdict(list)
    for need in needs:
        of_account[need.account].append(need)
    for alias, found in of_account.items():
        title, rows = alias if len(of_account) > 1 else "", list(_rows(found))
        actions, ons = max(len(row[0]) for row in rows), max(len(text) for row in rows for text in row[1])
        needed = actions + ons + _BETWEEN + _LEAST_REASON
        if not console.is_terminal:
            console.width = max(
                needed, actions + ons + _BETWEEN + max(len(text) for row in rows for text in row[2]) + _ESCAPED
            )
        if console.width >= needed:
            console.print(table(rows, title))
            continue
        for line in _listed(rows, title):
            Screen().print(line)


def table(rows: Iterable[Row], title: str = "") -> Table:
    """A row for each ARN of each action; the action stands in the first of them."""
    shown = Table(title=Line(title) if title else None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Action", "On", "Why"):
        shown.add_column(heading, overflow="fold")
    before = ""
    for action, on, why in rows:
        shown.add_row(_cell() if action == before else _cell(action), _cell(*on), _cell(*why))
        before = action
    return shown


def _rows(needs: Iterable[Need]) -> Iterator[Row]:
    found: dict[tuple[str, str, tuple[str, ...]], list[Need]] = defaultdict(list)
    for need in needs:
        found[need.action, need.arn, _conditions(need)].append(need)
    for (action, arn, conditions), same in sorted(found.items()):
        yield action, (arn, *conditions), tuple(_why(same))


def _listed(rows: Iterable[Row], title: str) -> Iterator[Line]:
    """The same below each other. A long ARN goes on in the next line only at its end: it can be copied."""
    yield from [Line(title, style="bold")] * bool(title)
    before = ""
    for action, on, why in rows:
        yield from [Line(action, style="bold")] * (action != before)
        before = action
        yield from (Line(f"  {text}") for text in on)
        yield from (Line(f"      {text}", style="dim") for text in why)


def _cell(*lines: str) -> Text:
    return Text("\n").join(map(Line, lines))


def _conditions(need: Need) -> tuple[str, ...]:
    return tuple(f"if {key} is {' or '.join(values)}" for _, key, values in need.conditions)


def _why(needs: Iterable[Need]) -> list[str]:
    """The first reasons, how many more there are, and why the ARN is open."""
    found = list(needs)
    reasons = list(dict.fromkeys(need.reason for need in found))
    more = [f"and {len(reasons) - _REASONS} more"] if len(reasons) > _REASONS else []
    wide = list(dict.fromkeys(f"*: {need.wide}" for need in found if need.wide))
    return [*reasons[:_REASONS], *more, *wide]
