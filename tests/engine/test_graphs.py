"""Inputs with many values: as many as AWS has room for are granted, and for more the error says how many fit."""

from typing import Any

import pytest

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.integration import Integration, examples
from bootstrap.engine.graphs import build_graph
from bootstrap.errors import PlanRefused
from bootstrap.integrations import integration
from tests.support.inputs import EVERYTHING
from tests.support.vendor_pages import Grant, grants

MANY: dict[str, str] = {
    "biomodal-duet": "read_bucket",
    "aspera-atc": "bucket",
    "upsolver-data-access": "write_bucket",
    "upsolver-vpc": "read_bucket",
    "upsolver-private-vpc": "bucket",
}


def wanted(name: str, **given: Any) -> Integration:
    return from_inputs(integration(name), {**EVERYTHING[name], **given})


def buckets(number: int, place: str = "acme-references-{0}/genomes-{0}") -> list[str]:
    return [place.format(each) for each in range(number)]


def granted(name: str, **given: Any) -> dict[str, set[Grant]]:
    """What the documents of the graph grant, by address."""
    recipe = wanted(name, **given)
    found = {}
    for address, node in build_graph(recipe, examples(recipe))[0].nodes.items():
        properties = node.resource.properties()
        documents = [*properties.get("inline_policies", {}).values(), *filter(None, [properties.get("document")])]
        found[address] = grants("", *documents)
    return found


@pytest.mark.parametrize("name", MANY)
def test_buckets_for_which_one_statement_each_has_no_room_are_granted_all_the_same(name: str) -> None:
    several = granted(name, **{MANY[name]: buckets(15)})
    one_by_one = [granted(name, **{MANY[name]: [place]}) for place in buckets(15)]
    for address, found in several.items():
        assert found == set[Grant]().union(*(each[address] for each in one_by_one)), address


@pytest.mark.parametrize("name", MANY)
def test_more_than_there_is_room_for_is_refused_with_how_many_fit(name: str) -> None:
    with pytest.raises(PlanRefused) as caught:
        granted(name, **{MANY[name]: buckets(60)})
    flag = "--" + MANY[name].replace("_", "-")
    said, _, advice = caught.value.advice.partition(" fit. ")
    fits = int(said.removeprefix(f"{flag}: the first ").removesuffix(" of 60"))
    assert advice == "Name fewer, or whole buckets instead of prefixes: they need less room."
    granted(name, **{MANY[name]: buckets(fits)})
    with pytest.raises(PlanRefused):
        granted(name, **{MANY[name]: buckets(fits + 1)})


def test_whole_buckets_are_not_advised_to_be_whole_buckets_and_other_inputs_are_not_blamed() -> None:
    with pytest.raises(PlanRefused) as caught:
        granted("biomodal-duet", read_bucket=buckets(200, "acme-{0}"), tag=["a=1", "b=2"])
    assert caught.value.advice.endswith("of 200 fit. Name fewer.")
    assert caught.value.advice.count("fit.") == 1


def test_what_is_wrong_otherwise_has_the_usual_advice() -> None:
    with pytest.raises(PlanRefused) as caught:
        granted("upsolver-vpc", tag=[f"tag-{each}=1" for each in range(60)])
    assert caught.value.advice == "Fix the inputs; nothing was changed."
