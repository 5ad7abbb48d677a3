"""Whatever somebody puts into a name: it stays on its line, no terminal obeys it, and no line of ours is faked with it."""

import dataclasses
import io
import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, get_args

import pytest

from bootstrap.core.account import DEFAULT
from bootstrap.core.account_status import AccountStatus
from bootstrap.core.events import Event, Failed
from bootstrap.core.handoff import Handoff, Waiting
from bootstrap.core.rotation import Rotation
from bootstrap.errors import AwsError, BootstrapError, PlanRefused, lines
from bootstrap.permissions.lint import Finding
from bootstrap.permissions.operator import Need
from bootstrap.views import View, lint_report, permission_table
from bootstrap.views.json import JsonView
from bootstrap.views.screen import Screen
from bootstrap.views.text import TextView
from tests.support.canned import (
    ACCOUNTS,
    CAGE,
    DEPLOYMENTS,
    EVENTS,
    FINDINGS,
    FIRST_BOOTS,
    PLAN,
    PREFLIGHT,
    RECEIPT,
    RECOVERED,
)
from tests.support.hostile import FAKED

CHOSEN_BY_US = {"verdict", "result", "on", "layer", "explicit"}
"""Fields whose text is one of a few words of ours."""
COLOURS = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\r|\x1b\[[12]?[KA]")


def filled(item: Any, value: str) -> Any:
    """The item with the value for each text in it."""
    match item:
        case Enum() | None | bool() | int():
            return item
        case str():
            return value
        case Mapping():
            return {key: filled(each, value) for key, each in item.items()}
        case tuple() if hasattr(item, "_fields"):
            return type(item)(*(filled(each, value) for each in item))
        case tuple() | list():
            return type(item)(filled(each, value) for each in item)
        case _ if dataclasses.is_dataclass(item):
            fields = [field.name for field in dataclasses.fields(item) if field.init and field.name not in CHOSEN_BY_US]
            return dataclasses.replace(item, **{name: filled(getattr(item, name), value) for name in fields})  # type: ignore[type-var]
    return item


def kinds(of: type[BootstrapError]) -> Iterator[type[BootstrapError]]:
    yield of
    for each in of.__subclasses__():
        yield from kinds(each)


def error(kind: type[BootstrapError], value: str, advice: str) -> BootstrapError:
    message = f"cannot read {value}: {value}"
    if issubclass(kind, PlanRefused):
        return kind(message, [value, f"a: {value}"], advice)
    return kind(message, advice, value) if issubclass(kind, AwsError) else kind(message, advice)


def events(view: View, value: str) -> None:
    for event in EVENTS:
        view.event(filled(event, value))


def errors(view: View, value: str) -> None:
    for kind in kinds(BootstrapError):
        for advice in (value, f"Run: {value}", lines(f"Run: {value}", value), lines(lines(value, value), value)):
            view.error(error(kind, value, advice))


ACCOUNTS_OF_FLEET = [
    AccountStatus(account="1", unit="ou", region="r", result="drifted", reason="why", drifts=("a resource", "another")),
    AccountStatus(account="2", result="up to date"),
]


SHOWN: dict[str, Callable[[View, str], None]] = {
    "identity": lambda view, value: view.identity(
        [(filled(account, value), value) for account, _ in ACCOUNTS], sandbox=False
    ),
    "note": lambda view, value: view.note(f"Note: {value}"),
    "restore": lambda view, value: view.restore(value),
    "plan": lambda view, value: view.plan(filled(PLAN, value), purpose="create"),
    "preflight": lambda view, value: view.preflight(filled(PREFLIGHT, value), every=True),
    "cage": lambda view, value: view.cage(filled(CAGE, value)),
    "waiting": lambda view, value: view.waiting(
        Waiting(value, (value, value)), f"bootstrap {value}", opened=True, differs=True
    ),
    "rotating": lambda view, value: view.rotating(Rotation(value, value, f"bootstrap {value}")),
    "chain": lambda view, value: view.chain(filled(FINDINGS, value)),
    "first_boots": lambda view, value: view.first_boots(filled(FIRST_BOOTS, value)),
    "accounts": lambda view, value: view.accounts(filled(ACCOUNTS_OF_FLEET, value), every=True),
    "deployments": lambda view, value: view.deployments(filled(DEPLOYMENTS, value)),
    "security": lambda view, value: view.security(filled(DEPLOYMENTS, value)),
    "event": events,
    "finished": lambda view, value: view.finished(),
    "receipt": lambda view, value: view.receipt(filled(RECEIPT, value)),
    "recovered": lambda view, value: view.recovered(filled(RECOVERED, value)),
    "result": lambda view, value: view.result(value, Handoff({value: value, "b": value}, (value, value)), {"a": value}),
    "error": errors,
}
"""Every method of a view, with a value in all places where there can be one."""


def shown(name: str, value: str, *, live: bool = False) -> str:
    out = Screen(file=io.StringIO(), width=80, force_terminal=live, legacy_windows=False, force_interactive=False)
    view = TextView(out, out, verbose=True)
    SHOWN[name](view, value)
    if view.progress.live:
        view.progress.live.refresh()
    view.finished()
    assert isinstance(out.file, io.StringIO)
    return COLOURS.sub("", out.file.getvalue())


def test_every_method_every_event_and_every_error_is_tried() -> None:
    methods = {name for name, each in vars(View).items() if callable(each) and not name.startswith("_")}
    assert set(SHOWN) == methods
    assert {type(event) for event in EVENTS} == set(get_args(Event))


@pytest.mark.parametrize("value", FAKED, ids=ascii)
@pytest.mark.parametrize("name", SHOWN)
def test_a_value_stays_on_its_line_and_is_shown(name: str, value: str) -> None:
    text = shown(name, value)
    assert text.replace("\n", "").isprintable()
    assert text.count("\n") == shown(name, "value").count("\n")


@pytest.mark.parametrize("value", FAKED, ids=ascii)
@pytest.mark.parametrize("name", SHOWN)
def test_nor_does_a_terminal_obey_it(name: str, value: str) -> None:
    assert shown(name, value, live=True).replace("\n", "").isprintable()


@pytest.mark.parametrize("value", FAKED, ids=ascii)
@pytest.mark.parametrize("name", SHOWN)
def test_json_is_a_line_of_ascii_and_keeps_the_value(name: str, value: str) -> None:
    out = io.StringIO()
    SHOWN[name](JsonView(out), value)
    text = out.getvalue()
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert all(line.startswith('{"type": ') for line in text.splitlines())


@pytest.mark.parametrize("value", FAKED, ids=ascii)
def test_the_tables_of_permissions_and_of_the_linter_keep_it_in_its_cell(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    permission_table.show([Need(account=value, on="read", action=value, arn=value, reason=value, wide=value)])
    permission_table.show(filled([Need(account=DEFAULT, on="read", action="a", arn="b", reason="c")] * 2, value))
    table = capsys.readouterr().out
    found = Finding("error", value, value, value, value, value)
    out = io.StringIO()
    for line in lint_report.lines([lint_report.File(value, "identity", 3, (found,))]):
        Screen(file=out).print(line)
    for text in (table, out.getvalue()):
        assert text.replace("\n", "").isprintable()
        assert not any(line.startswith(("Plan:", "Run:", "Error:", "Done:", "Receipt")) for line in text.splitlines())


def test_a_line_that_was_written_by_us_stays_one() -> None:
    out = io.StringIO()
    view = TextView(Screen(file=out), Screen(file=out))
    view.error(BootstrapError("no", lines("Run: one", lines("then: two", "", "three"), "")))
    view.event(Failed(PLAN.changes[0], "no", lines("Run: one", "then: two")))
    assert out.getvalue().splitlines()[:4] == ["Error: no", "Run: one", "then: two", "three"]
    assert out.getvalue().splitlines()[-2:] == ["    Run: one", "    then: two"]
