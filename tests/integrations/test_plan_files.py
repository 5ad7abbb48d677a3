"""Every integration can be run from the plan of a file, also by runs that are killed again and again."""

from datetime import timedelta
from pathlib import Path

import pytest

from bootstrap.contract.crashes import End, Ending
from bootstrap.contract.faults import Killed
from bootstrap.core.plan_file import PlanFile, from_text
from bootstrap.errors import PlanOutdated
from bootstrap.operations import create, plan
from bootstrap.operations.bound_plan import gathered_inputs, plan_file
from tests.support.inputs import each_part
from tests.support.worlds import World


def run(world: World, bound: PlanFile) -> int:
    """Runs the plan as often as it is killed, each time some calls later; gives how often that was."""
    here, deaths = world.deployment, 0
    while True:
        world.cloud.between = Ending(4 if deaths else 1, End.AFTER if deaths % 2 else End.BEFORE)
        try:
            create(here.session, here.backend, "test", here.wanted, bound=bound, check_permissions=False)
        except Killed:
            deaths += 1
        else:
            return deaths
        finally:
            world.calm()


@each_part
def test_the_plan_of_a_file_is_run_to_its_end_by_runs_that_are_killed(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    world.life_begins()
    here = world.deployment
    prepared = plan(here.session, here.backend, "test", here.wanted, check_permissions=False)
    bound = from_text(plan_file(prepared, here.backend.where, timedelta(hours=1)).text, "plan.json")
    assert {each["action"] for each in bound.observed.values()} <= {"create", "no-op"}
    assert gathered_inputs(bound).recipe.to_json() == here.wanted.to_json()
    assert run(world, bound) > 0
    world.is_whole()
    assert create(here.session, here.backend, "test", here.wanted, bound=bound, check_permissions=False)
    world.goes()
    with pytest.raises(PlanOutdated, match="AWS has changed since"):  # somebody has destroyed it since
        create(here.session, here.backend, "test", here.wanted, bound=bound, check_permissions=False)
