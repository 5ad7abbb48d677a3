"""What a run of the plan that was cut off did is no move; what anybody else did in the meantime is one."""

from typing import Any

import pytest

from bootstrap.core.plan_moves import moves
from tests.core.test_plan_moves import plan, role, started

CREATE = {"action": "create", "id": "", "recorded": "", "outputs": {}}
UPDATE = {
    "action": "update",
    "differs": {"a": 1, "b": 2, "c": [1, 2], "d": {"e": 1}},
    "others": ["tag x", "policy y"],
    "opened": ["o"],
}
UPDATE["sets"] = {"a": 5, "b": 6, "c": [2, 3], "d": {"e": 2, "f": 3}}
NEW = {"action": "update", "recorded": "creating"}
HALF = {"action": "update", "recorded": "updating"}
DELETE = {"action": "delete"}
BY_RUN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "it was created": (CREATE, {}),
    "it is half created": (CREATE, {**NEW, "differs": {"a": False, "b": None}, "starts": {"a": False}}),
    "a value of what is half created is written": (CREATE, {**NEW, "differs": {"a": 1}, "sets": {"a": 1}}),
    "a document of it is written in part": (
        CREATE,
        {**NEW, "differs": {"a": {"b": [1]}}, "sets": {"a": {"b": [1, 2]}}},
    ),
    "it was created and not recorded": (CREATE, {**NEW, "recorded": "", "differs": {"a": None}}),
    "the intent was recorded": (CREATE, {**CREATE, "recorded": "creating"}),
    "it was updated": (UPDATE, {}),
    "it was updated, and what others added was detached": (UPDATE, {"others": ["tag x"]}),
    "it is updated in part": (UPDATE, {"action": "update", "differs": {"b": 2}}),
    "a value of it is written": (UPDATE, {**HALF, "differs": {"a": 5, "b": 2}}),
    "a list of it is written in part": (UPDATE, {**HALF, "differs": {"c": [3]}}),
    "a table of it is written in part": (UPDATE, {**HALF, "differs": {"d": {"e": 2}}}),
    "the delete was recorded": (DELETE, {"action": "delete", "recorded": "deleting"}),
    "it was deleted, and is still recorded": (DELETE, {"action": "forget", "recorded": "deleting"}),
}
BY_OTHERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "what was there is gone": ({}, CREATE),
    "what was there has changed": ({}, {"action": "update", "differs": {"a": 1}}),
    "what was created is gone again": (CREATE, {**CREATE, "recorded": "ready"}),
    "what was created lost a value": (CREATE, {"action": "update", "recorded": "ready", "differs": {"a": None}}),
    "an entry of others came to it": ({**UPDATE, "added": {"f": ["x"]}}, {**HALF, "added": {"f": ["x", "y"]}}),
    "what was created was changed": (CREATE, {"action": "update", "differs": {"a": 1}}),
    "what is half created has another document": (
        CREATE,
        {**NEW, "differs": {"a": {"b": 2}}, "sets": {"a": {"b": 1}}},
    ),
    "what is half created has a list that nobody writes": (CREATE, {**NEW, "differs": {"a": [1]}}),
    "what is half created has a value that nobody writes": (CREATE, {**NEW, "differs": {"a": 3}, "sets": {"a": 2}}),
    "what is half created was switched to another value": (
        CREATE,
        {**NEW, "differs": {"a": 0}, "sets": {"a": True}, "starts": {"a": False}},
    ),
    "what was created got a policy": (CREATE, {"others": ["policy y"]}),
    "what was created was made stricter": (CREATE, {"kept": {"a": 1}}),
    "what was created is blocked": (CREATE, {"action": "blocked"}),
    "another property than planned differs": (UPDATE, {"action": "update", "differs": {"x": 3}}),
    "another property differs in the middle": (UPDATE, {**HALF, "differs": {"a": 1, "x": 3}}),
    "a value is neither the old nor the new one": (UPDATE, {**HALF, "differs": {"a": "other"}}),
    "a value is gone": (UPDATE, {**HALF, "differs": {"a": None}}),
    "a list has an entry of neither": (UPDATE, {**HALF, "differs": {"c": [3, 4]}}),
    "a table has a value of neither": (UPDATE, {**HALF, "differs": {"d": {"e": 3}}}),
    "a table has a key of neither": (UPDATE, {**HALF, "differs": {"d": {"g": 1}}}),
    "what others added has other content": ({**UPDATE, "contents": {"policy y": "1"}}, {"contents": {"policy y": "2"}}),
    "a value has changed since": (UPDATE, {"action": "update", "differs": {"a": "other"}}),
    "it is another resource": (UPDATE, {"id": "AROA2"}),
    "what was updated is gone": (UPDATE, {**CREATE, "id": "AROA1"}),
    "more was added to it": (UPDATE, {"others": ["tag x", "policy z"]}),
    "what is deleted is another one": (DELETE, {"action": "delete", "id": "AROA2"}),
    "what is deleted would lose more": (DELETE, {"action": "delete", "loses": ["data"]}),
    "what is deleted stays": (DELETE, {}),
    "what was only forgotten would be deleted": (
        {**DELETE, "action": "forget"},
        {"action": "delete", "recorded": "deleting"},
    ),
}


@pytest.mark.parametrize(("before", "after"), BY_RUN.values(), ids=BY_RUN)
def test_what_the_run_of_the_plan_did_is_no_move(before: dict[str, Any], after: dict[str, Any]) -> None:
    was = role(**before)
    assert moves(was, role(**after), None)
    assert moves(was, role(**after), started(was)) == []


@pytest.mark.parametrize(("before", "after"), BY_OTHERS.values(), ids=BY_OTHERS)
def test_what_others_did_in_the_meantime_is_one(before: dict[str, Any], after: dict[str, Any]) -> None:
    was = role(**before)
    assert moves(was, role(**after), started(was))


def test_what_the_run_deleted_is_no_move_and_what_is_new_is_one() -> None:
    was = plan(vm={"action": "delete"}, old={"action": "forget"}, kept={"action": "no-op"})
    assert moves(was, plan(kept={}), started(was)) == []
    assert moves(was, plan(), started(was)) == ["kept: the plan is no longer no-op for it"]
    assert moves(was, plan(kept={}, new={"action": "create"}), started(was)) == ["new: the plan is now create for it"]
