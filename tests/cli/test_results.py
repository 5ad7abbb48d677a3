"""--quiet, --color and --output: how much is said, and where the result goes."""

import json
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import BUCKET, VPC, Bootstrap, writes
from tests.conftest import MakeScope
from tests.support.wire import Wire

FILE = Path("kept.txt")
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
READING = (
    f"plan {VPC}",
    f"check {VPC}",
    "status",
    "outputs",
    "outputs bucket",
    "destroy --dry-run",
    "state list",
    "state show",
    "state path",
    "integrations",
    "integrations upsolver-vpc",
    "lint policy.json",
    "review --format markdown --offline",
    "approve plan.json --by ann --dry-run",
    "rotate external-id --external-id ext-2 --dry-run",
    "docs",
    "docs ci",
    "integrations schema",
    "sandbox status",
    "status --json",
    "outputs --json",
    "integrations --json",
    "lint policy.json --json",
)
"""What writes a result to stdout and changes nothing."""
WRITERS = (f"permissions {VPC}", f"export {VPC} --format cloudformation")
"""The same with an --output of its own, which takes several files."""


@pytest.fixture
def deployed(bootstrap: Bootstrap) -> Bootstrap:
    Path("policy.json").write_text(json.dumps(POLICY))
    ran = bootstrap(f"create {VPC} --yes --quiet")
    assert ran.code == 0
    assert {line.split(": ")[0] for line in ran.err.splitlines()} == {"Warning"}
    assert "Role ARN" in ran.out
    assert bootstrap("plan --out plan.json --quiet").code == 0
    return bootstrap


def test_quiet_leaves_results_and_errors(deployed: Bootstrap) -> None:
    for line in (*READING, *WRITERS):
        loud, quiet = deployed(line), deployed(f"{line} --quiet")
        assert (quiet.code, quiet.err) == (loud.code, ""), line
        if "--json" not in line:
            assert quiet.out == loud.out, line
    assert [item["type"] for item in deployed("status --json -q").objects] == ["plan"]
    refused = deployed("outputs nothing -q")
    assert refused.code == 64
    assert refused.err.startswith("Error: ")
    assert [item["type"] for item in deployed("destroy --yes --json -q").objects] == ["receipt", "result"]


