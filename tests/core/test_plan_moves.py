"""What moved since a plan was made is said by address and property, and what the plan's own run did is no move."""

from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.plan_file import PlanFile
from bootstrap.core.plan_moves import moves
from bootstrap.core.state import State
from tests.support.plan_files import first_plan

FIRST = first_plan()
NOTHING: dict[str, Any] = {
    "action": "no-op",
    "id": "AROA1",
    "recorded": "ready",
    "outputs": {"arn": "a"},
    **{key: {} for key in ("differs", "sets", "starts", "kept", "added", "contents")},
    **{key: [] for key in ("others", "along", "loses", "opened")},
}


def plan(state: dict[str, Any] | None = None, **observed: dict[str, Any]) -> PlanFile:
    """A plan that found this at the address `role`."""
    role = {**NOTHING, **observed.get("role", {})}
    others = {name: {**NOTHING, **each} for name, each in observed.items() if name != "role"}
    return replace(FIRST, observed={"role": role, **others}, state=state or {"lineage": "l1", "serial": 3})


def role(**found: Any) -> PlanFile:
    return plan(role=found)


def started(by: PlanFile, *, edited: bool = False) -> State:
    """The state of a deployment in which a run of the plan was cut off."""
    return State(
        deployment="acme", integration="x", lineage="l1", accounts={"default": EXAMPLE}, plan=by.digest, edited=edited
    )


SAID: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "nothing": ({}, {}, []),
    "a property": (
        {},
        {"action": "update", "differs": {"trust": "x"}},
        [
            "role: action was no-op when the plan was made, and is update",
            "role: trust was as it should be when the plan was made, and is x",
        ],
    ),
    "another value": (
        {"action": "update", "differs": {"tags.a": "x"}},
        {"action": "update", "differs": {"tags.a": None}},
        ["role: tags.a was x when the plan was made, and is absent"],
    ),
    "a property that is right now": (
        {"action": "update", "differs": {"a": 1, "b": 2}},
        {"action": "update", "differs": {"a": 1}},
        ["role: b was 2 when the plan was made, and has since become what it should be"],
    ),
    "what others added": (
        {"others": ["tag a"]},
        {"others": ["tag b"]},
        ["role: since the plan was made, there is also: tag b", "role: since the plan was made, this is gone: tag a"],
    ),
    "content of others, and not that of what is new": (
        {"others": ["policy a"], "contents": {"policy a": "1"}},
        {"others": ["policy a", "policy b"], "contents": {"policy a": "2", "policy b": "3"}},
        [
            "role: since the plan was made, the content has changed of: policy a",
            "role: since the plan was made, there is also: policy b",
        ],
    ),
    "what it sets": (
        {"action": "update", "differs": {"a": 1, "b": 1}, "sets": {"a": 2, "b": 2}},
        {"action": "update", "differs": {"a": 1, "b": 0}, "sets": {"a": 3, "b": 3}},
        [
            "role: b was 1 when the plan was made, and is 0",
            "role: a was to become 2 when the plan was made, and is to become 3",
        ],
    ),
    "a warning about what others added, once": (
        {"opened": ["policy c: it grants"]},
        {"others": ["policy c"], "opened": ["policy c: it grants", "trust: it lets in"]},
        [
            "role: since the plan was made, there is also: policy c",
            "role: since the plan was made, there is also: trust: it lets in",
        ],
    ),
    "a long text of what others added": (
        {},
        {"others": ["x" * 100]},
        [f"role: since the plan was made, there is also: {'x' * 100}"],
    ),
    "another id": ({}, {"id": "AROA2"}, ["role: id was AROA1 when the plan was made, and is AROA2"]),
    "an output": ({}, {"outputs": {"arn": "b"}}, ["role: outputs arn was a when the plan was made, and is b"]),
    "what is kept": ({}, {"kept": {"path": "/"}}, ["role: kept path was absent when the plan was made, and is /"]),
    "the state of its record": (
        {},
        {"recorded": "updating"},
        ["role: recorded was ready when the plan was made, and is updating"],
    ),
    "what is there now, and nothing more": (
        {"action": "create", "id": "", "outputs": {}},
        {},
        ["role: action was create when the plan was made, and is no-op"],
    ),
    "what is gone": ({}, {"action": "create"}, ["role: action was no-op when the plan was made, and is create"]),
    "an empty text": ({"id": ""}, {}, ["role: id was empty when the plan was made, and is AROA1"]),
    "a long text": (
        {},
        {"id": "x" * 100},
        [f"role: id was AROA1 when the plan was made, and is {'x' * 80}..."],
    ),
    "a text of the longest length": (
        {},
        {"id": "x" * 80},
        [f"role: id was AROA1 when the plan was made, and is {'x' * 80}"],
    ),
}


