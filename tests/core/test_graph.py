"""The graph: what is added, what follows from references, and what is refused while it is built."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from bootstrap.core.account import EXAMPLE, Account
from bootstrap.core.graph import Graph, ordered
from bootstrap.errors import PlanRefused
from tests.support.fakes import Thing

SECOND = Account(alias="second", id="444455556666", partition="aws-cn", region="cn-north-1")


@pytest.fixture
def graph() -> Graph:
    return Graph([EXAMPLE, SECOND])


def test_a_reference_makes_the_edge(graph: Graph) -> None:
    first = graph.add("first", Thing(name="first"))
    second = graph.add("second", Thing(name="second", needs=[first["id"]], labels={"of": f"by {first['name']}"}))
    assert first["id"] == "@{first.id}"
    assert (first.depends_on, second.depends_on) == ((), ("first",))


def test_what_no_property_refers_to_can_come_first_too(graph: Graph) -> None:
    zebra, ape = graph.add("zebra", Thing(name="z")), graph.add("ape", Thing(name="a"))
    node = graph.add("node", Thing(name="n", needs=[zebra["id"]]), after=[ape, zebra])
    assert node.depends_on == ("ape", "zebra")


def test_an_order_of_deletes_is_recorded_and_no_create_waits_for_it(graph: Graph) -> None:
    bucket, first = graph.add("bucket", Thing(name="b")), graph.add("first", Thing(name="f"))
    role = graph.add("role", Thing(name="r", needs=[first["id"]]), deleted_before=[bucket])
    assert role.depends_on == ("first",)
    assert role.recorded_needs == ("bucket", "first")
    assert graph.as_json()["role"]["depends_on"] == ["bucket", "first"]


def test_what_follows_from_a_replaced_resource_follows_from_the_new_one(graph: Graph) -> None:
    first = graph.add("first", Thing(name="first"))
    second = graph.add("second", Thing(name="second", needs=[first["name"]]))
    assert graph.predicted(second) == Thing(name="second", needs=["first"])
    graph.nodes["first"] = replace(first, resource=Thing(name="other"))
    assert graph.predicted(second) == Thing(name="second", needs=["other"])
    assert graph.predicted(graph.nodes["first"]).label == "other"
    assert graph.predicted(first).label == "first"


def test_an_output_that_the_kind_does_not_have_is_refused(graph: Graph) -> None:
    node = graph.add("first", Thing(name="first"))
    with pytest.raises(KeyError, match=r"first \(thing\) has no output 'arn'"):
        node["arn"]


def test_two_resources_at_one_address_are_refused(graph: Graph) -> None:
    graph.add("first", Thing(name="a"))
    with pytest.raises(ValueError, match="two resources at the address first"):
        graph.add("first", Thing(name="b"))


def test_a_reference_to_what_comes_later_is_refused(graph: Graph) -> None:
    with pytest.raises(ValueError, match=r"a refers to b, c, which is not in the graph yet"):
        graph.add("a", Thing(name="a", needs=["@{c.id}", "@{b.id}"]))
    assert graph.nodes == {}


def test_an_account_without_credentials_is_refused(graph: Graph) -> None:
    with pytest.raises(ValueError, match="a: no account has the alias third"):
        graph.add("a", Thing(name="a"), account="third")


def test_each_node_has_its_account(graph: Graph) -> None:
    assert graph.add("a", Thing(name="a")).account == "default"
    assert graph.add("b", Thing(name="b"), account="second").account == "second"
    assert (graph.account(), graph.account("second")) == (EXAMPLE, SECOND)


def test_problems_are_found_before_the_first_call_each_in_its_account(graph: Graph) -> None:
    graph.add("good", Thing(name="good"))
    graph.add("big", Thing(name="big", size=101))
    graph.add("huge", Thing(name="huge", size=500), account="second")
    assert graph.validate() == [
        "big: size 101 is more than account 123456789012 takes",
        "huge: size 500 is more than account 444455556666 takes",
    ]


def test_a_graph_is_plain_json(graph: Graph) -> None:
    first = graph.add("first", Thing(name="first"))
    graph.add("second", Thing(name="second", needs=[first["id"]]), account="second")
    content = graph.as_json()
    assert json.loads(json.dumps(content)) == content
    assert content["second"] == {
        "kind": "thing",
        "account": "second",
        "depends_on": ["first"],
        "properties": {
            "tags": {},
            "asked": [],
            "name": "second",
            "shape": "round",
            "size": 1,
            "needs": ["@{first.id}"],
            "labels": {},
        },
    }


def test_a_circle_is_refused_and_shown() -> None:
    with pytest.raises(PlanRefused, match="the dependencies run in a circle: ") as caught:
        ordered({"a": ["b"], "b": ["c"], "c": ["a"], "d": []})
    circle = caught.value.message.partition(": ")[2].split(" -> ")
    assert circle[0] == circle[-1]
    assert set(circle) == {"a", "b", "c"}


def test_the_order_is_the_same_each_time() -> None:
    assert ordered({"c": {"b", "a"}, "b": set(), "a": set()}) == ["a", "b", "c"]


@settings(deadline=None, derandomize=True)
@given(
    st.integers(1, 12).flatmap(
        lambda size: st.fixed_dictionaries(
            {
                str(number): st.sets(st.integers(0, number - 1).map(str)) if number else st.just(set())
                for number in range(size)
            }
        )
    )
)
def test_each_comes_after_what_it_needs(needs: Mapping[str, set[str]]) -> None:
    order = ordered(needs)
    assert sorted(order) == sorted(needs)
    assert all(order.index(first) < order.index(address) for address, firsts in needs.items() for first in firsts)
