"""--log and BOOTSTRAP_LOG: each call to AWS in a line, nothing of what was in it, and no run that fails because of it."""

import json
import os
import re
import resource
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bootstrap.aws import call_log
from bootstrap.cli.log_file import logging
from tests.cli.conftest import VPC, Bootstrap, Start
from tests.support.processes import Cloud
from tests.support.wire import Wire

LOG = Path("calls.log")
CREATE = f"create {VPC} --yes --no-preflight --log {LOG}"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def logged(text: str = "") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (text or LOG.read_text()).splitlines() if line.startswith('{"type": ')]


def calls() -> list[dict[str, Any]]:
    return [line for line in logged() if line["type"] == "call"]


def test_each_call_has_a_line_and_a_file_of_its_user_is_appended_to(bootstrap: Bootstrap, cloud: Wire) -> None:
    with cloud.recorded() as sent:
        assert bootstrap(CREATE).code == 0
    assert Counter(line["operation"] for line in calls()) == Counter(call.operation for call in sent)
    for line in calls():
        assert TIME.fullmatch(line["time"])
        assert line["account"] == "default"
        assert line["region"] in ("us-east-1", "aws-global")
        assert line["milliseconds"] >= 0
        assert line["attempt"] == 1
    [role] = [line for line in calls() if line["operation"] == "CreateRole"]
    assert (role["service"], role["status"]) == ("iam", 200)
    assert len(role["request_id"]) > 10
    assert LOG.stat().st_mode & 0o777 == 0o600
    assert "ext-1" not in LOG.read_text()  # no parameter is in it
    before = LOG.read_text()
    assert bootstrap(f"destroy --yes --no-preflight --log {LOG}").code == 0
    assert LOG.read_text().startswith(before)
    assert [line["verb"] for line in logged() if line["type"] == "run"] == ["create", "destroy"]
    size = LOG.stat().st_size
    bootstrap(f"plan {VPC} --no-preflight")
    assert LOG.stat().st_size == size


def test_refusals_and_further_attempts_have_lines(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("CreateRole", "Throttling", status=400)
    cloud.refuse("CreateBucket", "AccessDenied", status=403)
    assert bootstrap(CREATE).code == 1
    found = [(line["operation"], line["attempt"], line["status"], line.get("error")) for line in calls()]
    assert ("CreateRole", 1, 400, "Throttling") in found
    assert ("CreateRole", 2, 200, None) in found
    assert ("CreateBucket", 1, 403, "AccessDenied") in found


def test_a_connection_that_breaks_has_a_line_with_the_error_of_the_sdk(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.lose_answer("CreateRole")
    assert bootstrap(CREATE).code == 0
    assert "ConnectionClosedError" in [line.get("error") for line in calls() if line["operation"] == "CreateRole"]


def test_each_account_has_its_name(here: Bootstrap, sandbox_cloud: Cloud) -> None:
    sandbox_cloud.s3.create_bucket(Bucket="acme-in")
    inputs = (
        "--bucket acme-in --external-id ext-1 --s3-role-arn arn:aws:iam::210987654321:role/OrganizationAccountAccessRole"
    )
    here(f"plan --integration aspera-atc {inputs} --sandbox --no-preflight --log {LOG}")
    assert {line["account"] for line in calls()} == {"cluster", "s3"}
    assert "AssumeRole" in {line["operation"] for line in calls()}


def test_the_variable_logs_to_stderr_and_the_result_stays_alone(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOTSTRAP_LOG", "debug")
    ran = bootstrap(f"plan {VPC} --json")
    assert ran.last("plan")
    assert {"run", "call"} == {line["type"] for line in logged(ran.err)}
    monkeypatch.setenv("BOOTSTRAP_LOG", "trace")
    refused = bootstrap("status")
    assert refused.code == 64
    assert "Error: BOOTSTRAP_LOG is 'trace'\nSet it to debug" in refused.err


def text_of_the_user() -> None:
    LOG.write_text("notes")


def link() -> None:
    Path("notes").write_text("")
    LOG.symlink_to("notes")


def open_to_all() -> None:
    LOG.touch()
    LOG.chmod(0o666)


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "a file of the user": (text_of_the_user, "calls.log is not a log of bootstrap, and would be appended to"),
    "a link": (link, "is a symbolic link"),
    "a folder": (LOG.mkdir, "cannot write calls.log: Is a directory"),
    "a pipe": (lambda: os.mkfifo(LOG), "is not a regular file"),
    "a file that others can write": (open_to_all, "can be written by other users"),
}


@pytest.mark.parametrize(("make", "told"), WRONG.values(), ids=WRONG)
def test_what_is_no_log_is_refused_before_the_first_call(
    make: Callable[[], Any], told: str, bootstrap: Bootstrap, cloud: Wire
) -> None:
    make()
    refused = bootstrap(CREATE)
    assert refused.code == 64
    assert told in refused.err
    assert cloud.calls == []
    if LOG.is_file():
        assert LOG.read_text() in ("notes", "")
    assert bootstrap(f"create {VPC} --yes --log nowhere/calls.log").code == 64
    assert bootstrap(f"create {VPC} --yes --log -").code == 64
    assert not Path("-").exists()


def test_a_full_disk_does_not_end_the_run(bootstrap: Bootstrap) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, before[1]))
    try:
        ran = bootstrap(f"plan {VPC} --no-preflight --log {LOG}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert ran.code == 0
    assert re.search(r"Warning: \d+ lines are missing in calls.log: File too large\n", ran.err)


def test_a_thread_that_ends_late_writes_into_the_log_and_no_other_file(tmp_path: Path) -> None:
    with logging(LOG, "create"):
        write = call_log._WRITERS[-1]
    with Path("other").open("w"):
        write({"type": "call"})
    assert [line["type"] for line in logged()] == ["run", "call"]
    assert Path("other").read_text() == ""


def test_a_run_that_is_killed_leaves_whole_lines(start: Start, sandbox_cloud: Cloud, tmp_path: Path) -> None:
    sandbox_cloud.hold("CreateRole")
    run = start(f"{CREATE} --sandbox")
    sandbox_cloud.wait_for("CreateRole")
    run.kill()
    sandbox_cloud.go_on()
    found = logged((tmp_path / LOG).read_text())
    assert found[0]["type"] == "run"
    assert "GetCallerIdentity" in [line.get("operation") for line in found]
