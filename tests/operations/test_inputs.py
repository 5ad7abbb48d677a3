"""What a run takes as its inputs, and what it asks for."""

from collections.abc import Mapping
from typing import Any

import pytest

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.input import Choice, Input
from bootstrap.core.integration import inputs_of
from bootstrap.core.state import State
from bootstrap.errors import UsageError
from bootstrap.integrations import integration, integrations
from bootstrap.integrations.biomodal.duet import BiomodalDuet
from bootstrap.operations.inputs import Values, gather
from bootstrap.operations.rotate import external_id_of, rotated

UpsolverVpc = integration("upsolver-vpc")
LAST = from_inputs(UpsolverVpc, {"external_id": "ext-1", "org_id": "acme"})


def last_run(**more: Any) -> State:
    inputs = {**LAST.to_json(), **more}
    return State(
        deployment="a", integration="upsolver-vpc", lineage="l", accounts={}, inputs=inputs, given=("external_id", "org_id")
    )


@pytest.mark.parametrize(
    ("given", "of_file", "external_id"),
    [
        ({}, None, "ext-1"),
        ({"external_id": "ext-2"}, None, "ext-2"),
        ({}, {"external_id": "ext-3"}, "ext-3"),
        ({"external_id": "ext-2"}, {"external_id": "ext-3"}, "ext-2"),
        ({"external_id": ""}, None, None),
        ({}, {}, "ext-1"),  # what the vendor showed stays: without it, the role would be locked again
    ],
)
def test_an_option_wins_over_a_file_and_a_file_over_the_last_run(
    given: Values, of_file: Values | None, external_id: str | None
) -> None:
    assert gather(UpsolverVpc, given, of_file, last_run()).values.get("external_id") == external_id


def test_what_a_vendor_showed_later_stays_beside_the_file_of_the_first_phase() -> None:
    shown = {"bucket": "acme-own", "external_id": "e1", "snowflake_user": "arn:aws:iam::111122223333:user/abc1-b-self1234"}
    stored = State(deployment="a", integration="snowflake-s3", lineage="l", accounts={}, inputs=shown, given=tuple(shown))
    gathered = gather(integration("snowflake-s3"), {}, {"bucket": "acme-own"}, stored)
    assert gathered.recipe.pending == ()
    assert gathered.kept == ("external_id", "snowflake_user")


def test_what_may_come_later_is_not_said_to_be_needed() -> None:
    with pytest.raises(UsageError) as caught:
        gather(integration("snowflake-s3"), {"access": "all"}, None, None)
    assert caught.value.advice == "snowflake-s3 also needs: --bucket"


def test_a_wrong_input_of_the_last_run_is_said_to_be_kept_from_it() -> None:
    with pytest.raises(UsageError, match="kept from the last run"):
        gather(UpsolverVpc, {}, None, last_run(external_id="*"))


class Answering:
    """A person who answers at once, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def value(self, item: Input, so_far: Values | None) -> str:
        self.asked.append(item.name)
        return "acme-duet"

    def way(self, choice: Choice, known: Mapping[str, Input]) -> tuple[str, ...]:
        self.asked.append(choice.question)
        return next(way for way in choice.ways.values() if way)


def test_only_what_is_missing_is_asked_for_and_each_question_once() -> None:
    person = Answering()
    gathered = gather(BiomodalDuet, {}, None, None)
    assert not gathered.is_complete
    complete = gathered.asked(person)
    assert complete.is_complete
    assert complete.recipe.to_json()["bucket"] == "acme-duet"
    asked = list(person.asked)
    assert complete.asked(person).values == complete.values
    assert person.asked == asked


def test_before_the_sign_in_only_what_decides_about_the_accounts_is_asked_for() -> None:
    person = Answering()
    gather(BiomodalDuet, {}, None, None).asked(person, before_sign_in=True)
    assert person.asked == [each.question for each in BiomodalDuet.alternatives if each.accounts]


def test_everything_that_is_wrong_is_said_at_once_with_what_is_missing() -> None:
    with pytest.raises(UsageError) as raised:
        gather(UpsolverVpc, {"external_id": "a b", "role_prefix": "*", "hardn": True}, None, None)
    assert raised.value.message == "3 inputs are wrong"
    said = raised.value.advice.split("\n")
    assert "upsolver-vpc has no input hardn" in said
    assert any(line.startswith("Did you mean harden? It has: ") for line in said)
    assert any(line.startswith("--external-id: 'a b' has a blank in it") for line in said)
    assert any(line.startswith("--role-prefix: ") for line in said)
    assert said[-1] == "upsolver-vpc also needs: --org-id"


def test_one_thing_that_is_wrong_is_the_error_itself() -> None:
    with pytest.raises(UsageError, match=r"^--external-id: an external id has 2 to"):
        gather(UpsolverVpc, {"external_id": "a", "org_id": "acme"}, None, None)


@pytest.mark.parametrize("name", integrations())
def test_an_example_of_an_external_id_is_refused_with_where_the_real_one_is(name: str) -> None:
    kind = integration(name)
    item = next((each for each in inputs_of(kind) if each.name == "external_id"), None)
    if item is None:
        return
    with pytest.raises(UsageError, match="--external-id: 'EXTERNAL_ID' only stands for an external id") as refused:
        gather(kind, {"external_id": "EXTERNAL_ID"}, None, None)
    where = "Omit it, and one is generated." if item.generated else f"{item.question} Give that one."
    assert refused.value.advice.startswith(f"{where}\nThe vendor's page: {kind.pages[0]}")
    with pytest.raises(UsageError, match="only stands for"):
        gather(kind, {}, {"external_id": "EXTERNAL_ID"}, None)


def test_one_in_a_trust_policy_of_the_vendor_is_refused_too() -> None:
    trust = (
        '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::1234567890'
        '12:role/r"}, "Condition": {"StringEquals": {"sts:ExternalId": "YOUR_EXTERNAL_ID"}}}]}'
    )
    with pytest.raises(UsageError, match="--trusted-entity: 'YOUR_EXTERNAL_ID' only stands for an external id"):
        gather(integration("upsolver-data-access"), {"trusted_entity": trust, "bucket": ["b-1"]}, None, None)


def test_one_that_is_recorded_stays_until_a_rotation_replaces_it() -> None:
    inputs = from_inputs(UpsolverVpc, {"external_id": "EXTERNAL-ID", "org_id": "acme"}).to_json()
    given = ("external_id", "org_id")
    state = State(deployment="a", integration="upsolver-vpc", lineage="l", accounts={}, inputs=inputs, given=given)
    assert gather(UpsolverVpc, {}, None, state).values["external_id"] == "EXTERNAL-ID"
    item = external_id_of(state, UpsolverVpc)
    assert rotated(state, UpsolverVpc, item, "7c1f").values["previous_external_id"] == "EXTERNAL-ID"
    with pytest.raises(UsageError, match="'CHANGEME' only stands for"):
        rotated(state, UpsolverVpc, item, "CHANGEME")


def test_a_file_of_the_last_run_is_not_quoted_but_named() -> None:
    kind = integration("upsolver-data-access")
    trust = (
        '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::1234567890'
        '12:role/r"}, "Condition": {"StringEquals": {"sts:ExternalId": "e-1"}}}]}'
    )
    inputs = from_inputs(kind, {"trusted_entity": trust, "bucket": ["b-1"]}).to_json()
    state = State(deployment="a", integration=kind.name, lineage="l", accounts={}, inputs=inputs, given=("trusted_entity",))
    shown = gather(kind, {}, None, state).kept_words
    assert shown == f"--bucket b-1 --trusted-entity (the content that was read then, {len(trust)} characters)"
