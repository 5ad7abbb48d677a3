"""What the operator needs: all that the resources declare, with real names, and no more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import pytest

from bootstrap.core.account import ANY, DEFAULT, EXAMPLE, NOT_ASKED
from bootstrap.core.difference import Difference
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Handoff, Integration
from bootstrap.core.permission import Condition, Permission
from bootstrap.core.plan import Action, Change
from bootstrap.core.policy import MANAGED_LIMIT, Statement, characters
from bootstrap.permissions.operator import (
    Need,
    Verb,
    check_needs,
    needs_of_change,
    needs_of_integration,
    needs_of_nodes,
    of_verb,
)
from bootstrap.permissions.operator_policy import named, policies, statements
from tests.support.fakes import Thing
from tests.support.inputs import WAYS

THING = "arn:{partition}:things:{region}:{account}:thing/{name}"
TAGGED = Condition("StringEquals", "aws:RequestTag/bootstrap:deployment", ("{deployment}",))


class Guarded(Thing):
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission("find", "things:Search", "*"),
        Permission("bring", "things:Head", THING),
        Permission("read", "things:Get", THING),
        Permission("create", "things:Make", THING, (TAGGED,), why="it has tags"),
        Permission("create", "things:SetSize", THING, only_for=("size",)),
        Permission("update", "things:SetSize", THING, only_for=("size",)),
        Permission("update", "things:Tag", "arn:{partition}:things:{region}:{account}:id/*", only_for=("tags",)),
        Permission("delete", "things:ListAll", "*"),
        Permission("delete", "things:Empty", THING, only_for=("delete-data",)),
    )


@dataclass(frozen=True, kw_only=True)
class Two(Integration):
    name: ClassVar[str] = "two"
    title: ClassVar[str] = "two things"
    pages: ClassVar[tuple[str, ...]] = ()

    @property
    def lookup_permissions(self) -> Mapping[str, tuple[Permission, ...]]:
        return {DEFAULT: (Permission("look", "things:Count", "*"),)}

    def build(self, graph: Graph) -> Handoff:
        first = graph.add("first", Guarded(name="one"))
        graph.add("second", Guarded(name=f"{first['name']}-more"))
        graph.use_existing(Guarded(name="theirs"))
        return Handoff({})

    @property
    def statements(self) -> Sequence[Statement]:
        return ()

    @classmethod
    def example(cls) -> Self:
        return cls()


def needs(verb: Verb = "all", account: object = EXAMPLE) -> list[Need]:
    return of_verb(needs_of_integration(Two.example(), {DEFAULT: account}, "prod"), verb)  # type: ignore[dict-item]


def actions(found: Iterable[Need]) -> set[str]:
    return {need.action.removeprefix("things:") for need in found}


def test_actions_on_the_same_resources_share_a_statement_and_names_are_real() -> None:
    arns = [f"arn:aws:things:us-east-1:123456789012:thing/{name}" for name in ("one", "one-more")]
    tagged = {"StringEquals": {"aws:RequestTag/bootstrap:deployment": ["prod"]}}
    assert statements(needs("create")) == [
        {"Effect": "Allow", "Action": ["tag:ListRequiredTags", "things:Count"], "Resource": ["*"]},
        {"Effect": "Allow", "Action": ["things:Tag"], "Resource": ["arn:aws:things:us-east-1:123456789012:id/*"]},
        {"Effect": "Allow", "Action": ["things:Get", "things:SetSize"], "Resource": arns},
        {"Effect": "Allow", "Action": ["things:Make"], "Resource": arns, "Condition": tagged},
        {"Effect": "Allow", "Action": ["things:Head"], "Resource": ["arn:aws:things:us-east-1:123456789012:thing/theirs"]},
    ]


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("create", {"Count", "Head", "Get", "Make", "SetSize", "Tag", "tag:ListRequiredTags"}),
        ("status", {"Get"}),
        ("destroy", {"Get", "ListAll", "Empty", "Search", "tag:GetResources"}),
        (
            "all",
            {"Count", "Head", "Get", "Make", "SetSize", "Tag", "ListAll", "Empty", "Search"}
            | {"tag:GetResources", "tag:ListRequiredTags"},
        ),
    ],
)
def test_each_verb_needs_what_it_does(verb: Verb, expected: set[str]) -> None:
    assert actions(needs(verb)) == expected


def test_every_need_and_every_star_has_a_reason() -> None:
    for account in (EXAMPLE, ANY):
        for need in needs(account=account):
            assert need.reason
            assert need.wide or "*" not in need.arn, need
    assert "creates thing one: it has tags" in {need.reason for need in needs()}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("region", ["*", "eu-west-1"])
def test_where_the_account_is_not_known_a_star_is_explained_by_that_and_every_other_one_as_before(
    way: str, region: str
) -> None:
    """`permissions --explain` without a region, or without credentials: nothing in it is "assigned by AWS" only because the
    account is not known."""
    chosen = WAYS[way]
    somewhere = replace(ANY, region=region, partition="*" if region == "*" else "aws")
    known, unknown = (
        needs_of_integration(chosen, {alias: replace(account, alias=alias) for alias in chosen.sign_ins}, "acme")
        for account in (EXAMPLE, somewhere)
    )
    place = "the account or region is not known" if region == "*" else "the account is not known"
    for before, now in zip(known, unknown, strict=True):
        assert now.wide == (before.wide or (place if "*" in now.arn else "")), (before, now)
    assert any(each.wide == place for each in unknown)


def test_what_is_unknown_is_a_star_and_each_entry_of_a_list_is_an_arn() -> None:
    class Listed(Thing):
        permissions: ClassVar[tuple[Permission, ...]] = (Permission("read", "things:Get", "arn:x/{name}/{needs}"),)

    def arns(name: str, *others: str) -> list[str]:
        node = Node("a", Listed(name=name, needs=list(others)), DEFAULT, ())
        return [need.arn for need in needs_of_nodes([node], {DEFAULT: EXAMPLE}, "prod")]

    assert arns("one", "x", "y") == ["arn:x/one/x", "arn:x/one/y"]
    assert arns("one", "@{other.name}") == ["arn:x/one/*"]
    assert arns(f"vpc-{NOT_ASKED}", "x") == ["arn:x/*/x"]
    assert arns("one") == []


def test_a_change_needs_only_what_it_calls() -> None:
    def of(
        action: Action, *differences: str, allowed: tuple[str, ...] = (), blocks: Action | None = None, **fields: str
    ) -> set[str]:
        change = Change(
            address="first",
            action=action,
            resource=Guarded(name="one", **fields),  # type: ignore[arg-type]
            reason="",
            differences=tuple(Difference(field, None, 1, 2) for field in differences),
            blocks=blocks,
        )
        return actions(needs_of_change(change, {DEFAULT: EXAMPLE}, "prod", allowed))

    assert of(Action.CREATE, size="large") == {"Make", "SetSize"}
    assert of(Action.CREATE, size="") == {"Make"}
    assert of(Action.UPDATE, "size") == {"SetSize"}
    assert of(Action.UPDATE, "tags") == {"Tag"}
    assert of(Action.DELETE) == {"ListAll"}
    assert of(Action.DELETE, allowed=("delete-data",)) == {"ListAll", "Empty"}
    assert of(Action.NOOP) == of(Action.FORGET) == of(Action.BLOCKED) == set()
    assert of(Action.BLOCKED, blocks=Action.DELETE) == {"ListAll"}  # what is missing is told beside what blocks it


def test_a_permission_that_a_field_replaces_is_not_needed_with_it() -> None:
    class Found(Thing):
        permissions: ClassVar[tuple[Permission, ...]] = (Permission("create", "things:Find", "*", unless=("shape",)),)

    def of(shape: str) -> tuple[list[Need], list[Need]]:
        found = Found(name="one", shape=shape)
        change = Change(address="first", action=Action.CREATE, resource=found, reason="")
        node = Node("first", found, DEFAULT, ())
        return needs_of_nodes([node], {DEFAULT: EXAMPLE}, "prod"), needs_of_change(change, {DEFAULT: EXAMPLE}, "prod")

    assert [len(found) for found in of("")] == [1, 1]
    assert of("round") == of("@{other.shape}") == ([], [])


def test_the_preflight_asks_about_the_caller() -> None:
    def of(caller: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for need in check_needs({DEFAULT: EXAMPLE}, {DEFAULT: caller}):
            found.setdefault(need.action.removeprefix("iam:"), []).append(
                need.arn.removeprefix("arn:aws:iam::123456789012:")
            )
            assert need.wide or "*" not in need.arn
        return found

    def asking(*arns: str) -> dict[str, list[str]]:
        return {name: list(arns) for name in ("SimulatePrincipalPolicy", "GetContextKeysForPrincipalPolicy")}

    own = "arn:aws:iam::123456789012"
    assert of(f"{own}:user/teams/ann") == asking("user/teams/ann")
    assert of(f"{own}:role/ci") == {**asking("role/ci"), "GetRole": ["role/ci"]}
    session = of("arn:aws:sts::123456789012:assumed-role/ci/ann")
    assert session == {**asking("role/ci", "role/*/ci"), "GetRole": ["role/ci", "role/*/ci"]}
    for other in ("", f"{own}:root", "arn:aws:sts::123456789012:federated-user/ann"):
        assert of(other) == {**asking("role/*", "user/*"), "GetRole": ["role/*"]}


def test_what_is_allowed_without_conditions_is_not_repeated_with_them() -> None:
    need = needs("create")[0]
    both = [need, replace(need, conditions=(TAGGED,))]
    assert statements(both) == statements([need])


def test_a_policy_that_would_be_too_long_is_split() -> None:
    need = needs()[0]
    long = [
        replace(need, action=f"things:Action{number:040}", arn=f"arn:aws:things:::{'x' * 100}{kind}")
        for number in range(200)
        for kind in range(number % 3 + 1)
    ]
    [whole] = policies(long, limit=10**6)[DEFAULT]
    parts = policies(long)[DEFAULT]
    assert len(parts) > 1
    assert all(characters(part) <= MANAGED_LIMIT for part in parts)

    def pairs(documents: Iterable[Mapping[str, list[dict[str, list[str]]]]]) -> set[tuple[str, str]]:
        return {
            (action, arn)
            for document in documents
            for item in document["Statement"]
            for action in item["Action"]
            for arn in item["Resource"]
        }

    assert pairs(parts) == pairs([whole])
    assert list(named({DEFAULT: parts}, "prod"))[:2] == ["prod-1", "prod-2"]
    assert list(named({"a": [whole], "b": parts}, "prod"))[:2] == ["a", "b-1"]
    assert list(named({DEFAULT: [whole]}, "prod")) == ["prod"]
