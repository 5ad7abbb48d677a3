"""What goes over the network: calls to AWS's endpoints, or to the sandbox, and nothing else."""

import ast
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import botocore.session

from bootstrap.cli.app import VERBS
from tests.cli.conftest import VPC, Bootstrap
from tests.support.processes import ROOT, Cloud, environment
from tests.support.wire import Wire
from tests.test_architecture import imports, sources

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

ASKS = {"Query", "call", "call_once", "client", "client_as"}
"""What takes the name of a service first."""
OPENS = {"aiohttp", "asyncio", "ftplib", "http.client", "requests", "smtplib", "socket", "ssl", "urllib.request", "urllib3"}


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


def test_the_services_that_are_called_are_those_that_the_page_names() -> None:
    page = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8").partition("**The network.**")[2].partition("*Out of")[0]
    called = {
        node.args[0].value
        for path, text in sources("bootstrap").items()
        if not path.startswith(("bootstrap/sandbox/", "bootstrap/contract/"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        if getattr(node.func, "attr", getattr(node.func, "id", "")) in ASKS
    }
    rows = re.findall(r"^\| (`.*`) \|", page, re.MULTILINE)
    assert called & set(botocore.session.get_session().get_available_services()) == {
        name for row in rows for name in re.findall("`([a-z0-9-]+)`", row)
    }


def test_only_the_sandbox_opens_connections_by_itself() -> None:
    opening = {
        path
        for path, text in sources("bootstrap").items()
        if any(item.name in OPENS or item.name.partition(".")[0] in OPENS for item in imports(text))
    }
    assert {path for path in opening if not path.startswith("bootstrap/sandbox/")} == {"bootstrap/backends/lock_holder.py"}
    assert "socket.gethostname()" in (ROOT / "bootstrap/backends/lock_holder.py").read_text(encoding="utf-8")
