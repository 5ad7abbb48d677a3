"""A state that any version wrote is read by this one, needs no change, and is all that a destroy needs.

`states/VERSION/` has what that version wrote of each way to use an integration: whole, and of a run that was killed halfway.
UPDATE_GOLDEN=1 writes what is missing for the present version; what is there is never written again.
"""

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap import __version__
from bootstrap.contract.crashes import End, Ending, one_after_the_other
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.integration import Integration
from bootstrap.core.state import State, Status
from bootstrap.core.state_json import from_json
from bootstrap.integrations import integration
from tests.conftest import MakeScope
from tests.support.deployments import Deployment, bystanders, everything_in
from tests.support.faults import Killed, no_fault
from tests.support.inputs import NEW_IN_KIND, THOROUGH, WAYS, example
from tests.support.wire import Wire

STATES = Path(__file__).with_name("states")
VARIANTS: dict[str, Integration] = {
    **{way: wanted for way, wanted in WAYS.items() if way not in NEW_IN_KIND},
    **{f"{name} by its example": example(name) for name in THOROUGH},
}
FROM_AWS = ("vpc", "subnet")
"""Inputs that hold what AWS calls things in an account."""
each_state = pytest.mark.parametrize(
    "path", sorted(STATES.glob("*/*.json")), ids=lambda path: f"{path.parent.name} {path.stem}"
)


@pytest.mark.parametrize("variant", VARIANTS)
def test_this_version_has_its_states(
    variant: str, scope: MakeScope, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = variant.replace(" ", "-").replace("'", "")
    whole, half = (STATES / __version__ / f"{name}{part}.json" for part in ("", "-half-made"))
    if os.environ.get("UPDATE_GOLDEN") and not whole.exists():
        one_after_the_other(monkeypatch)
        whole.parent.mkdir(parents=True, exist_ok=True)
        deployment = Deployment(VARIANTS[variant], scope(), tmp_path)
        with cloud.recorded() as calls:
            deployment.create()
        whole.write_bytes((tmp_path / "test.json").read_bytes())
        deployment.destroy()
        deployment.backend.remove()
        cloud.between = Ending(sum(call.changes for call in calls) // 2, End.AFTER)
        with suppress(Killed):
            deployment.create()
        cloud.between = no_fault
        half.write_bytes((tmp_path / "test.json").read_bytes())
    assert [record.status for record in read(half).records.values() if record.status is Status.CREATING]
    assert {record.status for record in read(whole).records.values()} == {Status.READY}


@each_state
def test_a_state_of_then_needs_no_change_now_and_is_enough_to_destroy(path: Path, scope: MakeScope, tmp_path: Path) -> None:
    old = read(path)
    given = {name: value for name, value in old.inputs.items() if name not in FROM_AWS}
    deployment = Deployment(from_inputs(integration(old.integration), given), scope(), tmp_path)
    before = bystanders(scope())
    deployment.backend.save(replace(old, records={}, serial=0))
    deployment.create()
    made, now = everything_in(scope()), deployment.backend.load()
    assert now is not None
    not_begun = [address for address in deployment.nodes() if address not in old.records]
    for address in reversed(not_begun):
        node = deployment.nodes()[address]
        node.resource.delete(deployment.scope_of(node.account), now.records[address].outputs)
    deployment.backend.remove()
    deployment.backend.save(with_ids_of(now, path))
    assert set(not_begun) <= {*deployment.create()} <= {address for address in now.records if not is_ready(old, address)}
    if not not_begun:
        assert everything_in(scope()) == made
    assert sorted(deployment.destroy()) == sorted(now.records)
    assert everything_in(scope()) == before


def is_ready(state: State, address: str) -> bool:
    return address in state.records and state.records[address].status is Status.READY


def with_ids_of(now: State, path: Path) -> State:
    """The old state, as if AWS had then given the ids that it gave now."""
    text = path.read_text(encoding="utf-8")
    for address, record in read(path).records.items():
        for name, value in record.outputs.items():
            text = text.replace(f'"{value}"', f'"{now.records[address].outputs[name]}"')
    for then, today in zip(ids_in(read(path)), ids_in(now), strict=True):
        text = text.replace(f'"{then}"', f'"{today}"')
    # Numbers go on, as client tokens are made of them: those of what was just deleted are used.
    return replace(from_json(text, path.name), edited=False, serial=0, recovered=now.generation)


def ids_in(state: State) -> list[str]:
    """What the inputs hold of what AWS calls things in an account."""
    inputs = [state.inputs.get(name, []) for name in FROM_AWS]
    return [each for value in inputs for each in ([value] if isinstance(value, str) else value)]


def read(path: Path) -> State:
    state = from_json(path.read_text(encoding="utf-8"), path.name)
    assert not state.edited
    return state
