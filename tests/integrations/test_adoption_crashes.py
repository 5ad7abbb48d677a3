"""An adopt, whatever the call at which it ends: nothing gets our tags without a record, a destroy after it deletes nothing
that does not have them, and the same command goes on."""

from collections.abc import Callable
from itertools import count

import pytest

from bootstrap.contract.crashes import End, Ending, Memory
from bootstrap.contract.faults import Fault, Killed, no_fault
from bootstrap.core.events import Event, Succeeded
from bootstrap.core.state import State
from bootstrap.discovery.adoption import Asked, prepare_adopt
from bootstrap.engine import prepare
from bootstrap.engine.executor import Stop
from bootstrap.errors import PlanRefused
from bootstrap.resources import restore
from tests.integrations.test_adoption import named
from tests.support.crashes import LostOnce
from tests.support.made_by_hand import forget_who_made_it
from tests.support.worlds import World

each_way = pytest.mark.parametrize("way", ["upsolver-private-vpc", "aspera-atc", "biomodal-duet"])
"""One account, two of them, and machines."""


class ByHand:
    """What somebody made by hand, and an adopt of it that may end early."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.life_begins()
        world.deployment.create()
        self.made: State = forget_who_made_it(world.deployment)
        world.deployment.backend = Memory()
        self.again: Callable[[], None] = world.way_back()

    def adopt(self, between: Fault = no_fault, stop: Stop | None = None) -> None:
        deployment, cloud = self.world.deployment, self.world.cloud
        asked = Asked(deployment.wanted, named(self.made), from_stack=False, lineage="0123456789abcdef")
        prepared = prepare_adopt(deployment.session, deployment.backend, "test", asked)
        cloud.between = between

        def emit(event: Event) -> None:
            if stop and isinstance(event, Succeeded):
                stop.ask()

        try:
            prepare.apply(prepared, deployment.backend, emit, stop)
        except Killed:
            pass
        finally:
            cloud.between = no_fault

    @property
    def recorded(self) -> set[str]:
        state = self.world.deployment.backend.load()
        return set(state.records) if state else set()

    def there(self) -> dict[str, bool]:
        """What is there, by address, and whether it has owner tags."""
        found = {}
        for address, record in self.made.records.items():
            live = restore(record).read(self.world.deployment.scope_of(record.account), record.outputs)
            if live is not None:
                found[address] = live.owner is not None
        return found

    def harms_nobody(self) -> None:
        there, before = self.there(), self.world.everything()
        assert [address for address, tagged in there.items() if tagged and address not in self.recorded] == []
        strangers = {address for address, tagged in there.items() if not tagged}
        if not self.recorded:
            return
        try:
            self.world.deployment.destroy()
        except PlanRefused:
            assert self.world.everything() == before
        assert strangers - set(self.there()) == set()

    def is_adopted_by_the_same_command(self) -> None:
        self.adopt()
        assert set(self.made.records) == self.recorded
        assert self.world.deployment.create() == []
        self.world.goes()


@each_way
def test_killed_at_any_call_it_harms_nobody_and_the_same_command_goes_on(world: World) -> None:
    by_hand = ByHand(world)
    for at in count(1):
        ending = Ending(at, End.AFTER if at % 2 else End.BEFORE)
        by_hand.adopt(ending)
        after = world.way_back()
        by_hand.harms_nobody()
        after()
        if not ending.came or at % 5 == 1:
            by_hand.is_adopted_by_the_same_command()
        by_hand.again()
        if not ending.came:
            break
    assert at > 2
    by_hand.is_adopted_by_the_same_command()


@each_way
def test_stopped_cut_off_or_without_answers_the_same_command_goes_on(world: World) -> None:
    by_hand = ByHand(world)
    for between, stop in ((no_fault, Stop()), (Ending(2, End.CUT), None), (LostOnce(), None)):
        by_hand.adopt(between, stop)
        assert by_hand.recorded
        after = world.way_back()
        by_hand.harms_nobody()
        after()
        by_hand.is_adopted_by_the_same_command()
        by_hand.again()
    by_hand.is_adopted_by_the_same_command()
