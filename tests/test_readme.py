"""The README's commands are run as they stand."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from bootstrap.integrations import integrations

README = Path(__file__).parents[1] / "README.md"
BOOTSTRAP = Path(sys.executable).with_name("bootstrap")


def test_every_verb_of_the_readme_runs_in_the_given_order(tmp_path: Path) -> None:
    section = README.read_text(encoding="utf-8").split("## Every verb")[1]
    commands = re.findall(r"^\$ bootstrap (.*)$", section, re.MULTILINE)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BOOTSTRAP_"))}
    assert len(commands) > 10
    try:
        for command in commands:
            ran = subprocess.run(
                [BOOTSTRAP, *shlex.split(command)], cwd=tmp_path, env=environment, capture_output=True, text=True
            )
            assert ran.returncode == 0, f"bootstrap {command}: {ran.stderr}"
    finally:
        subprocess.run([BOOTSTRAP, "sandbox", "stop"], cwd=tmp_path, env=environment, capture_output=True)
    assert list(tmp_path.iterdir()) == []


def test_the_readme_names_every_integration_and_every_verb() -> None:
    text = README.read_text(encoding="utf-8")
    shown = subprocess.run([BOOTSTRAP, "--help"], capture_output=True, text=True, check=True).stdout
    verbs = re.findall(r"^│ ([a-z]+) ", shown, re.MULTILINE)
    assert len(verbs) >= 9
    assert [name for name in (*integrations(), *verbs) if f"`{name}`" not in text] == []
