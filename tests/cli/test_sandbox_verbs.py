"""`sandbox start|status|stop`, and that what is tried out there stays apart from what is real."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap import sandbox
from tests.cli.conftest import STATE, VPC, Bootstrap, tree
from tests.support.processes import Cloud
from tests.support.wire import Wire

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
    mb = in_process("sandbox status").err
    assert f"aws s3 mb s3://acme-raw --region us-east-1 --endpoint-url {started['url']}\n" in mb
    assert "run: env -u AWS_SESSION_TOKEN AWS_ACCESS_KEY_ID=" in mb
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
    new = "The sandbox is a new, empty one: what was made in the last one is lost (upsolver-vpc)."
    lost = in_process("status --sandbox")
    assert new in lost.err
    assert "4 gone" in lost.out
    assert new not in in_process("status --sandbox").err
    assert in_process("sandbox stop").out == "The sandbox has stopped.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("linked", [".bootstrap", ".bootstrap/sandbox", ".bootstrap/sandbox/deployments"])
def test_nothing_is_removed_or_started_through_a_link(linked: str, in_process: Bootstrap, tmp_path: Path) -> None:
    """Anybody can put a link into a repository or a shared folder."""
    for name in ("sandbox/deployments/prod.json", "sandbox/server.json", "sandbox/precious", "deployments/x.json", "x.json"):
        (tmp_path / "v" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "v" / name).write_text("{}")
    before = tree(tmp_path / "v")
    Path(linked).parent.mkdir(parents=True, exist_ok=True)
    Path(linked).symlink_to(tmp_path / "v")
    for line in ("sandbox stop", "sandbox start", f"create {VPC} --sandbox --yes", "status --sandbox"):
        if line == "sandbox start" and linked.endswith("deployments"):
            continue  # it has no business there
        ran = in_process(line)
        if line == "sandbox stop" and linked.endswith("deployments"):
            assert f"Not removed, because no sandbox wrote it or a run uses it: {linked}\n" in ran.err
        else:
            assert ran.code == 1
            assert f"{linked} is a symbolic link" in ran.err
        assert tree(tmp_path / "v") == before
    assert Path(linked).is_symlink()


def test_stop_names_what_it_leaves_because_no_sandbox_wrote_it(in_process: Bootstrap, tmp_path: Path) -> None:
    (SANDBOX / "deployments").mkdir(parents=True)
    for name in ("notes.txt", "deployments/notes.json"):
        (SANDBOX / name).write_text("of the user")
    left = [f".bootstrap/sandbox/{name}" for name in ("deployments/notes.json", "notes.txt")]
    assert f"Not removed, because no sandbox wrote it or a run uses it: {', '.join(left)}" in in_process("sandbox stop").err
    assert in_process("sandbox stop --json").json == {"stopped": False, "left": left}
    assert [Path(path).read_text() for path in left] == ["of the user"] * 2


def test_a_server_file_from_a_repository_leads_to_no_request(in_process: Bootstrap, tmp_path: Path) -> None:
    """It has the mode of a checkout, and could name any port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.3)
        content = {
            "url": f"http://127.0.0.1:{listening.getsockname()[1]}",
            "pid": os.getpid(),
            "token": "0" * 64,
            "started": "",
        }
        SANDBOX.mkdir(parents=True)
        (SANDBOX / "server.json").write_text(json.dumps({**content, "key_id": "SANDBOX" + "0" * 40}))
        assert in_process("sandbox status").out == "The sandbox does not run.\n"
        assert in_process("sandbox stop").out == "The sandbox was not running.\n"
        with pytest.raises(TimeoutError):
            listening.accept()


def test_a_stop_names_the_deployments_that_are_gone_and_how_they_come_back(here: Bootstrap) -> None:
    assert here(f"create {VPC} --sandbox --yes --name 'a'").code == 0
    stopped = here("sandbox stop")
    assert stopped.err == (
        "Deployment a was in it, and is gone. To create it again, run this with its inputs: "
        "bootstrap create --integration upsolver-vpc --name a --sandbox\n"
    )
    assert here("sandbox stop").err == ""


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
