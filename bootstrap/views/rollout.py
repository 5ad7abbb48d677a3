"""The accounts of an operation under way, on a terminal: a few of those that failed, with reasons, and of those at work."""

from collections.abc import Iterator, Mapping

from bootstrap.core.rollout import Rollout
from bootstrap.views.screen import Line

FEW = 5
"""Rows of each kind. The rest is a number: a large fleet would fill the screen."""


def rollout_rows(rollout: Rollout) -> Iterator[Line]:
    """A table; nothing if there are only numbers to show. A row that is too long for the screen is cut."""
    if rollout.failed or rollout.running:
        yield _row("ACCOUNT", "RESULT", "REASON", "bold")
        yield from _rows(rollout.failed, "failed", "bold red")
        yield from _rows(dict.fromkeys(rollout.running, ""), "running", "yellow")


def _rows(found: Mapping[str, str], result: str, style: str) -> Iterator[Line]:
    for account, reason in [*found.items()][:FEW]:
        yield _row(account, result, reason, style)
    if len(found) > FEW:
        yield _row(f"{len(found) - FEW:,} more", result, "", style)


def _row(account: str, result: str, reason: str, style: str) -> Line:
    line = Line(f"  {account:<12}  ", no_wrap=True, overflow="ellipsis")
    return line.append(f"{result:<7}  ", style).append(reason)
