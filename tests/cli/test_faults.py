"""All that integrations make, with AWS and the network failing: the run gets through, or what it says to type next does."""

import re
from collections.abc import Callable
from itertools import zip_longest

from tests.cli.conftest import Bootstrap
from tests.support.advised import DESTROY, agreed, create, says, until_done
from tests.support.faults import Denies, EachOnce, Expires
from tests.support.inputs import each_part
from tests.support.wire import Call
from tests.support.worlds import World

SAID = {"s3.HeadBucket": "s3:ListBucket"}
"""What is said for a call that has not the name of its permission."""
VERBS = ("create", "destroy")
LIVES = 2
"""In which a permission is missing, for each way."""


@each_part
def test_what_passes_by_itself_needs_at_most_the_same_command_again(way: str, world: World, in_process: Bootstrap) -> None:
    """Throttled, then an error of AWS's own, then no connection, an answer lost, none in time: each operation meets all."""
    world.cloud.between = EachOnce()
    until_done(in_process, create(way), runs=6)
    world.is_whole()
    until_done(in_process, DESTROY, runs=6)
    world.is_as_before()


@each_part
def test_credentials_that_end_in_the_middle_cost_nothing_but_new_ones(way: str, world: World, in_process: Bootstrap) -> None:
    for line, calls in ((create(way), world.calls["create"]), (DESTROY, world.calls["destroy"])):
        world.cloud.between = Expires(after=sum(call.changes for call in calls) // 2)
        ran = in_process(line)
        assert "expired" in ran.err
        assert "Get new credentials, then run the same command again" in ran.err
        world.calm()
        until_done(in_process, says(ran, line), runs=1)
        world.is_whole() if line != DESTROY else world.is_as_before()


@each_part
def test_a_permission_to_change_something_can_be_missing_and_be_given_later(
    way: str, world: World, in_process: Bootstrap
) -> None:
    """Some of them; `make torture` tries all."""
    lives = in_pairs(world, lambda call: call.changes)
    for create_call, destroy_call in lives[:: -(-len(lives) // LIVES)]:
        denied(way, world, in_process, create_call, destroy_call)


@each_part
def test_what_a_denial_left_half_made_is_taken_back_by_what_it_says(way: str, world: World, in_process: Bootstrap) -> None:
    changes = [call.name for call in world.calls["create"] if call.changes]
    world.cloud.between = Denies(changes[-1])
    ran = in_process(create(way))
    world.calm()
    [back] = re.findall(r"To delete what was created, run: bootstrap (.*)", ran.err)
    until_done(in_process, agreed(back), runs=1)
    world.is_as_before()


def in_pairs(world: World, meant: Callable[[Call], bool]) -> list[tuple[str, str]]:
    """The calls of create, each with one of destroy; "" where there is none left."""
    makes, takes = (dict.fromkeys(call.name for call in world.calls[verb] if meant(call)) for verb in VERBS)
    return list(zip_longest(makes, takes, fillvalue=""))


def denied(way: str, world: World, bootstrap: Bootstrap, create_call: str, destroy_call: str) -> None:
    """A life in which one call of create and one of destroy is denied, until what that says is typed."""
    world.life_begins()
    for line, name in ((create(way), create_call), (DESTROY, destroy_call)):
        world.cloud.between = denies = Denies(name)
        ran = bootstrap(line)
        world.calm()
        assert denies.met == bool(name)
        if ran.code:
            assert SAID.get(name, name.partition(".")[2]) in ran.err
            until_done(bootstrap, says(ran, line), runs=1)
        else:
            assert not denies.changing, f"{name} was denied, and {line} ended as if it was not"
        world.is_whole() if line != DESTROY else world.is_as_before()
