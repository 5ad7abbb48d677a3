"""What becomes of single records, for a program that calls forget and import_record."""

from dataclasses import replace

import pytest

from bootstrap.core.recovered import Recovered
from bootstrap.errors import StateError, UnmanagedResource
from bootstrap.operations import forget, import_record, plan
from tests.operations.conftest import NAME, Deployed


def test_a_record_goes_and_comes_back(deployed: Deployed) -> None:
    remaining = forget(deployed.backend, ["athena"])
    assert remaining is not None and "athena" not in remaining.records
    shown: list[Recovered] = []
    imported = import_record(deployed.session, deployed.backend, deployed.integration, "athena", show=shown.append)
    assert imported is not None
    state, found = imported
    assert (set(state.records), shown) == ({"bucket", "role", "athena", "cloudformation"}, [found])
    assert plan(deployed.session, deployed.backend, NAME, deployed.integration).plan.work == ()


@pytest.mark.parametrize(
    ("addresses", "message"),
    [(["nothing"], "no record of nothing"), (["role"], "athena"), (["athena", "x"], "no record of x")],
)
def test_a_record_that_cannot_go_stays_with_all_others(addresses: list[str], message: str, deployed: Deployed) -> None:
    with deployed.unchanged(), pytest.raises(StateError, match=message):
        forget(deployed.backend, addresses)


def test_a_record_is_not_replaced(deployed: Deployed) -> None:
    with deployed.unchanged(), pytest.raises(StateError, match="athena is recorded already") as caught:
        import_record(deployed.session, deployed.backend, deployed.integration, "athena")
    assert "bootstrap state rm" in caught.value.advice


def test_a_resource_with_the_tags_of_another_state_is_not_recorded(deployed: Deployed) -> None:
    remaining = forget(deployed.backend, ["bucket", "role", "athena", "cloudformation"])
    assert remaining is not None
    deployed.backend.put(replace(remaining, lineage="f" * 16))
    with (
        deployed.unchanged(),
        pytest.raises(UnmanagedResource, match="its owner tags are not those of bucket of this deployment"),
    ):
        import_record(deployed.session, deployed.backend, deployed.integration, "bucket")
