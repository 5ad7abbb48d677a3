"""What goes over the network: calls to AWS's endpoints, or to the sandbox, and nothing else."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from bootstrap.cli.app import VERBS
from tests.cli.conftest import VPC, Bootstrap
from tests.support.processes import Cloud, environment
from tests.support.wire import Wire

WATCH = """
import json, pathlib, sys
seen = []

def note(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        seen.append(list(arguments[1])[:2] if isinstance(arguments[1], tuple) else arguments[1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        seen.append([arguments[0], arguments[1] if event == "socket.getaddrinfo" else None])

sys.addaudithook(note)
from bootstrap.cli import run
codes = [run(line) for line in json.loads(sys.argv[1])]
pathlib.Path(sys.argv[2]).write_text(json.dumps([codes, seen]))
"""
OFFLINE = [
    "--help", "--version", *(f"{verb} --help" for verb in VERBS), "integrations", "integrations upsolver-vpc", "docs",
    "docs ci", "sandbox status", "state list", "lint policy.json",
]  # fmt: skip


def reached(lines: list[str], folder: Path) -> tuple[list[int], set[tuple[str, int]]]:
    """The exit codes of the lines, run in one process, and whom they wanted to reach."""
    found = folder.parent / f"{folder.name}-reached.json"
    command = [sys.executable, "-c", WATCH, json.dumps([shlex.split(line) for line in lines]), str(found)]
    subprocess.run(command, cwd=folder, env=environment(), capture_output=True, check=True)
    codes, seen = json.loads(found.read_text())
    return codes, {(host, port) for host, port in seen}


def test_a_whole_life_in_the_sandbox_reaches_the_sandbox_alone(sandbox_cloud: Cloud, tmp_path: Path) -> None:
    lines = [f"create {VPC} --sandbox --yes", f"check {VPC} --sandbox", "status --sandbox", "outputs --sandbox"]
    codes, whom = reached([*lines, "destroy --sandbox --yes"], tmp_path)
    assert codes == [0, 0, 0, 0, 0]
    assert whom == {("127.0.0.1", int(sandbox_cloud.server.url.rpartition(":")[2]))}


def test_what_needs_no_aws_reaches_nobody(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text('{"Version": "2012-10-17", "Statement": []}')
    _, whom = reached(OFFLINE, tmp_path)
    assert whom == set()


def test_with_credentials_only_endpoints_of_aws_are_called(bootstrap: Bootstrap, cloud: Wire) -> None:
    """Anything beside these calls would fail this test: no test reaches another machine (`test_loopback_only.py`)."""
    for line in (f"create {VPC} --yes", "status", "destroy --yes"):
        assert bootstrap(line).code == 0
    hosts = {urlsplit(call.url).hostname or "" for call in cloud.calls}
    assert len(hosts) >= 3
    assert [host for host in hosts if not host.endswith(".amazonaws.com")] == []
