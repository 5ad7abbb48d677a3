"""How far an operation in many accounts is: a table on a terminal that stays small, and few lines in a log."""

import io
import json
import re

import pytest

from bootstrap.core.events import Progress, Started
from bootstrap.core.rollout import Rollout
from bootstrap.views.json import JsonView
from bootstrap.views.progress import Progressing
from bootstrap.views.rollout import rollout_rows
from bootstrap.views.screen import Screen
from tests.support.canned import PLAN

CHANGE = PLAN.changes[0]


def ids(number: int, first: int = 1) -> tuple[str, ...]:
    return tuple(f"{first + index:012}" for index in range(number))


def at(
    done: int, total: int = 100, running: int = 0, failed: int = 0, reason: str = "it exists", skipped: int = 0
) -> Rollout:
    return Rollout("stacks of ou-1", total, done, ids(running), dict.fromkeys(ids(failed, 900), reason), ids(skipped, 800))


def drawn(rollout: Rollout, width: int = 60) -> list[str]:
    """What a terminal shows now."""
    screen = Screen(file=io.StringIO(), width=width, force_terminal=True, legacy_windows=False)
    view = Progressing(screen, lambda: 0.0)
    view.event(Started(CHANGE))
    view.event(Progress(CHANGE.address, rollout))
    view.stop()
    with screen.capture() as seen:
        screen.print(view._render())
    return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.get()).splitlines()]


def test_a_few_of_each_kind_are_shown_and_the_others_are_counted() -> None:
    heading, *table = drawn(at(38, running=10, failed=7), 100)
    assert heading[2:] == "policy creating, 0 s, stacks of ou-1: 38 of 100 accounts done, 10 running, 7 failed"
    assert table == [
        "  ACCOUNT       RESULT   REASON",
        *(f"  {account}  failed   it exists" for account in ids(5, 900)),
        "  2 more        failed",
        *(f"  {account}  running" for account in ids(5)),
        "  5 more        running",
    ]


def test_a_reason_is_cut_at_the_edge_and_obeys_nobody() -> None:
    *_, row = drawn(at(1, failed=1, reason="\x1b[2J[red]" + "x" * 200))
    assert len(row) == 60 and row.endswith("…")
    assert r"\x1b[2J[red]x" in row


def test_while_nothing_runs_there_are_only_numbers() -> None:
    assert list(rollout_rows(at(0))) == []
    assert at(98, skipped=2).counts == "stacks of ou-1: 98 of 100 accounts done, 2 skipped"


@pytest.mark.parametrize("total", [3, 100, 10_000])
def test_a_log_has_few_lines_however_many_accounts_there_are(total: int) -> None:
    out = io.StringIO()
    view = Progressing(Screen(file=out))
    view.event(Started(CHANGE))
    for done in range(total + 1):
        view.event(Progress(CHANGE.address, at(done, total, running=min(10, total - done))))
    lines = out.getvalue().splitlines()[1:]
    assert len(lines) == min(total, 10) + 1
    assert lines[-1] == f"policy: stacks of ou-1: {total:,} of {total:,} accounts done"


def test_a_log_names_each_of_the_first_failures_at_once() -> None:
    out = io.StringIO()
    view = Progressing(Screen(file=out))
    view.event(Started(CHANGE))
    for failed in range(200):
        view.event(Progress(CHANGE.address, at(0, 10_000, failed=failed)))
    lines = out.getvalue().splitlines()
    assert len(lines) == 1 + 11
    assert lines[2] == "policy: stacks of ou-1: 0 of 10,000 accounts done, 1 failed; 000000000900: it exists"


def test_a_program_gets_all_accounts() -> None:
    out = io.StringIO()
    JsonView(out).event(Progress("accounts", at(1, 4, running=1, failed=1, skipped=1)))
    assert json.loads(out.getvalue()) == {
        "type": "progress",
        "address": "accounts",
        "text": "stacks of ou-1: 1 of 4 accounts done, 1 running, 1 failed, 1 skipped; 000000000900: it exists",
        "accounts": {
            "what": "stacks of ou-1",
            "total": 4,
            "done": 1,
            "running": ["000000000001"],
            "failed": {"000000000900": "it exists"},
            "skipped": ["000000000800"],
        },
    }
