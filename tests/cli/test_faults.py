"""Every integration, with AWS and the network failing: the run gets through, or what it says to type next does."""

import pytest

from tests.cli.advised import DESTROY, create, says, until_done
from tests.cli.conftest import Bootstrap
from tests.faults import Denies, EachOnce, Expires
from tests.integrations.inputs import WAYS
from tests.integrations.worlds import World

SAID = {"s3.HeadBucket": "s3:ListBucket"}
"""What is said for a call that has not the name of its permission."""
each_way = pytest.mark.parametrize("way", WAYS)


@each_way
def test_what_passes_by_itself_needs_at_most_the_same_command_again(way: str, world: World, in_process: Bootstrap) -> None:
    """Throttled, then an error of AWS's own, then no connection, an answer lost, none in time: each operation meets all."""
    world.cloud.between = EachOnce()
    until_done(in_process, create(way), runs=6)
    world.is_whole()
    until_done(in_process, DESTROY, runs=6)
    world.is_as_before()


@each_way
def test_credentials_that_end_in_the_middle_cost_nothing_but_new_ones(way: str, world: World, in_process: Bootstrap) -> None:
    for line, calls in ((create(way), world.calls["create"]), (DESTROY, world.calls["destroy"])):
        world.cloud.between = Expires(after=sum(call.changes for call in calls) // 2)
        ran = in_process(line)
        assert "expired" in ran.err
        assert "Get new credentials, then run the same command again" in ran.err
        world.calm()
        until_done(in_process, says(ran, line), runs=1)
        world.is_whole() if line != DESTROY else world.is_as_before()


@each_way
def test_each_permission_to_change_something_can_be_missing_and_be_given_later(
    way: str, world: World, in_process: Bootstrap
) -> None:
    for line, calls in ((create(way), world.calls["create"]), (DESTROY, world.calls["destroy"])):
        denied(world, in_process, line, [call.name for call in calls if call.changes])
        world.is_whole() if line != DESTROY else world.is_as_before()


def denied(world: World, bootstrap: Bootstrap, line: str, names: list[str]) -> None:
    """Types the line while one of the calls is denied, then while another one is; in the end, while none is."""
    for name in dict.fromkeys(names):
        world.cloud.between = denies = Denies(name)
        ran = bootstrap(line)
        if ran.code == 0:  # done, or it could do without
            break
        assert denies.met
        assert SAID.get(name, name.partition(".")[2]) in ran.err
        line = says(ran, line)
    world.calm()
    if ran.code:
        until_done(bootstrap, line, runs=1)
