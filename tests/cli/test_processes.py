"""Real processes that are interrupted, killed, started twice at once, or left without an input or output."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import BUCKET, STATE, VPC, Bootstrap, Start, tree
from tests.support.processes import BOOTSTRAP, DEADLINE, Cloud, environment, until

CREATE = f"create {VPC} --sandbox --yes"
DESTROY = "destroy --sandbox --yes"
SANDBOX_STATE = Path(".bootstrap/sandbox/deployments") / STATE.name
ALL = ["UpsolverRole", BUCKET]
ROLE = "('CreateRole'"
GONE_ROLE = "('DeleteRole'"


def statuses() -> dict[str, str]:
    return {item["address"]: item["status"] for item in json.loads(SANDBOX_STATE.read_text())["records"]}


def shell(script: str, line: str) -> "subprocess.CompletedProcess[str]":
    """Runs `script`, in which "$@" is the command."""
    command = ["sh", "-c", script, "sh", *BOOTSTRAP, *line.split()]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=DEADLINE)


@pytest.mark.parametrize("line", [CREATE, DESTROY])
def test_of_two_at_once_the_second_is_told_who_holds_the_state(line: str, start: Start, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.hold(ROLE)
    first = start(CREATE)
    sandbox_cloud.wait_for(ROLE)
    second = start(line)
    assert second.ends() == 1
    assert f"Error: another run uses {SANDBOX_STATE}: create upsolver-vpc by " in second.err
    assert f"(process {first.popen.pid}) since " in second.err
    assert "Wait until it ends" in second.err
    sandbox_cloud.go_on()
    assert first.ends() == 0
    assert sandbox_cloud.names() == ALL


KILLED_AT = {
    "while it asks who it is": "('GetCallerIdentity'",
    "while it looks": "('GetRole'",
    "while it makes the bucket": f"('', 'PUT', '/{BUCKET}', ''",
    "while it writes the bucket's policy": f"('', 'PUT', '/{BUCKET}', 'policy'",
    "while it makes the role": ROLE,
    "while it gives the role a policy": "('PutRolePolicy'",
    "while it attaches a policy": "('AttachRolePolicy'",
}


@pytest.mark.parametrize("moment", KILLED_AT)
def test_a_create_that_was_killed_is_completed_by_the_next(
    moment: str, start: Start, here: Bootstrap, sandbox_cloud: Cloud
) -> None:
    """The call under way has its effect after the process is dead: its answer is lost."""
    sandbox_cloud.hold(KILLED_AT[moment])
    killed = start(CREATE)
    sandbox_cloud.wait_for(KILLED_AT[moment])
    killed.kill()
    sandbox_cloud.go_on()
    sandbox_cloud.settle()
    completed_and_destroyed(here, sandbox_cloud)


@pytest.mark.parametrize("moment", ["while it makes the bucket", "while it makes the role", "while it attaches a policy"])
def test_a_create_that_was_killed_before_its_call_had_an_effect_is_completed_too(
    moment: str, start: Start, here: Bootstrap, sandbox_cloud: Cloud
) -> None:
    sandbox_cloud.hold(KILLED_AT[moment])
    killed = start(CREATE)
    sandbox_cloud.wait_for(KILLED_AT[moment])
    killed.kill()
    sandbox_cloud.drop()
    completed_and_destroyed(here, sandbox_cloud)


def completed_and_destroyed(here: Bootstrap, sandbox_cloud: Cloud) -> None:
    again = here(CREATE)
    assert again.code == 0, again.err
    assert sandbox_cloud.names() == ALL
    assert set(statuses().values()) == {"ready"}
    assert here("status --sandbox --detailed-exitcode").code == 0
    gone = here(DESTROY)
    assert gone.code == 0, gone.err
    assert sandbox_cloud.names() == []


def test_the_state_knows_what_is_under_way_and_the_id_of_what_is_half_made(start: Start, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.hold(ROLE)
    create = start(CREATE)
    sandbox_cloud.wait_for(ROLE)
    assert statuses()["role"] == "creating"
    sandbox_cloud.hold("('PutRolePolicy'")
    sandbox_cloud.wait_for("('PutRolePolicy'")
    until(lambda: "AROA" in SANDBOX_STATE.read_text(), "the role's id is recorded")
    assert statuses()["role"] == "creating"
    sandbox_cloud.go_on()
    assert create.ends() == 0
    assert statuses()["role"] == "ready"


@pytest.mark.parametrize("call", ["('DetachRolePolicy'", GONE_ROLE, f"('', 'DELETE', '/{BUCKET}', ''"])
def test_a_destroy_that_was_killed_is_completed_by_the_next(
    call: str, start: Start, here: Bootstrap, sandbox_cloud: Cloud
) -> None:
    assert here(CREATE).code == 0
    sandbox_cloud.hold(call)
    killed = start(DESTROY)
    sandbox_cloud.wait_for(call)
    killed.kill()
    sandbox_cloud.go_on()
    sandbox_cloud.settle()
    assert "deleting" in statuses().values()
    again = here(DESTROY)
    assert again.code == 0, again.err
    assert sandbox_cloud.names() == []
    assert not SANDBOX_STATE.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_once_it_ends_what_runs_and_says_how_to_go_on(
    number: signal.Signals, start: Start, here: Bootstrap, sandbox_cloud: Cloud
) -> None:
    sandbox_cloud.hold(ROLE)
    stopped = start(CREATE)
    sandbox_cloud.wait_for(ROLE)
    stopped.popen.send_signal(number)
    stopped.says("Stopping: waiting for")
    assert stopped.popen.poll() is None
    sandbox_cloud.go_on()
    assert stopped.ends() == 130
    assert "Error: stopped; 2 of 4 changes were not done: athena, cloudformation" in stopped.err
    assert f"To go on, run: bootstrap {CREATE}\n" in stopped.err
    assert "To delete what was created, run: bootstrap destroy --name upsolver-vpc --sandbox\n" in stopped.err
    assert statuses() == {"bucket": "ready", "role": "ready"}
    assert not sandbox_cloud.arrived("('AttachRolePolicy'")
    again = here(CREATE)
    assert again.code == 0, again.err
    assert sandbox_cloud.names() == ALL


def test_an_interrupted_destroy_goes_on(start: Start, here: Bootstrap, sandbox_cloud: Cloud) -> None:
    assert here(CREATE).code == 0
    sandbox_cloud.hold("('DetachRolePolicy'")
    stopped = start(DESTROY)
    sandbox_cloud.wait_for("('DetachRolePolicy'")
    stopped.popen.send_signal(signal.SIGINT)
    stopped.says("Stopping: waiting for")
    sandbox_cloud.go_on()
    assert stopped.ends() == 130
    assert statuses() == {"bucket": "ready", "role": "deleting"}
    assert f"To go on, run: bootstrap {DESTROY}\n" in stopped.err
    assert "To delete what was created" not in stopped.err
    again = here(DESTROY)
    assert again.code == 0, again.err
    assert sandbox_cloud.names() == []


def test_interrupted_twice_it_leaves_at_once(start: Start, here: Bootstrap, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.hold(ROLE)
    left = start(CREATE)
    sandbox_cloud.wait_for(ROLE)
    left.popen.send_signal(signal.SIGINT)
    left.says("Stopping: waiting for")
    left.popen.send_signal(signal.SIGINT)
    assert left.ends() == 130  # while the call is still under way
    assert "Left while calls were under way. Run the same command again" in left.err
    assert "Traceback" not in left.err
    assert statuses()["role"] == "creating"
    sandbox_cloud.go_on()
    sandbox_cloud.settle()
    again = here(CREATE)
    assert again.code == 0, again.err
    assert sandbox_cloud.names() == ALL


def test_with_json_an_interrupted_run_ends_with_an_error(start: Start, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.hold(ROLE)
    stopped = start(f"{CREATE} --json")
    sandbox_cloud.wait_for(ROLE)
    stopped.popen.send_signal(signal.SIGINT)
    sandbox_cloud.go_on()
    assert stopped.ends() == 130
    assert stopped.err == ""
    told = [json.loads(line) for line in stopped.out.splitlines()]
    assert "stopping" in [item["type"] for item in told]
    assert (told[-1]["type"], told[-1]["kind"], told[-1]["exit_code"]) == ("error", "Interrupted", 130)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("json_", ["", " --json"])
def test_interrupted_while_it_looks_it_leaves_at_once_and_has_changed_nothing(
    number: signal.Signals, json_: str, start: Start, sandbox_cloud: Cloud, tmp_path: Path
) -> None:
    before = tree(tmp_path)
    sandbox_cloud.hold("('GetRole'")
    stopped = start(CREATE + json_)
    sandbox_cloud.wait_for("('GetRole'")
    stopped.popen.send_signal(number)
    assert stopped.ends() == 130  # while the read is still under way
    assert "interrupted; nothing was changed" in (stopped.out if json_ else stopped.err)
    assert "Traceback" not in stopped.err
    assert tree(tmp_path) == before
    assert sandbox_cloud.writes() == []


@pytest.mark.parametrize("line", [f"create {VPC} --sandbox", "destroy --sandbox"])
def test_without_an_input_and_without_a_yes_it_refuses(line: str, sandbox_cloud: Cloud, tmp_path: Path) -> None:
    before = tree(tmp_path)
    for script in ('exec "$@" <&-', 'exec "$@" </dev/null', 'echo y | "$@"'):
        refused = shell(script, line)
        assert refused.returncode == 64
        assert "needs confirmation, and there is no terminal to ask at\nAdd --yes." in refused.stderr
    assert sandbox_cloud.calls() == []
    assert tree(tmp_path) == before


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_it_works_without_some_of_its_streams(closed: str, sandbox_cloud: Cloud) -> None:
    assert shell(f'exec "$@" {closed}', CREATE).returncode == 0
    assert set(statuses().values()) == {"ready"}
    assert sandbox_cloud.names() == ALL


@pytest.mark.parametrize("line", ["integrations upsolver-vpc", "--help", f"plan {VPC} --sandbox", "status --sandbox --json"])
def test_a_reader_that_has_gone_away_gets_no_complaint(line: str, start: Start, here: Bootstrap) -> None:
    here(CREATE)
    reading, writing = os.pipe()
    os.close(reading)
    unread = start(line, stdout=writing)
    os.close(writing)
    assert unread.ends() == 1
    assert "Error" not in unread.err
    assert "Traceback" not in unread.err
    assert "Exception ignored" not in unread.err


@pytest.mark.parametrize("line", ["integrations", "integrations --json", f"plan {VPC} --json --region nowhere"])
def test_a_full_disk_behind_stdout_is_one_error(line: str) -> None:
    full = shell('ulimit -f 0; exec "$@" >output', line)
    assert full.returncode == (64 if "nowhere" in line else 1)
    assert [line.startswith("Error: ") for line in full.stderr.splitlines()].count(True) == 1
    assert "Traceback" not in full.stderr
    assert "Exception ignored" not in full.stderr


@pytest.mark.parametrize("json_", ["", " --json"])
def test_a_reader_that_goes_away_does_not_stop_a_create(json_: str, start: Start, sandbox_cloud: Cloud) -> None:
    reading, writing = os.pipe()
    sandbox_cloud.hold(ROLE)
    unread = start(CREATE + json_, stdout=writing)
    os.close(writing)
    sandbox_cloud.wait_for(ROLE)
    os.close(reading)
    sandbox_cloud.go_on()
    unread.ends()
    assert "Error" not in unread.err
    assert "Traceback" not in unread.err
    assert set(statuses().values()) == {"ready"}
    assert len(statuses()) == 4
    assert sandbox_cloud.names() == ALL


def test_what_a_killed_run_was_writing_is_swept_up(start: Start, sandbox_cloud: Cloud) -> None:
    half = SANDBOX_STATE.with_name(f".{SANDBOX_STATE.name}.bootstrap-abcd1234.new")
    half.parent.mkdir()
    half.write_text("{")
    assert start(CREATE).ends() == 0
    assert os.listdir(half.parent) == [SANDBOX_STATE.name]
