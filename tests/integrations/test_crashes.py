"""Every integration, whatever the call at which a run ends: the same command mends it, and destroy takes all of it away."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count, zip_longest
from typing import cast

import pytest

from bootstrap.contract.crashes import End, Ending, Memory
from bootstrap.discovery import recovery
from bootstrap.engine import prepare
from bootstrap.errors import PlanRefused, StateError
from bootstrap.integrations.biomodal.duet import BiomodalDuet
from tests.conftest import STRICT
from tests.support.crashes import LostOnce
from tests.support.faults import no_fault
from tests.support.inputs import NEW_IN_KIND, WAYS, each_part, each_part_of
from tests.support.strict import Strict
from tests.support.strict_rows import UNLISTED
from tests.support.worlds import World

each_way = pytest.mark.parametrize("way", WAYS)
OF_ITS_OWN = [way for way in WAYS if way not in NEW_IN_KIND]
"""Those without what the account shares: it stays while a role of others, even one named like ours, trusts it."""
MAKES = ("Create", "Run", "Allocate", "Import")
"""How the operations begin that make a thing."""


@each_part
def test_killed_at_any_call_of_create_and_of_destroy_it_is_repaired_by_the_same_command(world: World) -> None:
    """At each operation it dies when the call had its effect; and the next run, before the next call goes out."""
    for create, destroy in zip_longest(*([0, *world.each_operation(verb)] for verb in ("create", "destroy"))):
        world.lives(create, destroy)


@pytest.mark.torture
@each_way
def test_killed_at_each_call_of_create_and_of_destroy_it_is_repaired_by_the_same_command(world: World) -> None:
    for create, destroy in zip_longest(world.ends("create"), world.ends("destroy")):
        world.lives(create, destroy)


@each_part
def test_cut_off_after_any_call_of_create_it_can_be_destroyed_at_once(world: World) -> None:
    """After every second call that makes a thing of a kind. (The other half is below.)"""
    cut_off(world, world.each_operation("create", *MAKES)[::2])


@pytest.mark.torture
@each_way
def test_cut_off_after_each_call_of_create_it_can_be_destroyed_at_once(world: World) -> None:
    cut_off(world, world.ends("create"))


def cut_off(world: World, ends: list[int]) -> None:
    for at in ends:
        world.life_begins()
        ending = Ending(at, End.CUT)
        world.run("create", ending)
        assert ending.came
        world.goes()


def begun_whole(world: World) -> Callable[[], None]:
    """Gives what begins a life with all that one create made."""
    world.life_begins()
    world.deployment.create()
    return world.way_back()


@pytest.mark.parametrize("way", ["upsolver-vpc"])
def test_killed_at_any_call_of_a_destroy_that_takes_data_along_the_same_command_finishes_it(world: World) -> None:
    begin = begun_whole(world)
    for at in count(1):
        begin()
        s3 = world.deployment.scope.client("s3")
        for key in ("data/1", "data/2"):
            s3.put_object(Bucket=world.deployment.outputs("bucket")["name"], Key=key, Body=b"x")
        ending = Ending(at, End.AFTER)
        world.run("destroy", ending, "delete-data")
        world.goes("delete-data")
        if not ending.came:
            break
    assert at > 4


@pytest.mark.parametrize("way", ["biomodal-duet"])
def test_killed_at_any_call_of_an_update_of_machines_the_same_command_finishes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(cast(BiomodalDuet, world.deployment.wanted), instance_type=("m5.large",))
    begin = begun_whole(world)
    for at in count(1):
        begin()
        ending = Ending(at, End.AFTER)
        with monkeypatch.context() as patch:
            patch.setattr(world.deployment, "wanted", other)
            world.run("create", ending)
            world.deployment.create()
            assert world.deployment.create() == []
        world.goes()
        if not ending.came:
            break
    assert at > 2


@pytest.mark.parametrize("way", ["biomodal-duet"])
@pytest.mark.parametrize("again", ["with the flag", "without it"])
def test_killed_at_any_call_of_a_replacement_no_second_machine_is_made_and_none_is_lost(again: str, world: World) -> None:
    flags = frozenset({"replace vm"})
    begin = begun_whole(world)
    for at in count(1):
        begin()
        ending = Ending(at, End.AFTER)
        world.run("create", ending, *flags)
        world.run("create", no_fault, *(flags if again == "with the flag" else ()))
        world.is_whole()
        assert world.deployment.create() == []
        world.goes()
        if not ending.came:
            break
    assert at > 4


@each_part
def test_killed_when_it_had_made_what_aws_does_not_list_yet_the_next_run_makes_no_second(
    way: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine or an address, known by its tags alone, is looked for or asked for in the same words; and a bucket is ours
    although its tags do not show."""
    monkeypatch.setattr(world.deployment.session.aws, "timing", STRICT)
    changing = [call.name for call in world.calls["create"] if call.changes]
    for name in {row.after for row in UNLISTED} & set(changing):
        for mend in (world.deployment.create, world.deployment.destroy):
            world.life_begins()
            world.cloud.between = Strict(UNLISTED)
            world.run("create", Ending(changing.index(name) + 1, End.AFTER, world.cloud.between))
            mend()
            world.calm()
            if mend == world.deployment.create:
                world.is_whole()
            world.goes()


