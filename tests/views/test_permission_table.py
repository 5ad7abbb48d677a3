"""The table of what the operator needs, against a checked-in file."""

import re

import pytest
from rich.console import Console

from bootstrap.core.account import DEFAULT
from bootstrap.core.permission import Condition
from bootstrap.permissions.operator import Need
from bootstrap.views.permission_table import show
from tests.support.canned import matches

ROLE = "arn:aws:iam::123456789012:role/acme"
PASSED = Condition("StringEquals", "iam:PassedToService", ("ec2.amazonaws.com", "batch.amazonaws.com"))
NEEDS = [
    Need(account=DEFAULT, on="find", action="iam:ListRoles", arn="*", reason="finds roles", wide="there is no narrower one"),
    Need(account=DEFAULT, on="create", action="iam:PassRole", arn=ROLE, conditions=(PASSED,), reason="creates a profile"),
    *(
        Need(account=DEFAULT, on="read", action="iam:GetRole", arn=arn, reason=f"reads {what}")
        for arn in (ROLE, ROLE + "-2")
        for what in ("a role", "a policy on it", "another one", "a\x1b[31mthird")
    ),
]


def test_each_action_stands_once_with_what_it_is_on_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    show(NEEDS)
    assert matches("needs.txt", capsys.readouterr().out)


@pytest.mark.parametrize("columns", [40, 80, 119])
def test_on_a_narrow_screen_it_is_a_list_in_which_no_word_is_broken(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Console, "is_terminal", True)
    monkeypatch.setenv("COLUMNS", str(columns))
    show(NEEDS)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    words = [word for need in NEEDS for word in (need.action, need.arn, *need.reason.replace("\x1b", "\\x1b").split())]
    assert set(words[:8]) <= set(shown.split())
    assert all(len(line) <= columns or len(line.split()) == 1 for line in shown.splitlines())
    assert shown.count("iam:GetRole\n") == 1


DUET = "arn:aws:batch:us-east-1:123456789012:job-definition/nf-*-duet-acme-x-with-a-name-that-is-as-long-as-duets"
WIDE = [
    Need(account=DEFAULT, on="create", action="batch:RegisterJobDefinition", arn=DUET, reason="registers " + "a job " * 9)
]


@pytest.mark.parametrize("columns", [120, 160, 0])
def test_no_arn_of_duet_is_broken_on_a_wide_screen_or_in_a_pipe(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Console, "is_terminal", bool(columns))
    monkeypatch.setenv("COLUMNS", str(columns or 80))
    show(WIDE)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert DUET in shown.split()
    if not columns:
        assert WIDE[0].reason.strip() in shown


def test_several_accounts_have_a_table_each(capsys: pytest.CaptureFixture[str]) -> None:
    show([NEEDS[0], Need(account="other", on="read", action="iam:GetRole", arn=ROLE, reason="reads a role")])
    shown = capsys.readouterr().out
    assert shown.index(DEFAULT) < shown.index("iam:ListRoles") < shown.index("other") < shown.index("iam:GetRole")
