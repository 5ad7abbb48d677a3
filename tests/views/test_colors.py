"""What is a danger has the color of one, on each view; what no color says is tested in `test_text.py`."""

import re
from dataclasses import replace

import pytest

from bootstrap.core.plan import Plan
from bootstrap.core.warning import PlanWarning
from bootstrap.views.plan import plan_lines
from tests.support.canned import PLAN, matches
from tests.views.test_text import SHOWN, shown, terminal, usual_terminal as usual_terminal

SGR = {"1;31": "bold red", "1;33": "bold yellow", "31": "red", "33": "yellow", "32": "green", "35": "magenta", "36": "cyan"}


def test_the_colors_are_those_that_were_approved() -> None:
    """Each colored part of a view, by its color and its first characters."""
    lines = list[str]()
    for name in SHOWN.keys() - {
        "events.txt",
        "plan_verbose.txt",
        "preflight_every.txt",
    }:  # live lines; nothing else is colored
        parts = re.findall(r"\x1b\[([1-9][0-9;]*)m *([^\x1b\n]+)", shown(SHOWN[name], terminal))
        lines += [f"{name}: {SGR[codes]}: {text[:30].strip()}" for codes, text in parts if codes in SGR]
    assert matches("colors.txt", "\n".join(sorted({*lines})) + "\n")


def test_a_warning_is_yellow_and_red_if_somebody_opened_what_it_is_about() -> None:
    warning = PlanWarning(text="iam:PassRole on every role", code="wide", statement="Pass")
    change = replace(PLAN.changes[0], warnings=(warning, replace(warning, text="opened", drift="set back")))
    styles = [str(each.style) for each in plan_lines(Plan((change,)), verbose=False) if "Warning: " in each.plain]
    assert styles == ["yellow", "bold red"]


@pytest.mark.parametrize(("note", "code"), [("Warning: it is open", "33"), ("Note: it is closed", "2")])
def test_a_note_about_a_danger_is_yellow_and_any_other_one_is_dim(note: str, code: str) -> None:
    assert shown(lambda view: view.note(note), terminal) == f"\x1b[{code}m{note}\x1b[0m\n"
