"""Killed at any moment, as often as may be: what is run next finds what was made, and destroy takes all of it away.

Random graphs change between runs (things come, go, change, need other things), and each run may die before or after
any call and any save. Strangers stand by, take a name between a plan and its run, or put a thing of theirs in the
place of ours.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings, strategies as st

from bootstrap.core.graph import Graph, Node
from bootstrap.core.owner import Owner
from bootstrap.engine.executor import Outcome
from tests.support.fakes import ACCOUNTS, Chest, Crash, Disk, FakeCloud, Item, Life, Nameless, Patch, Thing, planned, run

NAMES = "abcdefgh"
STRANGERS: list[dict[str, str]] = [{}, Owner("somebody", "x", "else").tags(), Owner("prod", "x", "else").tags()]


@dataclass(frozen=True)
class Death:
    """When a run dies: at which of its calls and saves, and whether that one still has its effect."""

    step: int | None
    after: bool

    def life(self) -> Life:
        return Life(self.step, self.after)


@dataclass(frozen=True)
class Run:
    """One create: what is wanted, when it dies, which name a stranger takes right before it, and what comes after what
    although it does not refer to it."""

    things: dict[str, Thing]
    death: Death
    squatter: str = ""
    after: frozenset[tuple[str, str]] = frozenset()

    @property
    def nodes(self) -> dict[str, Node]:
        graph = Graph(ACCOUNTS.values())
        for name, item in self.things.items():
            graph.add(name, item, after=[node for node in graph.nodes.values() if (name, node.address) in self.after])
        return graph.nodes


@dataclass(frozen=True)
class Loss:
    """Somebody deletes one of our things, and perhaps makes another of the same name."""

    which: int
    replaced: bool


NEVER = Death(None, False)
deaths = st.builds(Death, st.integers(1, 40), st.booleans())


@st.composite
def wanted(draw: st.DrawFn) -> dict[str, Thing]:
    """Up to eight things, each needing some of those before it, in an order of their own."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=8))
    things: dict[str, Thing] = {}
    for name in names:
        needs = draw(st.lists(st.sampled_from(sorted(things)), unique=True, max_size=3)) if things else []
        more: dict[str, Any] = draw(
            st.fixed_dictionaries(
                {
                    "size": st.integers(1, 2),
                    "labels": st.dictionaries(st.sampled_from("lmn"), st.sampled_from("12"), max_size=2),
                    "tags": st.dictionaries(st.sampled_from("tu"), st.sampled_from("12"), max_size=1),
                }
            )
        )
        kind = Nameless if name in "gh" else Patch if name in "ef" else Chest if name in "cd" else Thing
        things[name] = kind(name=name, needs=[f"@{{{need}.id}}" for need in needs], **more)
    return things


names = st.sampled_from(NAMES)
runs = st.builds(Run, wanted(), deaths | st.just(NEVER), st.just("") | names, st.frozensets(st.tuples(names, names)))
losses = st.builds(Loss, st.integers(0, 7), st.booleans())


