"""Files that the user names: whatever they are, the command ends, and says in one error what is wrong. In real processes."""

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import VPC
from tests.support.processes import BOOTSTRAP, DEADLINE, environment

BIOMODAL = "create --integration biomodal-duet --bucket acme-duet --yes --sandbox"
NAMING_A_FILE = {
    "inputs": "create --integration upsolver-vpc --yes --sandbox --inputs in.toml",
    "a public key": f"{BIOMODAL} --public-key in.toml",
    "policies to lint": "lint in.toml",
    "a state to push": "state push in.toml --yes",
    "a state": "status --state in.toml",
}


def huge(path: Path) -> None:
    path.touch(mode=0o600)
    os.truncate(path, 5_000_000_000)  # it takes no room


NO_FILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a pipe that nobody writes to": (os.mkfifo, "it is not a regular file"),
    "a device without an end": (lambda path: path.symlink_to("/dev/zero"), "it is "),
    "more than a disk has": (huge, "it has more than "),
}


def run(line: str, *, shell: str = "") -> "subprocess.CompletedProcess[str]":
    command = (
        ["bash", "-c", shell.replace("BOOTSTRAP", shlex.join(BOOTSTRAP))] if shell else [*BOOTSTRAP, *shlex.split(line)]
    )
    return subprocess.run(
        command, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE, check=False
    )


@pytest.mark.parametrize("line", NAMING_A_FILE.values(), ids=NAMING_A_FILE)
@pytest.mark.parametrize(("make", "told"), NO_FILE.values(), ids=NO_FILE)
def test_what_is_no_file_is_one_error_at_once(make: Callable[[Path], None], told: str, line: str) -> None:
    make(Path("in.toml"))
    ended = run(line)
    assert ended.returncode in (1, 64)
    assert told in ended.stderr
    assert ended.stderr.count("Error: ") == 1
    assert "Traceback" not in ended.stderr
    assert os.listdir() == ["in.toml"]


def test_inputs_may_come_from_a_pipe_of_the_shell() -> None:
    Path("in.toml").write_text('external_id = "ext-1"\norg_id = "a"\n')
    ended = run("", shell="BOOTSTRAP permissions --integration upsolver-vpc --inputs <(sleep 0.3; cat in.toml)")
    assert '"iam:CreateRole"' in ended.stdout


def test_policies_to_lint_may_come_from_pipes_of_the_shell() -> None:
    ended = run("", shell="echo '{}' | BOOTSTRAP lint - /dev/stdin <(echo '[]') <(yes)")
    assert ended.returncode == 64
    assert "/dev/fd/63: " in ended.stdout + ended.stderr
    assert "it has more than 1,000,000 bytes" in ended.stderr


def test_a_closed_stdin_is_one_error() -> None:
    ended = run("", shell="BOOTSTRAP lint - <&-")
    assert ended.returncode == 64
    assert "cannot read stdin: it is closed" in ended.stderr


@pytest.mark.parametrize("line", ["state list", f"plan {VPC} --name prod", "status"])
def test_a_folder_of_states_with_anything_in_it_does_not_hang(line: str) -> None:
    Path(".bootstrap").mkdir()
    os.mkfifo(".bootstrap/pipe.json")
    Path(".bootstrap/zero.json").symlink_to("/dev/zero")
    huge(Path(".bootstrap/huge.json"))
    ended = run(line)
    assert "Traceback" not in ended.stderr
    assert "unexpected" not in ended.stderr
    if line == "state list":
        assert "pipe        cannot read the state .bootstrap/pipe.json: it is not a regular file" in ended.stdout
        assert "zero        cannot read the state .bootstrap/zero.json: it is a symbolic link" in ended.stdout
        assert "huge        cannot read the state .bootstrap/huge.json: it has more than 16,000,000 bytes" in ended.stdout
