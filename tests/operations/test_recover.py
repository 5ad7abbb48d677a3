"""What recover rebuilds, for a program that calls it."""

import pytest

from bootstrap.core.recovered import Recovered
from bootstrap.core.state import State
from bootstrap.errors import PlanRefused, StateError
from bootstrap.operations import plan, recover
from tests.operations.conftest import NAME, STATE, Deployed


def test_a_state_that_is_there_is_never_replaced(deployed: Deployed) -> None:
    with (
        deployed.unchanged(),
        pytest.raises(StateError, match="already has 4 records of acme; nothing was recorded"),
    ):
        recover(deployed.session, deployed.backend, NAME, deployed.integration)


def test_what_it_rebuilds_is_what_was_lost(deployed: Deployed) -> None:
    lost = deployed.backend.load()
    assert lost is not None
    STATE.unlink()
    shown: list[Recovered] = []

    def confirm(found: Recovered, rebuilt: State) -> bool:
        shown.append(found)
        return True

    saved = recover(deployed.session, deployed.backend, NAME, deployed.integration, confirm=confirm)
    assert saved is not None
    assert {a: r.outputs for a, r in saved.records.items()} == {a: r.outputs for a, r in lost.records.items()}
    assert (saved.lineage, [found.lineage for found in shown]) == (lost.lineage, [lost.lineage])
    assert plan(deployed.session, deployed.backend, NAME, deployed.integration).plan.work == ()


@pytest.mark.parametrize(("deployment", "lineage"), [("other", None), (NAME, "0" * 16)])
def test_what_is_not_there_is_not_made_up(deployment: str, lineage: str | None, deployed: Deployed) -> None:
    STATE.unlink()
    with deployed.unchanged(), pytest.raises((StateError, PlanRefused)):
        recover(deployed.session, deployed.backend, deployment, deployed.integration, lineage=lineage)
