"""Differences, field by field; what others added is told apart and left out."""

from typing import Any

import pytest

from bootstrap.core.difference import Difference, differences, others
from bootstrap.core.live import Live
from tests.support.fakes import Thing


def want(**properties: Any) -> Thing:
    return Thing(name="a", **properties)


def live(**properties: Any) -> Live:
    return Live(outputs={}, properties=properties)


CASES: dict[str, tuple[Thing, Live, dict[str, Any] | None, list[Difference]]] = {
    "nothing where all is equal": (want(size=2), live(name="a", size=2, tags={}, labels={}), None, []),
    "a field with another value": (want(size=2), live(size=1), None, [Difference("size", None, 1, 2)]),
    "a field that is empty in AWS": (want(), live(size=None), None, [Difference("size", None, None, 1)]),
    "no field that was not read": (want(size=2), live(), None, []),
    "no other spelling of the same": (want(shape="ROUND"), live(shape="round"), None, []),
    "a list as a whole": (
        want(needs=["x", "y"]),
        live(needs=["x"]),
        None,
        [Difference("needs", None, ["x"], ["x", "y"])],
    ),
    "an entry with another value": (
        want(labels={"k": "new", "same": "1"}),
        live(labels={"k": "old", "same": "1"}),
        None,
        [Difference("labels", "k", "old", "new")],
    ),
    "no entry in another spelling": (want(labels={"k": "ON"}), live(labels={"k": "on"}), None, []),
    "an entry that is missing": (
        want(labels={"k": "1"}),
        live(labels={}),
        None,
        [Difference("labels", "k", None, "1")],
    ),
    "no entry that others added": (want(), live(labels={"theirs": "1"}, tags={"team": "red"}), {"labels": {}}, []),
    "an entry that we set and no longer want": (
        want(),
        live(labels={"old": "1", "theirs": "1"}),
        {"labels": {"old": "1"}},
        [Difference("labels", "old", "1", None)],
    ),
    "no entry that we no longer want and that is gone": (want(), live(labels={}), {"labels": {"old": "1"}}, []),
    "entries in the order of their keys": (
        want(labels={"b": "1", "a": "1"}),
        live(labels={"c": "1"}),
        {"labels": {"c": "1"}},
        [
            Difference("labels", "a", None, "1"),
            Difference("labels", "b", None, "1"),
            Difference("labels", "c", "1", None),
        ],
    ),
}


@pytest.mark.parametrize(("resource", "has", "recorded", "expected"), CASES.values(), ids=CASES)
def test_what_differs_is(resource: Thing, has: Live, recorded: dict[str, Any] | None, expected: list[Difference]) -> None:
    assert list(differences(resource, has, recorded)) == expected


def test_a_difference_names_its_place() -> None:
    assert Difference("size", None, 1, 2).path == "size"
    assert Difference("labels", "stage", None, "live").path == "labels.stage"


def test_others_are_named_by_what_they_added() -> None:
    ours = want(labels={"ours": "1"})
    has = live(labels={"theirs": "1", "ours": "1", "before": "1"}, tags={"team": "red", "cost": "7"})
    assert others(ours, has, {"labels": {"before": "1"}}) == ("tag cost", "tag team", "label theirs")
    assert others(ours, has) == ("tag cost", "tag team", "label before", "label theirs")


def test_what_was_not_read_shows_no_others() -> None:
    assert others(want(), live()) == ()
