"""Inputs of an integration: found from its fields, checked one by one, and complained of by their flags."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import pytest

from bootstrap.core import validators
from bootstrap.core.account import EXAMPLE
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.input import Choice
from bootstrap.core.integration import Handoff, Integration, inputs_of, option, own
from bootstrap.core.policy import Statement
from bootstrap.errors import UsageError
from tests.support.fakes import Thing


@dataclass(frozen=True, kw_only=True)
class Shop(Integration):
    name: ClassVar[str] = "shop"
    title: ClassVar[str] = "a shop with shelves"
    pages: ClassVar[tuple[str, ...]] = ("https://example.com/shop",)

    shelf: tuple[str, ...] = option("A shelf (repeatable).", default=(), check=validators.bucket)
    owner_id: str = option("Who owns it.", metavar="ID", check=validators.organization_id)
    guard: str | None = option("Who guards it.", default=None)
    open: bool = option("Leave the door open.", default=False)
    size: str = option("How big.", default="small", choices=("small", "big"))
    house_rules: str = option("The rules.", default="none", metavar="FILE", file=True)

    def build(self, graph: Graph) -> Handoff:
        node = graph.add("shop", Thing(name=f"{self.role_prefix}{self.owner_id}", tags=self.tags))
        return Handoff({"Shop": node["id"], "Owner": self.owner_id}, ("Paste it.",), {"key.txt": f"id: {node['id']}"})

    @property
    def statements(self) -> Sequence[Statement]:
        return ()

    @classmethod
    def example(cls) -> Self:
        return cls(owner_id="acme")


def known(address: str, attribute: str) -> str | None:
    return {("shop", "id"): "id-1"}.get((address, attribute))


def inputs(**given: Any) -> Shop:
    found = from_inputs(Shop, {"owner_id": "acme", **given})
    assert isinstance(found, Shop)
    return found


def refusal(**given: Any) -> UsageError:
    with pytest.raises(UsageError) as caught:
        inputs(**given)
    return caught.value


def test_inputs_come_required_first_then_its_own_then_those_of_all() -> None:
    assert [item.name for item in inputs_of(Shop)] == [
        "owner_id",
        "shelf",
        "guard",
        "open",
        "size",
        "house_rules",
        "role_prefix",
        "path",
        "permissions_boundary",
        "tag",
    ]


def test_an_input_is_all_that_a_command_line_needs() -> None:
    found = {item.name: item for item in inputs_of(Shop)}
    assert [item.name for item in found.values() if item.required] == ["owner_id"]
    assert {name: item.kind for name, item in found.items() if item.kind != "text"} == {
        "shelf": "list",
        "open": "flag",
        "tag": "list",
    }
    assert found["owner_id"].flag == "--owner-id"
    assert (found["owner_id"].help, found["owner_id"].metavar, found["owner_id"].default) == ("Who owns it.", "ID", None)
    assert (found["size"].choices, found["size"].default) == (("small", "big"), "small")
    assert [name for name, item in found.items() if item.file] == ["house_rules"]


def test_given_inputs_are_trimmed_and_checked() -> None:
    shop = inputs(owner_id=" Acme ", guard=" Rex ", shelf=["s3://books/", "films"], size="big", open=True, tag=[" a = b "])
    assert (shop.owner_id, shop.guard, shop.shelf, shop.size) == ("acme", "Rex", ("books", "films"), "big")
    assert shop.open
    assert shop.tags == {"a": "b"}


def test_inputs_that_are_not_given_have_their_defaults() -> None:
    assert inputs() == Shop(owner_id="acme")
    assert inputs(guard=None, shelf=None, open=None, size=None) == Shop(owner_id="acme")


def test_one_value_for_a_repeatable_input_is_a_list_of_one() -> None:
    assert inputs(shelf="books").shelf == ("books",)


def test_what_is_named_twice_counts_once() -> None:
    assert inputs(shelf=["books", "films", "s3://books"]).shelf == ("books", "films")


def test_a_tag_may_hold_an_equals_sign() -> None:
    assert inputs(tag=["formula=a=b"]).tags == {"formula": "a=b"}


def test_a_repeatable_input_without_a_default_is_needed_once_at_least() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Chain(Shop):
        branch: tuple[str, ...] = option("A branch (repeatable).")

    none: list[dict[str, Any]] = [{}, {"branch": []}]
    for nothing in none:
        with pytest.raises(UsageError, match="shop needs --branch"):
            from_inputs(Chain, {"owner_id": "acme", **nothing})
    assert from_inputs(Chain, {"owner_id": "acme", "branch": "north"}).to_json()["branch"] == ["north"]


def test_an_unknown_input_is_refused_with_those_there_are() -> None:
    error = refusal(color="red", colour="red")
    assert error.message == "shop has no input color, colour"
    assert error.advice.startswith("It has: guard, house_rules, open, owner_id, ")
    assert error.exit_code == 64


@pytest.mark.parametrize("given", [{}, {"owner_id": None}], ids=["left out", "null"])
def test_a_missing_input_is_named_by_its_flag(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        from_inputs(Shop, given)
    assert caught.value.message == "shop needs --owner-id"
    assert caught.value.advice == "Run: bootstrap create --integration shop --help"


def test_what_is_missing_may_depend_on_what_is_given() -> None:
    class Choosy(Shop):
        @classmethod
        def required(cls, given: Mapping[str, Any]) -> tuple[str, ...]:
            return ("owner_id",) if given.get("open") else ("owner_id", "guard", "shelf")

    assert from_inputs(Choosy, {"owner_id": "acme", "open": True})
    with pytest.raises(UsageError, match="shop needs --guard, --shelf"):
        from_inputs(Choosy, {"owner_id": "acme", "shelf": []})


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "what the check refuses": (
        {"owner_id": "a_b"},
        "--owner-id: an organization id has 1 to 40 letters, digits and hyphens (it becomes part of a bucket name)",
    ),
    "one of several values": ({"shelf": ["books", "My Films"]}, "--shelf: a bucket name has lower-case letters"),
    "nothing for what is required": ({"owner_id": "  "}, "--owner-id: an organization id has"),
    "half a number for a text": ({"guard": 7.5}, "--guard: must be text, not 7.5"),
    "a list for a text": ({"guard": ["Rex"]}, "--guard: must be text, not ['Rex']"),
    "half a number in a list": ({"shelf": ["books", 7.5]}, "--shelf: must be text, not 7.5"),
    "a text for a flag": ({"open": "yes"}, "--open: must be true or false, not 'yes'"),
    "a number for a flag": ({"open": 1}, "--open: must be true or false, not 1"),
    "none of the choices": ({"size": "huge"}, "--size: 'huge' is not one of small, big"),
    "a bad prefix": ({"role_prefix": "a b"}, "--role-prefix: a role prefix has up to 32"),
    "a bad path": ({"path": "vendors"}, "--path: 'vendors' is not an IAM path"),
    "a bad boundary": ({"permissions_boundary": "Guard"}, "--permissions-boundary: 'Guard' is not the ARN of a policy"),
    "a reserved tag": ({"tag": ["aws:team=red"]}, "--tag: tag keys that start with aws: are reserved"),
}


@pytest.mark.parametrize(("given", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_input_is_refused_with_its_flag(given: dict[str, Any], message: str) -> None:
    assert refusal(**given).message.startswith(message)


def test_inputs_survive_the_state() -> None:
    shop = inputs(shelf=["books"], tag=["a=b"], guard="Rex")
    assert from_inputs(Shop, json.loads(json.dumps(shop.to_json()))) == shop


def test_a_handoff_is_filled_in_when_it_is_shown() -> None:
    graph = Graph([EXAMPLE])
    stored = json.loads(json.dumps(Shop.example().build(graph).to_json()))
    shown = Handoff.from_json(stored, known)
    assert shown == Handoff({"Shop": "id-1", "Owner": "acme"}, ("Paste it.",), {"key.txt": "id: id-1"})


def test_a_step_names_a_command_that_is_about_this_deployment() -> None:
    handoff = Handoff({}, (f"Then: {own('end')}",), verbs={"end": ["destroy", "--dry-run"]})
    shown = Handoff.from_json(handoff.to_json(), known, ["--name", "a b", "--sandbox"])
    assert shown.steps == ("Then: bootstrap destroy --dry-run --name 'a b' --sandbox",)
    assert Handoff.from_json(handoff.to_json(), known).steps == ("Then: bootstrap destroy --dry-run",)


def test_a_handoff_that_was_never_stored_is_empty() -> None:
    assert Handoff.from_json({}, known) == Handoff({})


def test_a_number_may_stand_as_a_number_in_an_inputs_file() -> None:
    assert inputs(guard=7).guard == "7"
    assert inputs(shelf=[2024, "books"]).shelf == ("2024", "books")


def test_what_can_be_given_in_two_ways_is_asked_for_by_both_flags() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Booth(Shop):
        alternatives: ClassVar[tuple[Choice, ...]] = (Choice("Which?", {"a guard": ("guard",), "a size": ("size",)}),)

        @classmethod
        def required(cls, given: Mapping[str, Any]) -> tuple[str, ...]:
            return () if "size" in given else ("owner_id", "guard")

    with pytest.raises(UsageError, match=r"^shop needs --owner-id, and --guard or --size$"):
        from_inputs(Booth, {})
