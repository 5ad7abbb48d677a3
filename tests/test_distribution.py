"""What is built for others to install: the same bytes each time, with all that runs and all that must travel along."""

import gzip
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from bootstrap import __version__

ROOT = Path(__file__).parents[1]
BUILD = "import sys; from hatchling import build; print(getattr(build, f'build_{sys.argv[2]}')(sys.argv[1]))"


def built(kind: str, folder: Path, source: Path = ROOT) -> Path:
    """The file of a fresh build, made by the backend that pyproject.toml names. `kind` is "wheel" or "sdist"."""
    folder.mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder), kind],
        cwd=source, capture_output=True, text=True, check=True,
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


def test_an_unpacked_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """Without git: the version is in the code, and no file is found by asking git."""
    with tarfile.open(built("sdist", tmp_path)) as archive:
        archive.extractall(tmp_path, filter="data")
    [source] = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert built("wheel", tmp_path / "built", source).read_bytes() == wheel.read_bytes()


def test_the_wheel_holds_everything(wheel: Path) -> None:
    """The package with its data, the pages of `bootstrap docs`, and what man and the shells look for."""
    tracked = subprocess.run(["git", "ls-files", "bootstrap", "docs", "share"], cwd=ROOT, capture_output=True, text=True)
    places = {"docs/": "bootstrap/pages/docs/", "share/": f"vendorstrap-{__version__}.data/data/share/"}
    expected = {
        next((place + file.removeprefix(start) for start, place in places.items() if file.startswith(start)), file)
        for file in tracked.stdout.split()
    }
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"bootstrap/py.typed", "bootstrap/pages/README.md"} <= names
    assert expected - names == set()


def wrong_release(version: str, changelog: str, tags: Sequence[str]) -> list[str]:
    """What contradicts the version of the code: the newest section of the changelog, and the tags of its commit."""
    released = re.search(r"^## \[([\d.]+)] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    named = [f"the changelog has {released[1] if released else 'no release'}"] * (not released or released[1] != version)
    return named + [f"the tag is {tag}" for tag in tags if tag != f"v{version}"]


def test_the_changelog_has_the_version_and_a_tag_on_this_commit_names_it() -> None:
    tags = subprocess.run(["git", "tag", "--points-at", "HEAD", "v*"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert wrong_release(__version__, (ROOT / "CHANGELOG.md").read_text("utf-8"), tags.stdout.split()) == []


@pytest.mark.parametrize(
    ("changelog", "tags", "wrong"),
    [
        ("## [Unreleased]\n\n## [0.2.0] - 2026-11-01\n\n## [0.1.0] - 2026-10-01\n", [], []),
        ("## [0.2.0] - 2026-11-01\n", ["v0.2.0"], []),
        ("## [0.2.0] - 2026-11-01\n", ["v0.2.1"], ["the tag is v0.2.1"]),
        ("## [0.2.0] - 2026-11-01\n", ["v0.2.0", "v0.2"], ["the tag is v0.2"]),
        ("## [0.1.0] - 2026-10-01\n", ["v0.2.0"], ["the changelog has 0.1.0"]),
        ("## [Unreleased]\n\n## [0.2.0]\n", [], ["the changelog has no release"]),
    ],
)
def test_a_release_whose_parts_name_different_versions_is_noticed(changelog: str, tags: list[str], wrong: list[str]) -> None:
    assert wrong_release("0.2.0", changelog, tags) == wrong


def test_the_name_on_an_index_is_our_own_and_the_command_keeps_its_name(wheel: Path, metadata: Message) -> None:
    assert metadata["Name"] == "vendorstrap"
    with zipfile.ZipFile(wheel) as archive:
        [points] = [archive.read(name).decode() for name in archive.namelist() if name.endswith("entry_points.txt")]
    assert "bootstrap = bootstrap.cli:main" in points


def test_the_licenses_of_the_data_travel_along(wheel: Path) -> None:
    """Text that a person can read is our own; what is packed comes from others, and names its source."""
    with zipfile.ZipFile(wheel) as archive:
        [notice] = [archive.read(name).decode() for name in archive.namelist() if name.endswith("licenses/NOTICE")]
        files = [
            name for name in archive.namelist() if name.startswith("bootstrap/") and not name.startswith("bootstrap/pages/")
        ]
        packed = {name: archive.read(name) for name in files if Path(name).suffix == ".gz"}
    assert {Path(name).suffix for name in files} == {".py", ".toml", ".css", ".gz", ".typed"}
    assert len(packed) == 2
    for name, content in packed.items():
        [about] = [" ".join(part.split()) for part in notice.split("\n\n") if part.startswith(name)]
        assert f"taken from the package {json.loads(gzip.decompress(content))['source'].split()[0]} " in about
    assert "MIT License" in notice
    assert "Copyright (c) 2024 Cloud Copilot" in notice


def test_moto_is_needed_for_the_sandbox_only(metadata: Message) -> None:
    needs = metadata.get_all("Requires-Dist") or []
    assert [need for need in needs if need.startswith("moto")] == [need for need in needs if "extra == 'sandbox'" in need]


WINDOWS = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"):
            raise ModuleNotFoundError(name)

for name in ("fcntl", "grp", "pwd"):
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Missing())
sys.platform = "win32"
from bootstrap.cli import main
main()
"""
"""Python with the modules that it lacks on Windows."""


def test_windows_gets_one_line_and_no_traceback() -> None:
    for words in ("--version", "create --integration upsolver-vpc --sandbox"):
        ran = subprocess.run([sys.executable, "-c", WINDOWS, *words.split()], capture_output=True, text=True, cwd=ROOT)
        assert (ran.returncode, ran.stdout) == (1, "")
        assert ran.stderr.startswith("bootstrap runs on Linux and macOS. On Windows, run it in WSL: https://")
        assert len(ran.stderr.splitlines()) == 1
