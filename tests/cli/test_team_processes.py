"""Real processes on one state: many at once, killed ones that leave their lock, and those that leave in a hurry."""

import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import BUCKET as DATA, STATE, VPC, Bootstrap, Start
from tests.support.processes import Cloud, environment, until

BUCKET = "acme-state"
IN_S3 = f"s3://{BUCKET}/prod.json"
NAMED = f"s3://123456789012@{BUCKET}/prod.json"  # so that all of them need not ask who they are
IN_FILE = Path(".bootstrap/sandbox/deployments") / STATE.name
ROLE = "('CreateRole'"
SAVE = f"('', 'PUT', '/{BUCKET}/prod.json',"
CREATE = f"create {VPC} --sandbox --yes --state {IN_S3}"


@pytest.fixture(autouse=True)
def bucket(sandbox_cloud: Cloud) -> None:
    sandbox_cloud.s3.create_bucket(Bucket=BUCKET)
    sandbox_cloud.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})


def in_s3(cloud: Cloud, key: str = "prod.json") -> dict[str, Any]:
    return dict(json.loads(cloud.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()))


def outputs_of_bucket(state: dict[str, Any]) -> dict[str, str]:
    return dict(next(record["outputs"] for record in state["records"] if record["address"] == "bucket"))


@pytest.mark.parametrize(("where", "option"), [(IN_FILE, ""), (NAMED, f" --state {NAMED}")], ids=["file", "s3"])
@pytest.mark.parametrize("crowd_of", [15, pytest.param(50, marks=pytest.mark.torture)])
def test_of_many_at_once_one_runs_and_the_others_name_it(
    crowd_of: int, where: object, option: str, sandbox_cloud: Cloud, here: Bootstrap, tmp_path: Path
) -> None:
    folder = tmp_path.parent / f"{tmp_path.name}-told"
    folder.mkdir()
    sandbox_cloud.hold(ROLE)
    line = shlex.split(f"create {VPC} --sandbox --yes{option}")
    command = [sys.executable, "-m", "tests.support.at_once", str(crowd_of), str(folder), *line]
    crowd = subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    ended = folder / "ended"
    try:
        until(lambda: ended.exists() and len(ended.read_text().splitlines()) >= crowd_of - 1, "all but one have ended")
        until(lambda: sandbox_cloud.arrived(ROLE) or crowd.poll() is not None, "the one that runs makes the role")
        sandbox_cloud.go_on()
        assert crowd.wait(60) == 0
    finally:
        sandbox_cloud.go_on()
        crowd.kill()
        crowd.wait()
    *refused, winner = [line.split() for line in ended.read_text().splitlines()]
    told = {pid: (folder / f"{pid}.err").read_text() for pid, _ in (*refused, winner)}
    assert winner[1] == "0", [text for text in told.values() if "another run uses" not in text]
    for pid, code in refused:
        assert f"Error: another run uses {where}: create upsolver-vpc by " in told[pid]
        assert f"(process {winner[0]}) since " in told[pid]
        assert code == "1"
    assert sandbox_cloud.writes().count(("CreateRole", "POST", "/")) == 1
    ran = here(f"status --sandbox --detailed-exitcode{option}")
    assert ran.code == 0, ran.err


