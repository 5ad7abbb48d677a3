"""`sandbox start|status|stop`, and that what is tried out there stays apart from what is real."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap import sandbox
from tests.cli.conftest import STATE, VPC, Bootstrap
from tests.cli.processes import Cloud
from tests.wire import Wire

SANDBOX = Path(".bootstrap/sandbox")


@pytest.fixture
def stopped_afterwards(tmp_path: Path) -> Iterator[None]:
    yield
    sandbox.stop(tmp_path / SANDBOX)


def test_the_life_of_a_sandbox(in_process: Bootstrap, stopped_afterwards: None, tmp_path: Path) -> None:
    assert in_process("sandbox status").out == "The sandbox does not run.\n"
    assert in_process("sandbox status --json").json == {"running": False, "url": None, "pid": None}
    assert in_process("sandbox stop").out == "The sandbox was not running.\n"
    assert list(tmp_path.iterdir()) == []
    started = in_process("sandbox start --json").json
    assert started["running"]
    assert started["url"].startswith("http://127.0.0.1:")
    assert in_process("sandbox start").out == in_process("sandbox status").out == f"The sandbox runs at {started['url']}\n"
    assert in_process("sandbox stop --json").json == {"stopped": True}
    assert sandbox.status(tmp_path / SANDBOX) is None
    assert list(tmp_path.iterdir()) == []


def test_the_first_verb_starts_the_sandbox_and_stop_takes_its_states_along(
    in_process: Bootstrap, stopped_afterwards: None, tmp_path: Path
) -> None:
    assert in_process(f"create {VPC} --sandbox --yes").code == 0
    first = sandbox.status(tmp_path / SANDBOX)
    assert first
    assert (SANDBOX / "deployments" / STATE.name).exists()
    os.kill(first.pid, signal.SIGKILL)
    new = "The sandbox is a new, empty one: what was made in the last one is gone (upsolver-vpc)."
    lost = in_process("status --sandbox")
    assert new in lost.err
    assert "4 gone" in lost.out
    assert new not in in_process("status --sandbox").err
    assert in_process("sandbox stop").out == "The sandbox has stopped.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_refused_verb_starts_no_sandbox(in_process: Bootstrap, tmp_path: Path) -> None:
    assert in_process("create --integration upsolver-vpc --sandbox --yes").code == 64
    assert list(tmp_path.iterdir()) == []


def test_what_is_tried_out_is_not_there_for_real(here: Bootstrap, monkeypatch: pytest.MonkeyPatch) -> None:
    made = here(f"create {VPC} --sandbox --yes")
    assert "Nothing here reaches AWS." in made.err
    assert "There is no deployment here." in here("state list").err
    assert here("destroy --yes").code == 1
    monkeypatch.setenv("BOOTSTRAP_SANDBOX", "1")
    assert here("status --detailed-exitcode").code == 0
    assert here("outputs region").out == "us-east-1\n"
    assert here("destroy --yes").code == 0


def test_the_sandbox_needs_no_credentials_and_is_all_that_is_called(
    here: Bootstrap, sandbox_cloud: Cloud, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert here(f"plan {VPC} --sandbox").code == 0
    assert cloud.calls
    assert [call.text for call in cloud.calls if not call.text.startswith(sandbox_cloud.server.url)] == []
