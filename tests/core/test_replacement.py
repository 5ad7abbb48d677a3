"""What --replace takes with it: what refers to a thing in a field that cannot change."""

from dataclasses import replace

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.graph import Graph, Node
from bootstrap.core.replacement import check_replaced, replaced, replacing
from bootstrap.errors import UsageError
from bootstrap.integrations.biomodal_duet import BiomodalDuet
from tests.resources import keys


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
    allowed = ["terminate-jobs", *map(replacing, named)]
    assert replaced(nodes, allowed) == going
    check_replaced(nodes, allowed)


@pytest.mark.parametrize("address", ["nothing", "", "bucket", "vm-profile", "elastic-ip", "spot-environment"])
def test_what_cannot_be_replaced_alone_is_refused_with_what_can(address: str, nodes: dict[str, Node]) -> None:
    with pytest.raises(UsageError) as raised:
        check_replaced(nodes, [replacing(address)])
    assert raised.value.advice == "Name one of: key-pair, vm, address."


def test_where_nothing_can_be_replaced_the_flag_is_to_be_omitted() -> None:
    with pytest.raises(UsageError) as raised:
        check_replaced({}, [replacing("vm")])
    assert "Omit --replace" in raised.value.advice