@each_part
def test_a_lost_answer_is_found_again_by_the_same_run(world: World) -> None:
    world.life_begins()
    world.run("create", LostOnce())
    world.is_whole()
    assert world.deployment.create() == []
    world.run("destroy", LostOnce())
    world.goes()


@each_part
def test_what_a_killed_create_made_is_found_again_also_when_its_state_is_lost(world: World) -> None:
    """All kinds are found in the whole; those that no cut was at above are also killed in the middle of it."""
    is_found_again(world, [*world.each_operation("create", *MAKES)[1::2], world.ends("create")[-1]])


@pytest.mark.torture
@each_way
def test_what_a_create_killed_at_each_call_made_is_found_again_also_when_its_state_is_lost(world: World) -> None:
    is_found_again(world, world.ends("create"))


def is_found_again(world: World, ends: list[int]) -> None:
    wanted = world.deployment.wanted
    for at in ends:
        world.life_begins()
        world.run("create", Ending(at, End.AFTER if at % 2 else End.BEFORE))
        world.deployment.backend = Memory()
        with world.cloud.recorded() as calls:
            try:
                found = recovery.rebuild(world.deployment.session, "test", wanted)
                world.deployment.backend.save(found.state)
            except StateError as error:
                assert "nothing that carries the owner tags" in error.message
        assert [call.name for call in calls if call.changes] == []
        if at % 2:
            world.deployment.create()
            assert world.deployment.create() == []
        world.goes()


@each_part
def test_what_others_have_under_our_names_is_named_and_stays_as_it_is(world: World) -> None:
    world.life_begins()
    with world.named_alike() as told:
        with pytest.raises(PlanRefused) as raised:
            world.deployment.create()
        assert [item for item in told if item not in "\n".join(raised.value.problems)] == []
        assert world.records == 0


@each_part
def test_what_others_make_under_our_names_after_the_plan_is_named_and_stays_as_it_is(world: World) -> None:
    world.life_begins()
    prepared = world.prepared("create")
    with world.named_alike():
        outcome = prepare.apply(prepared, world.deployment.backend, lambda event: None).outcome
        assert [item.error for item in outcome.failed if "this deployment did not create it" not in item.error] == []
        assert outcome.failed
        world.deployment.destroy()
        assert world.records == 0


@each_part_of(OF_ITS_OWN)
def test_what_others_make_under_our_names_while_our_run_is_dead_is_named_and_stays_as_it_is(world: World) -> None:
    stays_as_it_is(world, world.each_operation("create", *MAKES)[::2])


@pytest.mark.torture
@pytest.mark.parametrize("way", OF_ITS_OWN)
def test_what_others_make_under_our_names_while_our_run_is_dead_at_any_creating_call_stays_as_it_is(world: World) -> None:
    stays_as_it_is(world, creating(world))


def creating(world: World) -> list[int]:
    changes = [call for call in world.calls["create"] if call.changes]
    return [number for number, call in enumerate(changes, 1) if call.operation.startswith("Create")]


def stays_as_it_is(world: World, ends: list[int]) -> None:
    met = 0
    for at in ends:
        world.life_begins()
        world.run("create", Ending(at, End.BEFORE))
        taken = world.taken()
        before = [item.now() for item in taken]
        assert None not in before
        if taken:
            with pytest.raises(PlanRefused) as raised:
                world.deployment.create()
            told = [f"{item.resource.kind} {item.resource.label}" for item in taken]
            assert [item for item in told if item not in "\n".join(raised.value.problems)] == []
        if world.records:
            world.deployment.destroy()
        assert [item.now() for item in taken] == before
        for item in reversed(taken):
            item.resource.delete(item.scope, item.outputs)
        world.is_as_before()
        met += len(taken)
    assert met
