"""A run on a machine that lacks something says in its last lines which tests it left out, and how to get them."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import OF_SYSTEM
from tests.support.processes import ROOT, environment

PYTHON = """#!/bin/sh
case "$2" in *"!= '{version}'"*) exit 0 ;; esac
exit 1
"""
"""Stands for a Python of this version, which is asked for its version."""


@pytest.fixture
def python(tmp_path: Path) -> Callable[[str, str], Path]:
    """Puts a Python of a version at a path below the folder."""

    def put(path: str, version: str) -> Path:
        found = tmp_path / path
        found.parent.mkdir(parents=True, exist_ok=True)
        found.write_text(PYTHON.format(version=version), encoding="utf-8")
        found.chmod(0o755)
        return found

    return put


def pythons(folder: Path, ours: str) -> "subprocess.CompletedProcess[str]":
    """What `.ci/pythons` says where the folder has all programs but the shell's own."""
    settings = environment(PATH=f"{folder}/bin", PYENV_ROOT=str(folder / "pyenv"))
    return subprocess.run(["/bin/bash", ROOT / ".ci" / "pythons", ours], env=settings, capture_output=True, text=True)


def versions() -> list[str]:
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    of_python = [name.rpartition(" ")[2] for name in content["project"]["classifiers"] if ":: Python ::" in name]
    return [version for version in of_python if "." in version]


def test_tests_whose_program_is_missing_are_named_at_the_end_with_the_command_that_installs_it(tmp_path: Path) -> None:
    one, left_out = (
        "tests/test_loopback_only.py::test_this_machine_is_reached",
        "tests/test_review_pages.py::test_it_fits_a_phone",
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", one, left_out],
        cwd=ROOT, env=environment(PATH=str(tmp_path)), capture_output=True, text=True,
    )  # fmt: skip
    *before, count = ran.stdout.splitlines()
    assert count.startswith("1 passed, 1 deselected"), ran.stdout + ran.stderr
    expected = [f"Left out: {OF_SYSTEM[marker][1]}" for marker in ("browser", "ssh_keygen")]
    assert [line for line in before[-len(OF_SYSTEM) :] if line in expected] == expected
    assert all("To run these" in line and "apt-get install" in line for line in expected)


def test_every_python_that_bootstrap_runs_on_is_tried_or_named_as_left_out(
    tmp_path: Path, python: Callable[[str, str], Path]
) -> None:
    ours, first, second, *others = versions()
    on_path, of_pyenv = python(f"bin/python{first}", first), python(f"pyenv/versions/{second}.7/bin/python", second)
    python(f"bin/python{second}", "2.7")  # a wrapper that starts something else
    ran = pythons(tmp_path, ours)
    assert ran.stdout.splitlines() == [f"{first} {on_path.name}", f"{second} {of_pyenv}"]
    [line] = ran.stderr.splitlines()
    assert line.startswith("Left out: the quick tests on these Pythons, ")
    assert f": {' '.join(others)}. " in line


def test_where_every_python_is_there_nothing_is_said(tmp_path: Path, python: Callable[[str, str], Path]) -> None:
    for version in versions():
        python(f"bin/python{version}", version)
    ran = pythons(tmp_path, versions()[0])
    assert [line.split()[0] for line in ran.stdout.splitlines()] == versions()[1:]
    assert ran.stderr == ""
