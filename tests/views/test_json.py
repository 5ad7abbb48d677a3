"""JSON for programs: complete, one object a line, and the same shape tomorrow."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from bootstrap.errors import BootstrapError, UsageError
from bootstrap.views.json import JsonView
from tests.support.canned import (
    ACCOUNTS,
    CAGE,
    DEPLOYMENTS,
    EVENTS,
    FINDINGS,
    FIRST_BOOTS,
    HANDOFF,
    PLAN,
    PREFLIGHT,
    RECEIPT,
    RECOVERED,
    REFUSED,
    ROLE,
    matches,
)


def shown(show: Callable[[JsonView], None]) -> str:
    out = io.StringIO()
    show(JsonView(out))
    return out.getvalue()


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def run(view: JsonView) -> None:
    for event in EVENTS:
        view.event(event)
    view.finished()


SHOWN: dict[str, Callable[[JsonView], None]] = {
    "identity.jsonl": lambda view: view.identity(ACCOUNTS, sandbox=False),
    "plan.jsonl": lambda view: view.plan(PLAN, purpose="create"),
    "preflight.jsonl": lambda view: view.preflight(PREFLIGHT, every=False),
    "cage.jsonl": lambda view: view.cage(CAGE),
    "chain.jsonl": lambda view: view.chain(FINDINGS),
    "deployments.jsonl": lambda view: view.deployments(DEPLOYMENTS),
    "security.jsonl": lambda view: view.security(DEPLOYMENTS),
    "first_boots.jsonl": lambda view: view.first_boots(FIRST_BOOTS),
    "events.jsonl": run,
    "result.jsonl": lambda view: view.result("Done: 3 changes.", HANDOFF, {"deployment": "prod", "outputs": {}}),
    "error.jsonl": lambda view: view.error(REFUSED),
    "receipt.jsonl": lambda view: view.receipt(RECEIPT),
    "recovered.jsonl": lambda view: view.recovered(RECOVERED),
    "note.jsonl": lambda view: view.note("Kept from the last run: --org-id"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_the_objects_are_those_that_were_approved(name: str) -> None:
    assert matches(name, shown(SHOWN[name]))


@pytest.mark.parametrize("name", SHOWN)
def test_each_line_is_an_object_with_a_type(name: str) -> None:
    text = shown(SHOWN[name])
    assert all(item["type"] for item in objects(text))
    assert text.endswith("\n")
    assert text.isascii()


def test_there_is_one_object_for_each_event() -> None:
    assert [item["type"] for item in objects(shown(run))] == [type(event).__name__.lower() for event in EVENTS]


def test_a_plan_is_complete_without_verbose() -> None:
    [plan] = objects(shown(lambda view: view.plan(PLAN, purpose="destroy")))
    assert plan["purpose"] == "destroy"
    role = plan["changes"][1]
    assert role["properties"] == ROLE.settings()
    assert [item["field"] for item in role["differences"]].count("tags") == 2
    counts = {"create": 3, "update": 2, "adopt": 0, "delete": 1, "forget": 1, "no-op": 1, "unreadable": 0, "blocked": 1}
    assert plan["summary"] == counts
    assert plan["refused"] == ["archive"]


@pytest.mark.parametrize("error", [REFUSED, UsageError("wrong", "Do it right."), BootstrapError("no")])
def test_an_error_tells_all_that_the_text_tells_and_the_exit_code(error: BootstrapError) -> None:
    [told] = objects(shown(lambda view: view.error(error)))
    assert told == {
        "type": "error",
        "kind": type(error).__name__,
        "message": error.message,
        "problems": list(getattr(error, "problems", [])),
        "advice": error.advice,
        "exit_code": error.exit_code,
    }


def test_it_writes_to_stdout_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    JsonView().note("hello")
    assert json.loads(capsys.readouterr().out) == {"type": "note", "text": "hello"}
