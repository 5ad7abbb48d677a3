"""The man pages and the completion that the wheel puts where man and the shells look."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bootstrap.cli.app import VERBS
from scripts.write_share import SHARE, files

MANUAL = sorted((SHARE / "man" / "man1").glob("*.1"))


def test_they_are_what_the_help_says_now() -> None:
    there = {path.relative_to(SHARE).as_posix(): path.read_text() for path in SHARE.rglob("*") if path.is_file()}
    assert there == files(), "run: python -m scripts.write_share"


def test_each_verb_has_a_man_page() -> None:
    assert {page.name for page in MANUAL} == {"bootstrap.1", *(f"bootstrap-{verb}.1" for verb in VERBS)}


@pytest.mark.parametrize("page", MANUAL, ids=lambda page: page.stem)
def test_a_man_page_has_its_sections_and_obeys_no_text(page: Path) -> None:
    lines = page.read_text().splitlines()
    headings = [line.removeprefix(".SH ") for line in lines if line.startswith(".SH ")]
    assert headings[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"]
    assert headings[-2:] == ["EXIT STATUS", "SEE ALSO"]
    assert {line.split()[0] for line in lines if line[0] in ".'"} <= {".TH", ".SH", ".SS", ".TP", ".B", ".BR", ".PP", ".br"}


def test_mandoc_and_groff_have_no_complaint() -> None:
    """As far as this machine has them; `.ci/run` installs mandoc."""
    for command in (["mandoc", "-T", "lint", "-W", "warning"], ["groff", "-man", "-ww", "-T", "utf8", "-z"]):
        if shutil.which(command[0]):
            ran = subprocess.run([*command, *MANUAL], capture_output=True, text=True)
            assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_bash_completes_with_the_script_that_is_installed() -> None:
    script = SHARE / "bash-completion" / "completions" / "bootstrap"
    typed = "COMP_WORDS=(bootstrap doc); COMP_CWORD=1; _bootstrap_completion bootstrap"
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    code = f'source {script}; {typed}; echo "${{COMPREPLY[*]}}"'
    ran = subprocess.run(["bash", "-c", code], capture_output=True, text=True, env={**os.environ, "PATH": path})
    assert ran.stdout == "docs\n"


def test_zsh_is_told_whose_completion_it_is() -> None:
    assert (SHARE / "zsh" / "site-functions" / "_bootstrap").read_text().startswith("#compdef bootstrap\n")
