"""Every integration in storms of faults, drawn at random (`make torture`); and each permission that can be missing.

The name of a test ends with its seed. To run it again: make torture ARGS="--seed 17 --seeds 1 -k upsolver-vpc".
"""

import pytest

from bootstrap.aws import client
from tests.cli.conftest import Bootstrap
from tests.cli.test_faults import denied, in_pairs
from tests.conftest import STRICT
from tests.support.advised import DESTROY, create, says, types, until_done
from tests.support.faults import Killed, Storm
from tests.support.inputs import WAYS
from tests.support.strict import Strict
from tests.support.strict_rows import ROWS, UNLISTED
from tests.support.worlds import World

pytestmark = pytest.mark.torture
each_way = pytest.mark.parametrize("way", WAYS)
LONGEST = 8
"""Runs until the weather gets better."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        first, number = (metafunc.config.getoption(name) for name in ("--seed", "--seeds"))
        metafunc.parametrize("seed", range(first, first + number))


@each_way
def test_after_a_storm_what_was_advised_makes_it_whole_and_takes_it_away(
    way: str, seed: int, world: World, in_process: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over an AWS that takes a while for what it is asked."""
    monkeypatch.setattr(client, "Timing", lambda **options: STRICT)
    strict = Strict(tuple(dict.fromkeys(ROWS + UNLISTED)))
    for line in (create(way), DESTROY):
        again = stormy(in_process, line, world, Storm(f"{seed} {way} {line}", strict))
        world.cloud.between = strict
        if again:
            until_done(in_process, again, runs=2)
        strict.later()
        world.calm()
        world.is_whole() if line != DESTROY else world.is_as_before()


def stormy(bootstrap: Bootstrap, line: str, world: World, storm: Storm) -> str:
    """Types the line and what is then advised, again and again. Returns what is to be typed next, "" when it got through."""
    for _ in range(LONGEST):
        storm.run_begins()
        world.cloud.between = storm
        try:
            ran = types(bootstrap, line)
        except Killed:
            continue
        if ran.code == 0:
            return ""
        line = says(ran, line)
    return line


@each_way
def test_each_permission_can_be_missing_and_be_given_later(way: str, world: World, in_process: Bootstrap) -> None:
    for create_call, destroy_call in in_pairs(world, lambda call: call.service != "sts"):
        denied(way, world, in_process, create_call, destroy_call)