class World:
    """A cloud with a bystander in it, and our disk."""

    def __init__(self, stranger: int = 0) -> None:
        self.first = stranger
        self.cloud = FakeCloud()
        self.disk = Disk(self.cloud)
        self.strangers: list[Item] = []
        self.stranger("bystander")

    def stranger(self, name: str) -> None:
        tags = STRANGERS[(self.first + len(self.strangers)) % len(STRANGERS)]
        self.strangers.append(self.cloud.create(Item(name, size=9, tags=dict(tags)), unique=False))

    def lose(self, loss: Loss) -> None:
        ours = [item for item in self.cloud.items.values() if item not in self.strangers]
        if ours:
            lost = self.cloud.items.pop(ours[loss.which % len(ours)].id)
            if loss.replaced:
                self.stranger(lost.name)

    def create(self, what: Run) -> Outcome | None:
        """None when it died, or when the plan was refused."""
        nodes = what.nodes
        plan = planned(self.cloud, self.disk.state, nodes)
        if plan.refused:
            assert {change.address for change in plan.refused} <= {item.name for item in self.strangers}
            return None
        if what.squatter and not self.cloud.find(what.squatter):
            self.stranger(what.squatter)
        outcome = self.live(what.death, lambda: run(self.cloud, self.disk, plan))
        if outcome and not what.squatter:
            assert outcome.complete, (outcome.failed, outcome.skipped)
            assert planned(self.cloud, self.disk.state, nodes).work == ()
            assert self.cloud.owned() == sorted(nodes)
        return outcome

    def destroy(self, death: Death = NEVER, fresh: float = 30) -> None:
        plan = planned(self.cloud, self.disk.state, {})
        assert plan.refused == ()
        outcome = self.live(death, lambda: run(self.cloud, self.disk, plan, fresh=fresh))
        if outcome:
            assert outcome.complete, (outcome.failed, outcome.skipped)
            assert self.cloud.owned() == []
            assert self.disk.state.records == {}

    def live(self, death: Death, body: Any) -> Outcome | None:
        """Runs `body` as one process: None when it died in it. What must hold at any time is checked after it."""
        life = self.cloud.life = death.life()
        try:
            outcome: Outcome | None = body()
        except Crash:
            outcome = None
        self.cloud.life = Life()
        assert self.cloud.wrong == []
        assert all(self.cloud.items.get(item.id) == item for item in self.strangers), "a stranger was touched"
        twice = [address for address, number in Counter(self.cloud.owned()).items() if number > 1]
        assert not twice, f"made twice: {twice}"
        assert set(self.cloud.owned()) <= set(self.disk.state.records), "made, and not on disk"
        return None if life.over else outcome


@settings(deadline=None, derandomize=True, max_examples=120)
@given(st.lists(runs | deaths | losses, min_size=1, max_size=6), st.sampled_from([0.0, 30.0]))
def test_whatever_dies_when_it_may_destroy_takes_all_of_ours_and_nothing_else(
    story: list[Run | Death | Loss], fresh: float
) -> None:
    """The story: creates, destroys that die, and what others do in between."""
    world = World()
    for event in story:
        match event:
            case Run():
                world.create(event)
            case Death():
                world.destroy(event, fresh)
            case Loss():
                world.lose(event)
    world.destroy(fresh=fresh)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(wanted(), st.lists(deaths, min_size=1, max_size=4))
def test_a_create_that_died_is_finished_by_the_same_command(things: dict[str, Thing], crashes: list[Death]) -> None:
    world = World()
    for death in crashes:
        world.create(Run(things, death))
    outcome = world.create(Run(things, NEVER))
    assert outcome and outcome.complete
    assert Counter(call for call in world.cloud.calls if call.startswith("create")).most_common(1)[0][1] <= 1 + len(crashes)
    assert len(world.cloud.items) == len(things) + len(world.strangers)
    world.destroy()


@settings(deadline=None, derandomize=True, max_examples=50)
@given(wanted().filter(bool), st.data())
def test_a_stranger_that_takes_a_name_between_plan_and_run_is_left_alone(
    things: dict[str, Thing], data: st.DataObject
) -> None:
    world = World(data.draw(st.integers(0, 2)))
    squatter = data.draw(st.sampled_from(sorted(things)))
    world.create(Run(things, data.draw(deaths | st.just(NEVER)), squatter))
    world.create(Run(things, NEVER))
    world.destroy(data.draw(deaths))
    world.destroy()


@settings(deadline=None, derandomize=True, max_examples=40)
@given(wanted(), st.data())
def test_a_lost_answer_leaves_nothing_behind(things: dict[str, Thing], data: st.DataObject) -> None:
    """The call has its effect, and the connection breaks: the same command finds it, and so does destroy."""
    world = World()
    for name in data.draw(st.sets(st.sampled_from(sorted(things)))) if things else ():
        world.cloud.lost[f"create {name}"] = "broken"
    run(world.cloud, world.disk, planned(world.cloud, world.disk.state, Run(things, NEVER).nodes))
    world.cloud.lost.clear()
    if data.draw(st.booleans()):
        assert world.create(Run(things, NEVER))
    world.destroy()