def test_a_run_that_was_killed_leaves_its_lock_and_the_next_one_says_how_to_go_on(
    start: Start, here: Bootstrap, sandbox_cloud: Cloud
) -> None:
    sandbox_cloud.hold(ROLE)
    killed = start(CREATE)
    sandbox_cloud.wait_for(ROLE)
    killed.kill()
    sandbox_cloud.go_on()
    sandbox_cloud.settle()
    refused = here(CREATE)
    assert refused.code == 1
    assert f"(process {killed.popen.pid}) since " in refused.err
    [command] = [line.partition("dead: ")[2] for line in refused.err.splitlines() if "state unlock" in line]
    assert command.endswith(f"--state {IN_S3} --sandbox")
    assert here(f"{command.removeprefix('bootstrap ')} --yes").code == 0
    again = here(CREATE)
    assert again.code == 0, again.err
    assert here(f"destroy --sandbox --yes --state {IN_S3}").code == 0
    assert sandbox_cloud.names() == [BUCKET]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_once_it_gives_the_lock_back(number: signal.Signals, start: Start, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.hold("('GetRole'")
    stopped = start(CREATE)
    sandbox_cloud.wait_for("('GetRole'")
    stopped.popen.send_signal(number)
    assert stopped.ends() == 130
    assert sandbox_cloud.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_interrupted_twice_it_says_how_to_take_its_lock_away(start: Start, here: Bootstrap, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.hold(ROLE)
    left = start(CREATE)
    sandbox_cloud.wait_for(ROLE)
    left.popen.send_signal(signal.SIGINT)
    left.says("Stopping: waiting for")
    left.popen.send_signal(signal.SIGINT)
    assert left.ends() == 130
    command = f"bootstrap state unlock {in_s3(sandbox_cloud, 'prod.json.lock')['id']} --state {IN_S3} --sandbox"
    assert f"The lock stays. To remove it, run: {command}\n" in left.err
    assert "state push" not in left.err  # all was saved
    sandbox_cloud.go_on()
    sandbox_cloud.settle()
    assert here(f"{command.removeprefix('bootstrap ')} --yes").code == 0
    assert here(CREATE).code == 0


def test_interrupted_twice_while_it_saves_it_keeps_the_state_here(
    start: Start, here: Bootstrap, sandbox_cloud: Cloud, tmp_path: Path
) -> None:
    sandbox_cloud.hold(f"('', 'PUT', '/{DATA}', ''")
    left = start(CREATE)
    sandbox_cloud.wait_for(f"('', 'PUT', '/{DATA}', ''")
    for other in ("role", "athena", "cloudformation"):
        left.says(f"{other} created")
    until(lambda: str(in_s3(sandbox_cloud)).count("'ready'") == 3, "all but the bucket is saved")
    saves = sandbox_cloud.count(SAVE)
    sandbox_cloud.hold(SAVE)
    until(lambda: sandbox_cloud.count(SAVE) > saves, "it saves what it made")
    # It says nothing while it saves, so nobody knows when it has noticed the first: an impatient person goes on until then.

    def has_left() -> bool:
        if "The newest state is in" not in left.err:
            left.popen.send_signal(signal.SIGINT)
        return left.popen.poll() is not None

    until(has_left, "it leaves")
    assert left.ends() == 130
    sandbox_cloud.drop()
    assert "The newest state is in errored.upsolver-vpc.json" in left.err
    kept = json.loads((tmp_path / "errored.upsolver-vpc.json").read_text())
    assert outputs_of_bucket(kept)["name"] == DATA
    assert outputs_of_bucket(in_s3(sandbox_cloud)) == {}
    commands = [line.partition(": bootstrap ")[2] for line in left.err.splitlines() if ": bootstrap state " in line]
    assert len(commands) == 2
    for command in commands:
        assert here(f"{command} --yes").code == 0
    assert in_s3(sandbox_cloud) == kept


@pytest.mark.parametrize("place", ["s3://acme-production/prod.json", "prod.json"])
@pytest.mark.parametrize("verb", [f"create {VPC} --yes", "destroy --yes", "status", "outputs", "state list"])
def test_a_state_in_the_environment_is_refused_in_the_sandbox(
    place: str, verb: str, here: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is set for real deployments. To use another one silently would show an empty account."""
    monkeypatch.setenv("BOOTSTRAP_STATE", place)
    for line in (f"{verb} --sandbox", f"{verb} --sandbox --state {place}"):
        refused = here(line)
        assert refused.code == 64
        assert (
            "Error: BOOTSTRAP_STATE names a state of real deployments, and --sandbox keeps states of its own" in refused.err
        )
        assert f"Run: env -u BOOTSTRAP_STATE bootstrap {line}\n" in refused.err
    monkeypatch.setenv("BOOTSTRAP_SANDBOX", "1")
    assert here(verb).code == 64
    assert here("sandbox status").code == 0


def test_an_address_of_another_aws_is_named_when_the_sandbox_is_used_instead(
    here: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    assert "The sandbox is used, and not AWS_ENDPOINT_URL_S3.\n" in here(f"plan {VPC} --sandbox").err
