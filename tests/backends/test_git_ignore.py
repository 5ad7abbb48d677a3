"""In a git work tree, the states below .bootstrap are ignored, unless somebody decided otherwise."""

import subprocess
from pathlib import Path

import pytest

from bootstrap.backends.file import FileBackend
from bootstrap.backends.git_ignore import TEXT
from bootstrap.core.state import State

STATE = State(deployment="a", integration="upsolver-vpc", lineage="l", accounts={}, inputs={}, given=())
IGNORE = Path(".bootstrap/.gitignore")


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "infra").mkdir()
    monkeypatch.chdir(tmp_path / "infra")


def stored(path: str = ".bootstrap/a.json") -> FileBackend:
    backend = FileBackend(Path(path))
    with backend.lock("test"):
        backend.save(STATE)
    return backend


def status() -> str:
    return subprocess.run(["git", "status", "--porcelain", "-uall"], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("path", [".bootstrap/a.json", ".bootstrap/sandbox/deployments/a.json"])
def test_git_sees_no_state_and_nothing_is_left_behind(path: str) -> None:
    backend = stored(path)
    assert status() == ""
    assert IGNORE.read_text() == TEXT
    assert backend.ignored_by == [Path.cwd() / IGNORE]
    assert stored(path.replace("a.json", "b.json")).ignored_by == []
    Path(path.replace("a.json", "b.json")).unlink()
    with backend.lock("test"):
        backend.remove()
    assert IGNORE.exists() == ("sandbox" in path)  # `sandbox stop` removes it there


@pytest.mark.parametrize("text", ["", "*.tmp\n"])
def test_a_file_of_the_user_stays_as_it_is(text: str) -> None:
    IGNORE.parent.mkdir(mode=0o700)
    IGNORE.write_text(text)
    backend = stored()
    assert ".bootstrap/" in status()
    with backend.lock("test"):
        backend.remove()
    assert IGNORE.read_text() == text


def test_a_link_is_not_written_through() -> None:
    Path("precious").write_text("keep this")
    IGNORE.parent.mkdir(mode=0o700)
    IGNORE.symlink_to("../nowhere")
    assert stored().path.exists()
    assert not Path("nowhere").exists()


def test_elsewhere_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored("states/a.json")  # a folder of the user
    assert not Path("states/.gitignore").exists()
    (tmp_path / ".git").rename(tmp_path / "no-git")
    stored()
    assert not IGNORE.exists()