def test_quiet_says_what_failed(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("CreateRole", "AccessDenied", "not authorized", status=403)
    ran = bootstrap(f"create {VPC} --yes --no-preflight --quiet")
    assert ran.code == 1
    assert "! role failed" in ran.err
    assert "Error: " in ran.err
    assert "bucket created" not in ran.err


def test_quiet_says_why_a_run_is_refused(deployed: Bootstrap, scope: MakeScope) -> None:
    scope().client("s3").put_object(Bucket=BUCKET, Key="precious", Body=b"data")
    refused = deployed("destroy --yes --quiet")
    assert refused.code == 1
    assert f"! bucket: bucket {BUCKET} still holds objects" in refused.err
    assert "--delete-data" in refused.err
    assert "above" not in refused.err
    kept = deployed(f"plan {VPC} --role-prefix other- --output {FILE}")
    assert kept.code == 1
    assert "See the lines with ! in the output.\n" in kept.err
    assert "  ! " in FILE.read_text()


def test_quiet_leaves_warnings(deployed: Bootstrap) -> None:
    state = Path(".bootstrap/upsolver-vpc.json")
    edited = json.loads(state.read_text())
    state.write_text(json.dumps({**edited, "digest": ""}))
    for line in ("status", "state show", "status --json"):
        ran = deployed(f"{line} --quiet")
        assert "was edited since" in ran.out + ran.err, line


def test_a_result_in_a_file_is_what_stdout_would_have(deployed: Bootstrap) -> None:
    for line in READING:
        loud = deployed(line)
        ran = deployed(f"{line} --output {FILE}")
        assert (ran.code, ran.out) == (loud.code, ""), line
        assert ran.err == f"{loud.err}Written to {FILE}.\n", line
        assert FILE.read_text() == loud.out, line
        assert FILE.stat().st_mode & 0o777 == 0o600
        FILE.unlink()


def test_a_file_that_is_there_stays_unless_force_is_given(bootstrap: Bootstrap, cloud: Wire) -> None:
    FILE.write_text("of the user")
    for line in (f"create {VPC} --yes", "state list", "integrations"):
        refused = bootstrap(f"{line} --output {FILE}")
        assert refused.code == 64
        assert "--output would overwrite: " in refused.err
        assert "Choose another file, or add --force to overwrite." in refused.err
    assert cloud.calls == []
    assert FILE.read_text() == "of the user"
    assert bootstrap(f"create {VPC} --yes --output {FILE} --force").code == 0
    assert "Role ARN" in FILE.read_text()
    assert bootstrap(f"outputs --output {FILE} --force --quiet").err == ""
    for line in ("status --force", "integrations --force"):
        refused = bootstrap(line)
        assert refused.code == 64
        assert "Add --output FILE." in refused.err


def test_what_came_before_an_error_is_kept(deployed: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("DeleteRole", "AccessDenied", "not authorized", status=403, times=9)
    ran = deployed(f"destroy --yes --no-preflight --json --output {FILE}")
    assert ran.code == 1
    assert [item["type"] for item in ran.objects] == ["error"]
    assert "failed" in [json.loads(line)["type"] for line in FILE.read_text().splitlines()]
    nothing = Path("nothing.json")
    assert deployed(f"outputs nothing --json --output {nothing}").code == 64
    assert not nothing.exists()


def link() -> None:
    Path("precious").write_text("keep this")
    FILE.symlink_to("precious")


def below_a_file() -> str:
    Path("taken").touch()
    return "taken/kept.txt"


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "a folder": (FILE.mkdir, f"--output: {FILE} is a folder"),
    "a link": (link, "is a symbolic link"),
    "a pipe": (lambda: os.mkfifo(FILE), "is not a regular file"),
    "below a file": (below_a_file, "taken is not a folder"),
    "a folder of states": (lambda: ".bootstrap/kept.json", "is a folder for states"),
    "stdout": (lambda: "-", "--output names a file, and - is none\nOmit --output"),
    "the current folder": (lambda: ".", "--output: . is a folder"),
}


@pytest.mark.parametrize("force", ["", " --force"])
@pytest.mark.parametrize(("make", "told"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_written_is_refused_before_the_first_call(
    make: Callable[[], Any], told: str, force: str, bootstrap: Bootstrap, cloud: Wire
) -> None:
    path = make() or FILE
    refused = bootstrap(f"create {VPC} --yes --output {path}{force}")
    assert refused.code == 64
    assert told in refused.err
    assert writes(cloud.calls) == []
    if Path("precious").exists():
        assert Path("precious").read_text() == "keep this"


def test_a_result_for_a_full_disk_is_shown_instead(in_process: Bootstrap) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        ran = in_process(f"integrations --output {FILE}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert ran.code == 64
    assert "aspera-atc" in ran.out
    assert "File too large\nMake room, or choose another file; the result is on the screen instead" in ran.err
    assert os.listdir() == []


@pytest.mark.parametrize("line", ["status --color red", "status --color=", "integrations --color \x1b"])
def test_a_color_that_is_none_is_refused(line: str, in_process: Bootstrap) -> None:
    refused = in_process(line)
    assert refused.code == 64
    assert "is not one of auto, always, never" in refused.err


def test_color_is_chosen_for_one_command(deployed: Bootstrap, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" in deployed("status --color always").out
    assert "\x1b[" not in deployed("status").out
    assert "\x1b[" in deployed("status --frob --color=always").err
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in deployed("status").out
    assert "\x1b[" not in deployed("status --color never").out
    assert "\x1b[" not in deployed("create --help --color never").out
