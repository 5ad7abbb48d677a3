"""The steps of the hand-offs: what is numbered is to be done now, in that order; the rest stands apart."""

import re
from dataclasses import replace

import pytest

from bootstrap.core.graph import Graph
from bootstrap.core.handoff import Handoff, own
from bootstrap.core.integration import examples
from bootstrap.integrations import integration, names
from bootstrap.views.text import handoff_lines

LATER = re.compile(r"(If|When|Once|Do not|Later)\b")
"""How a sentence begins that is no step for now."""


def handed(name: str, region: str = "") -> Handoff:
    chosen = integration(name).example()
    found = [*examples(chosen)]
    return chosen.build(Graph(found if not region else [type(each)(**{**vars(each), "region": region}) for each in found]))


@pytest.mark.parametrize("name", names())
def test_the_numbered_steps_are_what_is_to_be_done_now(name: str) -> None:
    for handoff in (handed(name), handed(name, "eu-west-1")):  # where an account may switch STS off
        assert handoff.steps
        for step in handoff.steps:
            assert not LATER.match(step), step
            assert not any(own(verb) in step for verb in ("destroy", "replace", "retire")), step


def test_what_a_step_of_biomodal_needs_stands_before_it_and_replacing_the_vm_apart() -> None:
    handoff = handed("biomodal-duet")
    needs = next(number for number, step in enumerate(handoff.steps) if "session-manager-plugin" in step)
    uses = next(number for number, step in enumerate(handoff.steps) if '"Send nextflow.config", then "Log in"' in step)
    assert needs < uses
    assert [verb for verb in ("replace", "destroy") if any(own(verb) in text for text in handoff.later)] == [
        "replace",
        "destroy",
    ]


def test_the_screen_numbers_the_steps_alone() -> None:
    shown = [line.plain for line in handoff_lines(Handoff({}, steps=("Paste it.", "Save it."), later=("Wait a day.",)))]
    assert shown == ["", "1. Paste it.", "2. Save it.", "", "Later, or if needed:", "- Wait a day."]
    assert not any("Later" in line.plain for line in handoff_lines(Handoff({}, steps=("Paste it.",))))


def test_what_comes_later_is_recorded_and_filled_in() -> None:
    recorded = Handoff({}, later=(f"Then: {own('destroy')}",), verbs={"destroy": ["destroy"]}).to_json()
    found = Handoff.from_json(recorded, lambda address, name: None, ["--name", "a"])
    assert found.later == ("Then: bootstrap destroy --name a",)


def test_a_second_deployment_has_names_of_its_own_also_at_the_vendor() -> None:
    for name in names():
        first = integration(name).example()
        second = replace(first, role_prefix="two-")
        made = [set[str](), set[str]()]
        for chosen, found in zip((first, second), made, strict=True):
            for text in chosen.build(Graph([*examples(chosen)])).files.values():
                found |= set(re.findall(r"CREATE (?:STORAGE INTEGRATION|\w* ?CONNECTION) (\w+)", str(text)))
        assert not made[0] & made[1], name
