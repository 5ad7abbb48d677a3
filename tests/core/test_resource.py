"""What every resource kind has in common: its properties as JSON, back from a record, owner tags, accounts."""

import pytest

from bootstrap.core.account import EXAMPLE, Account
from bootstrap.core.owner import OWNER_TAGS, Owner, tagless
from bootstrap.core.resource import Resource, plain
from bootstrap.errors import StateError
from tests.support.fakes import Thing

OWNER = Owner("prod", "role", "0123")
TAGS = {"bootstrap:deployment": "prod", "bootstrap:address": "role", "bootstrap:lineage": "0123"}


def test_a_resource_comes_back_from_its_properties() -> None:
    thing = Thing(name="a", size=3, labels={"stage": "live"})
    assert Thing.from_properties(thing.properties()) == thing


def test_properties_with_defaults_may_be_missing_in_an_older_record() -> None:
    assert Thing.from_properties({"name": "a"}) == Thing(name="a")


def test_properties_of_another_kind_are_refused_and_named() -> None:
    odd: dict[str, dict[str, object]] = {
        "name": {"size": 1},
        "color": {"name": "a", "color": "red"},
        "color, name": {"color": "red"},
    }
    for named, properties in odd.items():
        with pytest.raises(StateError, match=f"a record of kind thing has missing or unknown properties: {named}$"):
            Thing.from_properties(properties)


def test_references_in_properties_are_filled_in() -> None:
    thing = Thing(name="a", needs=["@{b.id}", "@{c.id}"])
    resolved = thing.resolved(lambda address, name: "id-b" if address == "b" else None)
    assert resolved == Thing(name="a", needs=["id-b", "@{c.id}"])
    assert thing.needs == ["@{b.id}", "@{c.id}"]


def test_plain_values_are_what_json_gives_back() -> None:
    assert plain({"a": ("x", {"b": ("y",)}), "c": [(1,)]}) == {"a": ["x", {"b": ["y"]}], "c": [[1]]}


def test_owner_tags_say_who_made_a_thing() -> None:
    assert OWNER.tags() == TAGS
    assert Owner.from_tags({**TAGS, "team": "red"}) == OWNER


@pytest.mark.parametrize("key", OWNER_TAGS)
def test_an_owner_tag_that_is_missing_or_empty_is_told_and_contradicts_nobody(key: str) -> None:
    for tags in ({name: value for name, value in TAGS.items() if name != key}, {**TAGS, key: ""}):
        found = Owner.from_tags(tags)
        assert found is not None
        assert found != OWNER
        assert found.missing == (key,)
        assert not found.contradicts(OWNER)
        assert not found.shares_deployment(OWNER)


@pytest.mark.parametrize("key", OWNER_TAGS)
def test_one_owner_tag_of_somebody_else_is_enough_whatever_is_missing(key: str) -> None:
    found = Owner.from_tags({key: "other"})
    assert found is not None
    assert found.contradicts(OWNER)
    assert Owner.from_tags({}) is None


def test_tags_of_the_owner_and_of_aws_are_not_the_users() -> None:
    assert tagless({**TAGS, "aws:cloudformation:stack-name": "s", "team": "red"}) == {"team": "red"}


def test_the_names_that_aws_gives_follow_the_partition() -> None:
    china = Account(id="111122223333", partition="aws-cn", region="cn-north-1")
    assert EXAMPLE.service_principal("ec2") == "ec2.amazonaws.com"
    assert china.service_principal("ec2") == "ec2.amazonaws.com.cn"
    assert china.service_principal("lambda") == "lambda.amazonaws.com"
    assert EXAMPLE.managed_policy("ReadOnlyAccess") == "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert china.managed_policy("ReadOnlyAccess") == "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"


def test_a_kind_that_says_no_more_has_no_problems_no_parts_and_knows_nothing() -> None:
    thing = Thing(name="a", size=500, needs=["id-b"])
    assert (Resource.validate(thing, EXAMPLE), Resource.predicted_outputs(thing, EXAMPLE), Resource.attachments(thing)) == (
        (),
        {},
        (),
    )
    assert Resource.canonical(thing, "shape", "ROUND") == "ROUND"
