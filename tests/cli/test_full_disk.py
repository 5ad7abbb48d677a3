"""Full disks and folders that may not be written, in real processes: one error, and what is there is whole."""

import ctypes
import json
import os
import resource
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.cli.conftest import VPC, Bootstrap, tree
from tests.support.processes import BOOTSTRAP, DEADLINE, Cloud, environment

CREATE = f"create {VPC} --sandbox --yes"
STATES = Path(".bootstrap/sandbox/deployments")
Ended = subprocess.CompletedProcess[str]


def run(
    line: str,
    before: Callable[[], None] | None = None,
    stdout: int = subprocess.PIPE,
    variables: Mapping[str, str] | None = None,
) -> Ended:
    return subprocess.run(
        [*BOOTSTRAP, *shlex.split(line)],
        env=environment(**(variables or {})),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=DEADLINE,
        preexec_fn=before,
    )


def files_no_longer_than(size: int) -> Callable[[], None]:
    """What a full disk does to whoever writes: as a limit of the process, for which no rights are needed."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def without_the_rights_of_root() -> None:
    """To root no folder is closed: what starts now has not that right (capabilities DAC_OVERRIDE and DAC_READ_SEARCH)."""
    if os.getuid() != 0:
        return
    drop_from_bounding_set = 24
    for capability in (1, 2):
        if ctypes.CDLL(None, use_errno=True).prctl(drop_from_bounding_set, capability, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "root may not give up its rights here")


def is_one_error(ended: Ended, told: str) -> None:
    assert ended.returncode in (1, 64), ended.stderr
    assert [line.startswith("Error: ") for line in ended.stderr.splitlines()].count(True) == 1, ended.stderr
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
    assert "report what it shows" not in ended.stderr


def test_a_disk_that_is_full_before_the_first_change_changes_nothing(sandbox_cloud: Cloud, tmp_path: Path) -> None:
    before = tree(tmp_path)
    is_one_error(run(CREATE, files_no_longer_than(0)), "cannot save the state")
    assert tree(tmp_path) == before
    assert sandbox_cloud.writes() == []


@pytest.mark.parametrize("size", [1_000, 3_000, 6_000])
def test_a_disk_that_fills_up_leaves_a_state_that_is_whole(size: int, sandbox_cloud: Cloud, here: Bootstrap) -> None:
    is_one_error(run(CREATE, files_no_longer_than(size)), "cannot save the state")
    state = STATES / "upsolver-vpc.json"
    assert not state.exists() or json.loads(state.read_text())["tool"] == "bootstrap"
    assert [path.name for path in STATES.glob("*")] in ([], [state.name])
    assert here(CREATE).code == 0
    assert here("destroy --sandbox --yes").code == 0
    assert sandbox_cloud.names() == []


def test_a_disk_that_is_full_while_it_destroys_is_gone_on_with(sandbox_cloud: Cloud, here: Bootstrap) -> None:
    assert here(CREATE).code == 0
    before = tree(STATES)
    is_one_error(run("destroy --sandbox --yes", files_no_longer_than(100)), "cannot save the state")
    assert tree(STATES) == before
    assert here("destroy --sandbox --yes").code == 0
    assert sandbox_cloud.names() == []


def test_a_full_disk_under_the_hand_off_leaves_no_half_of_a_file(sandbox_cloud: Cloud, here: Bootstrap) -> None:
    assert here(CREATE).code == 0
    is_one_error(run("outputs --sandbox --write-handoff out", files_no_longer_than(20)), "cannot write into out")
    assert tree(Path("out")) == {}


@pytest.mark.parametrize(
    "line", ["status --sandbox", "status --sandbox --json", "outputs --sandbox", "state list --sandbox"]
)
def test_an_output_that_is_full_is_one_error(line: str, here: Bootstrap) -> None:
    assert here(CREATE).code == 0
    with open("/dev/full", "w") as full:
        is_one_error(run(line, stdout=full.fileno()), "the output cannot be written: No space left on device")


@pytest.mark.parametrize("json_", ["", " --json"])
def test_an_output_that_is_full_does_not_undo_a_create(json_: str, sandbox_cloud: Cloud) -> None:
    with open("/dev/full", "w") as full:
        ended = run(CREATE + json_, stdout=full.fileno())
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    if json_:  # the plan could not be shown, so nothing was done
        is_one_error(ended, "the output cannot be written")
        assert sandbox_cloud.writes() == []
    else:
        is_one_error(ended, "the work was done and is recorded, but the output cannot be written")
        records = json.loads((STATES / "upsolver-vpc.json").read_text())["records"]
        assert {item["status"] for item in records} == {"ready"}


CLOSED = {
    "where the state goes": (f"{CREATE}", ".bootstrap/sandbox", "cannot lock the state"),
    "where the hand-off goes": (f"{CREATE} --write-handoff shut/out", "shut", "may not be written into"),
    "where the sandbox is": ("sandbox stop", ".bootstrap/sandbox", "cannot be stopped: Permission denied"),
    "where a real state goes": (f"create {VPC} --yes --state shut/prod.json", "shut", "cannot lock the state"),
}


@pytest.mark.parametrize(("line", "closed", "told"), CLOSED.values(), ids=CLOSED)
def test_a_folder_that_may_not_be_written(line: str, closed: str, told: str, sandbox_cloud: Cloud, tmp_path: Path) -> None:
    Path(closed).mkdir(parents=True, exist_ok=True)
    Path(closed).chmod(0o555)
    before = tree(tmp_path)
    server = sandbox_cloud.server
    own = {**KEYS, "AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": server.key_id}
    is_one_error(run(line, without_the_rights_of_root, variables=own), told)
    Path(closed).chmod(0o755)
    assert tree(tmp_path) == before
    assert sandbox_cloud.writes() == []


KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "PYTHONDONTWRITEBYTECODE": "1",
}

STREAMS = {"PYTHONIOENCODING": "ascii:strict", "LC_ALL": "C"}


def test_a_character_set_without_the_letters_is_no_reason_to_fail(sandbox_cloud: Cloud) -> None:
    ended = run(f"plan {VPC} --sandbox --tag team=Zürich", variables=STREAMS)
    assert ended.returncode == 0, ended.stderr
    ended = run(f"plan {VPC} --sandbox --tag team=Zürich --verbose", variables=STREAMS)
    assert "Z\\xfcrich" in ended.stdout or "Z\\u00fcrich" in ended.stdout


@pytest.mark.parametrize("line", ["state list", "status", f"plan {VPC}", f"create {VPC} --yes --write-handoff out"])
def test_a_folder_that_is_gone_is_one_error_or_none(line: str, sandbox_cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    server = sandbox_cloud.server
    command = shlex.join([*BOOTSTRAP, *shlex.split(line)])
    ended = subprocess.run(
        ["sh", "-c", f"cd gone && rmdir ../gone && exec {command}"],
        env=environment(**KEYS | {"AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": server.key_id}),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    assert "Traceback" not in ended.stderr
    assert "report what it shows" not in ended.stderr
    assert sys.getsizeof(ended.stderr) < 3_000