@pytest.mark.parametrize(("before", "after", "told"), SAID.values(), ids=SAID)
def test_what_moved_is_said(before: dict[str, Any], after: dict[str, Any], told: list[str]) -> None:
    assert moves(role(**before), role(**after), None) == told


LIMIT = "arn:aws:iam::123456789012:policy/Limit"
WAS = f"role: the default version of {LIMIT} was v1 of ANPA1 when the plan was made, and"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("v1 of ANPA1", "v1 of ANPA1", []),
        ("v1 of ANPA1", "v2 of ANPA1", [f"{WAS} is v2 of ANPA1: it may say something else"]),
        ("v1 of ANPA1", "v1 of ANPA2", [f"{WAS} is v1 of ANPA2: it may say something else"]),
        ("v1 of ANPA1", "none", [f"{WAS} is none: it may say something else"]),
        ("v1 of ANPA1", "", [f"{WAS} can no longer be read"]),
        ("", "v2 of ANPA1", []),
        ("", "", []),
    ],
)
def test_a_policy_of_others_that_may_say_something_else_is_a_move_unless_nobody_knew_what_it_said(
    before: str, after: str, told: list[str]
) -> None:
    was, now = (replace(FIRST, versions={"role": {LIMIT: version}}) for version in (before, after))
    assert moves(was, now, None) == told
    assert moves(was, now, replace(started(was), serial=9)) == told


def test_an_address_that_comes_or_goes_is_said() -> None:
    both = plan(vm={"action": "delete"})
    assert moves(plan(), both, None) == ["vm: the plan is now delete for it"]
    assert moves(both, plan(), None) == ["vm: the plan is no longer delete for it"]


def test_what_should_exist_is_compared_to_the_last_value() -> None:
    first = replace(FIRST, given=["a"])
    other = replace(first, inputs={**FIRST.inputs, "role_prefix": "x"}, given=["a", "b"], deployment="other")
    assert moves(other, first, None) == [
        "deployment was other when the plan was made, and is acme",
        "inputs: role_prefix was x when the plan was made, and is empty",
        'given was ["a", "b"] when the plan was made, and is ["a"]',
    ]
    graph = {**FIRST.graph, "role": {**FIRST.graph["role"], "depends_on": ["x"]}}
    found = moves(replace(FIRST, graph=graph, policies={}), FIRST, None)
    assert found == ['role: depends_on was ["x"] when the plan was made, and is []']  # policies follow from it
    [gone] = moves(
        replace(FIRST, policies={name: each for name, each in FIRST.policies.items() if name != "role"}), FIRST, None
    )
    assert gone.startswith("role: policies: was absent when the plan was made, and is {")
    assert all(": access: was absent when" in each for each in moves(replace(FIRST, access={}), FIRST, None))


def test_a_list_is_compared_by_its_entries_and_a_type_counts() -> None:
    before, after = role(outputs={"a": [1, "x", True]}), role(outputs={"a": [1, "y", 1]})
    assert moves(before, after, None) == [
        "role: outputs a[1] was x when the plan was made, and is y",
        "role: outputs a[2] was true when the plan was made, and is 1",
    ]


def test_no_more_than_fifty_moves_are_said() -> None:
    for number, last in ((50, "role: since the plan was made, there is also: 9"), (51, "and 1 more"), (53, "and 3 more")):
        found = moves(role(), role(others=sorted(map(str, range(number)))), None)
        assert (len(found), found[-1]) == (min(number, 51), last)


def test_the_state_of_another_run_is_a_move() -> None:
    later = plan({"lineage": "l1", "serial": 4})
    somebody = "somebody used it since"
    assert moves(plan(), later, None) == [f"the state: its serial was 3 when the plan was made, and is 4: {somebody}"]
    elsewhere = moves(plan({"place": "s3://ours/a.json"}), plan({"place": "a.json"}), None)
    assert elsewhere == ["the state: its place was s3://ours/a.json when the plan was made, and is a.json"]
    other = plan({"lineage": "l2", "serial": 3})
    assert moves(plan(), other, None) == [f"the state: its lineage was l1 when the plan was made, and is l2: {somebody}"]
    assert moves(plan(), later, started(plan({"lineage": "l1", "serial": 9}))) != []  # a run of another plan
    assert moves(plan(), later, started(plan())) == []
    assert moves(plan(), later, started(plan(), edited=True)) != []
    assert moves(plan(), other, started(plan())) == ["the state: it is that of another deployment of the same name"]
    new = plan({"lineage": "", "serial": 0})
    assert moves(new, later, started(new)) == []
