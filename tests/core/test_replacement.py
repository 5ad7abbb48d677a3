"""What --replace takes with it: what refers to a thing in a field that cannot change. And what it keeps, wherever it is cut
off."""

import time
from contextlib import suppress
from dataclasses import replace
from itertools import count

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.graph import Graph, Node
from bootstrap.core.planner import owner_of
from bootstrap.core.replacement import check_replaced, replace_flag, replaced_addresses
from bootstrap.core.strictness import Smaller
from bootstrap.engine import stages
from bootstrap.errors import UsageError
from bootstrap.integrations.biomodal.duet import BiomodalDuet
from tests.support import keys
from tests.support.fakes import Crash, Disk, FakeCloud, Hand, Life, Thing, bring_about, planned


@pytest.fixture
def nodes() -> dict[str, Node]:
    graph = Graph([EXAMPLE])
    replace(BiomodalDuet.example(), public_key=keys.ED25519, ssh_cidr="203.0.113.4/32").build(graph)
    return graph.nodes


@pytest.mark.parametrize(
    ("named", "going"),
    [
        ([], set()),
        (["address"], {"address"}),
        (["vm"], {"vm", "address"}),
        (["key-pair"], {"key-pair", "vm", "address"}),
        (["vm", "key-pair"], {"key-pair", "vm", "address"}),
    ],
)
def test_what_hangs_on_it_is_replaced_with_it(named: list[str], going: set[str], nodes: dict[str, Node]) -> None:
    allowed = ["terminate-jobs", *map(replace_flag, named)]
    assert replaced_addresses(nodes, allowed) == going
    check_replaced(nodes, allowed)


@pytest.mark.parametrize("address", ["nothing", "", "bucket", "vm-profile", "elastic-ip", "spot-environment"])
def test_what_cannot_be_replaced_alone_is_refused_with_what_can(address: str, nodes: dict[str, Node]) -> None:
    with pytest.raises(UsageError) as raised:
        check_replaced(nodes, [replace_flag(address)])
    assert raised.value.advice == "Name one of: key-pair, vm, address."


def test_where_nothing_can_be_replaced_the_flag_is_to_be_omitted() -> None:
    with pytest.raises(UsageError) as raised:
        check_replaced({}, [replace_flag("vm")])
    assert "Omit --replace" in raised.value.advice


class Fence(Thing):
    updates = replace(Thing.updates, strictness={"size": Smaller()})

    def lost_on_replace(self) -> tuple[str, ...]:
        return ("the paint on it",)


def replace_it(cloud: FakeCloud, disk: Disk, nodes: dict[str, Node], *more: str) -> None:
    state = disk.state
    plan = planned(cloud, state, nodes, allowed=frozenset({replace_flag("a"), *more}))

    def hand(change: object, record: object, progress: object) -> Hand:
        return Hand(cloud, owner_of(state, "a"))

    assert stages.run(plan, state, hand, disk.save, lambda event: None, None, time.monotonic() + 30, 0).complete


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("more", "size"), [((), 3), (("overwrite a",), 5)], ids=["kept", "overwritten"])
def test_killed_at_any_step_the_same_command_makes_it_again_with_what_somebody_restricted(
    after: bool, more: tuple[str, ...], size: int
) -> None:
    graph = Graph([EXAMPLE])
    graph.add("a", Fence(name="a", size=5))
    for step in count(1):
        cloud = FakeCloud()
        disk = Disk(cloud)
        bring_about(cloud, disk, graph.nodes)
        first = cloud["a"].id
        cloud["a"].size = 3
        cloud.life = Life(ends_at=step, after=after)
        with suppress(Crash, AssertionError):
            replace_it(cloud, disk, graph.nodes, *more)
        came, cloud.life = cloud.life.over, Life()
        replace_it(cloud, disk, graph.nodes, *more)
        assert (cloud["a"].id == first, cloud["a"].size) == (False, size), step
        assert (disk.state.records["a"].properties["size"], disk.state.earlier) == (5, {})
        if not came:
            break
    assert step > 5


def test_what_is_remembered_of_the_old_one_goes_with_a_destroy() -> None:
    graph = Graph([EXAMPLE])
    graph.add("a", Fence(name="a", size=5))
    cloud = FakeCloud()
    disk = Disk(cloud)
    bring_about(cloud, disk, graph.nodes)
    cloud["a"].size = 3
    cloud.life = Life(ends_at=3)  # after the delete
    with suppress(Crash, AssertionError):
        replace_it(cloud, disk, graph.nodes)
    cloud.life = Life()
    assert disk.state.records["a"].kept == {"size": 3}
    bring_about(cloud, disk, {})
    assert (disk.state.records, disk.state.earlier) == ({}, {})
    bring_about(cloud, disk, graph.nodes)
    assert cloud["a"].size == 5
