"""The commands of the README and of the guides are run as they stand, those of the AWS CLI as it would send them."""

import os
import re
import shlex
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import boto3
import pytest
from botocore import xform_name

from bootstrap import cli, sandbox
from bootstrap.integrations import integrations
from scripts.demo import in_readme
from tests.support.aws_commands import parsed
from tests.support.calls import keys

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
GUIDES = sorted(path for path in (ROOT / "docs").glob("*.md") if "$ bootstrap" in path.read_text(encoding="utf-8"))
BOOTSTRAP = Path(sys.executable).with_name("bootstrap")


def test_every_verb_of_the_readme_runs_in_the_given_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = commands_of(README.read_text(encoding="utf-8").split("## Every verb")[1])
    assert len(commands) > 10
    run_all(commands, tmp_path, monkeypatch)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "guide",
    [
        pytest.param(path, marks=[pytest.mark.ssh_keygen] if "$ ssh-keygen" in path.read_text(encoding="utf-8") else [])
        for path in GUIDES
    ],
    ids=lambda path: path.stem,
)
def test_every_command_of_a_guide_runs_in_the_given_order(
    guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_all(commands_of(guide.read_text(encoding="utf-8")), tmp_path, monkeypatch)


def commands_of(text: str) -> list[str]:
    return re.findall(r"^\$ ((?:bootstrap|aws|rm|ssh-keygen|echo) .*)$", text, re.MULTILINE)


def run_all(commands: list[str], tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "BOOTSTRAP_"))]:
        patch.delenv(name)
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # no test asks a machine for credentials
    patch.setenv("PATH", str(BOOTSTRAP.parent), prepend=os.pathsep)
    patch.chdir(tmp_path)
    try:
        for command in commands:
            program, *words = shlex.split(command)
            if program == "aws":
                call_the_sandbox(command, tmp_path)
            elif program == "bootstrap" and needs_no_process(words, tmp_path):
                patch.setattr(sys, "argv", ["bootstrap", *words])
                assert cli.run(words) == 0, command
            else:
                ran = subprocess.run(command, shell=True, capture_output=True, text=True)
                assert ran.returncode == 0, f"{command}: {ran.stderr}"
    finally:
        subprocess.run([BOOTSTRAP, "sandbox", "stop"], capture_output=True)


def needs_no_process(words: list[str], folder: Path) -> bool:
    """Whether a command does the same in this process, in half of the time: it leaves nothing to the shell, and starts and
    stops no sandbox."""
    runs = sandbox.status(folder / ".bootstrap" / "sandbox") is not None
    return "|" not in words and words[0] != "sandbox" and (runs or "--sandbox" not in words)


def call_the_sandbox(command: str, folder: Path) -> None:
    """As the AWS CLI sends it."""
    server, sent = sandbox.status(folder / ".bootstrap" / "sandbox"), parsed(command)
    assert server
    with closing(boto3.client(sent.service, endpoint_url=server.url, **keys(server))) as client:
        getattr(client, xform_name(sent.operation))(**sent.parameters)


def test_the_transcripts_are_what_the_demo_prints() -> None:
    text = README.read_text(encoding="utf-8")
    assert in_readme(text) == text, "run: python scripts/demo.py --readme"


def test_the_readme_names_every_integration_and_every_verb() -> None:
    text = README.read_text(encoding="utf-8")
    shown = subprocess.run([BOOTSTRAP, "--help"], capture_output=True, text=True, check=True).stdout
    verbs = re.findall(r"^│ ([a-z]+) ", shown, re.MULTILINE)
    assert len(verbs) >= 9
    assert [name for name in (*integrations(), *verbs) if f"`{name}`" not in text] == []


PAGES = [README, *sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_tests_that_the_safety_page_names_are_there() -> None:
    named = re.findall(r"`((?:\w+/)?test_\w+\.py)`", (ROOT / "docs" / "safety.md").read_text(encoding="utf-8"))
    assert len(named) > 15
    assert [name for name in named if not (ROOT / "tests" / name).exists()] == []
