"""What is odd about files: modes, links, folders that cannot be written, full disks, what is left lying about."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bootstrap.backends.file import FileBackend, clear, stored_names
from bootstrap.backends.holder import Holder
from bootstrap.errors import StateError
from tests.support.stores import NEW, ROOT, with_record

LOCK = ".prod.json.bootstrap-lock"


@pytest.fixture
def backend(tmp_path: Path) -> FileBackend:
    return FileBackend(tmp_path / ".bootstrap" / "prod.json")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_file_and_the_folders_that_it_makes_are_private(tmp_path: Path) -> None:
    backend = FileBackend(tmp_path / "a" / "b" / "prod.json")
    old = os.umask(0)
    try:
        backend.save(backend.save(NEW))
        with backend.lock("create prod"):
            assert mode(backend.path.with_name(LOCK)) == 0o600
    finally:
        os.umask(old)
    assert mode(backend.path) == 0o600
    assert mode(tmp_path / "a") == mode(tmp_path / "a" / "b") == 0o700


def test_a_save_leaves_only_the_file(backend: FileBackend) -> None:
    backend.save(backend.save(NEW))
    assert names(backend.path.parent) == ["prod.json"]


def test_a_lock_leaves_the_folder_as_it_was(tmp_path: Path, backend: FileBackend) -> None:
    with backend.lock("create prod"):
        assert names(backend.path.parent) == [LOCK]
    with FileBackend(tmp_path / "deep" / "er" / "prod.json").lock("create prod"):
        pass
    assert names(tmp_path) == []


def test_after_the_last_state_is_removed_the_folder_goes_but_not_one_of_the_user(tmp_path: Path) -> None:
    for folder, left in ((".bootstrap", []), ("states", ["states"])):
        backend = FileBackend(tmp_path / folder / "prod.json")
        backend.path.parent.mkdir()
        backend.save(NEW)
        with backend.lock("destroy prod"):
            backend.remove()
        assert names(tmp_path) == left


def test_a_lock_sweeps_up_what_a_killed_run_was_writing_and_nothing_else(backend: FileBackend) -> None:
    backend.save(NEW)
    ours = backend.path.with_name(".prod.json.bootstrap-abcd_123.new")
    theirs = [
        backend.path.with_name(name)
        for name in (
            "prod.json.new",
            "prod.json.2026data.new",
            ".prod.json.bootstrap-2026-data.new",
            ".prod.jsonx.bootstrap-abcd1234.new",
        )
    ]
    for path in (ours, *theirs):
        path.touch()
    with backend.lock("create prod"):
        assert not ours.exists()
        assert all(path.exists() for path in theirs)


@pytest.mark.parametrize("target", ["there.json", "nowhere.json"])
def test_a_symbolic_link_is_neither_read_nor_written(tmp_path: Path, target: str) -> None:
    (tmp_path / "there.json").write_text(NEW.to_json())
    link = tmp_path / "prod.json"
    link.symlink_to(target)
    with pytest.raises(StateError, match="it is a symbolic link"):
        FileBackend(link).load()
    with pytest.raises(StateError, match="it is a symbolic link"):
        FileBackend(link).save(NEW)
    assert (tmp_path / "there.json").read_text() == NEW.to_json()
    assert names(tmp_path) == ["prod.json", "there.json"]


def test_a_symbolic_link_in_place_of_the_lock_is_not_followed(tmp_path: Path, backend: FileBackend) -> None:
    backend.save(NEW)
    (tmp_path / "precious").write_text("keep this")
    backend.path.with_name(LOCK).symlink_to(tmp_path / "precious")
    with pytest.raises(StateError, match="cannot lock the state"), backend.lock("create prod"):
        pytest.fail("it followed the link")
    assert (tmp_path / "precious").read_text() == "keep this"


def pipe(path: Path) -> None:
    os.mkfifo(path)


def second_name(path: Path) -> None:
    path.with_name("precious").write_text("keep this")
    os.link(path.with_name("precious"), path)


def open_to_all(path: Path) -> None:
    path.write_text("")
    path.chmod(0o666)


IN_THE_WAY = {
    "a link": (lambda path: path.symlink_to("precious"), "is a symbolic link"),
    "a pipe": (pipe, "is not a regular file"),
    "a folder": (Path.mkdir, "is not a regular file"),
    "a second name of another file": (second_name, "has another name"),
    "a file that all can write": (open_to_all, "can be written by other users"),
}


@pytest.mark.parametrize("name", ["prod.json", LOCK])
@pytest.mark.parametrize(("make", "told"), IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_what_is_in_the_place_of_a_state_or_its_lock_is_refused_and_stays(
    backend: FileBackend, make: Callable[[Path], None], told: str, name: str
) -> None:
    backend.path.parent.mkdir()
    make(backend.path.with_name(name))
    before = [(path.name, path.lstat()) for path in sorted(backend.path.parent.iterdir())]
    with pytest.raises(StateError, match=told), backend.lock("create prod"):
        backend.save(NEW)
    if name == "prod.json":
        for use in (backend.load, backend.remove, lambda: backend.put(NEW)):
            with pytest.raises(StateError, match=told):
                use()
    after = [(path.name, path.lstat()) for path in sorted(backend.path.parent.iterdir())]
    assert [(found, entry.st_ino, entry.st_size) for found, entry in after] == [
        (found, entry.st_ino, entry.st_size) for found, entry in before
    ]


def test_the_folder_of_states_may_not_be_a_link(tmp_path: Path, backend: FileBackend) -> None:
    (tmp_path / "elsewhere").mkdir()
    saved = FileBackend(tmp_path / "elsewhere" / "prod.json").save(NEW)
    (tmp_path / ".bootstrap").symlink_to("elsewhere")
    below = FileBackend(tmp_path / ".bootstrap" / "deeper" / "prod.json")
    for use in (backend.load, backend.remove, lambda: backend.save(saved), lambda: below.put(NEW)):
        with pytest.raises(StateError, match=r"\.bootstrap is a symbolic link"):
            use()
    with pytest.raises(StateError, match=r"\.bootstrap is a symbolic link"), backend.lock("create prod"):
        pytest.fail("it followed the link")
    with pytest.raises(StateError, match=r"\.bootstrap is a symbolic link"):
        stored_names(tmp_path / ".bootstrap")
    assert names(tmp_path / "elsewhere") == ["prod.json"]


def test_a_folder_of_the_user_may_be_a_link_and_be_shared(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o777)
    (tmp_path / "real").chmod(0o777)
    (tmp_path / "link").symlink_to("real")
    for path in (tmp_path / "link" / "prod.json", tmp_path / "link" / ".bootstrap" / "prod.json"):
        backend = FileBackend(path)
        with backend.lock("create prod"):
            assert backend.load() != backend.save(NEW)
    assert mode(tmp_path / "real") == 0o777


def test_a_folder_of_ours_that_others_may_write_is_closed_to_them(backend: FileBackend) -> None:
    backend.path.parent.mkdir()
    backend.path.parent.chmod(0o775)
    backend.save(NEW)
    assert mode(backend.path.parent) == 0o755


def test_a_state_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "prod.json"
    path.touch()
    os.truncate(path, 5_000_000_000)  # it takes no room
    with pytest.raises(StateError, match="it has more than 16,000,000 bytes"):
        FileBackend(path).load()


def test_a_lock_sweeps_up_no_link_and_no_second_name_of_a_file(backend: FileBackend) -> None:
    backend.save(NEW)
    (backend.path.parent / "precious").write_text("keep this")
    os.link(backend.path.parent / "precious", backend.path.with_name(".prod.json.bootstrap-aaaaaaaa.new"))
    backend.path.with_name(".prod.json.bootstrap-bbbbbbbb.new").symlink_to("precious")
    before = names(backend.path.parent)
    with backend.lock("create prod"):
        pass
    assert names(backend.path.parent) == before


def test_the_folder_of_the_sandboxs_states_is_cleared_of_what_we_wrote_and_of_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / ".bootstrap" / "sandbox" / "deployments"
    for name in ("one", "two"):
        FileBackend(folder / f"{name}.json").save(NEW)
    (folder / ".one.json.bootstrap-abcd1234.new").write_text("{")
    (folder / ".three.json.bootstrap-lock").touch(mode=0o600)
    (folder / "notes.json").write_text("{}")
    (folder / "link.json").symlink_to("two.json")
    os.mkfifo(folder / "pipe.json")
    with FileBackend(folder / "two.json").lock("create two"):
        clear(folder)
        assert names(folder) == [".two.json.bootstrap-lock", "link.json", "notes.json", "pipe.json", "two.json"]
    for name in ("link.json", "notes.json", "pipe.json"):
        (folder / name).unlink()
    clear(folder)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock"])
def test_a_lock_file_of_another_tool_is_neither_written_nor_removed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("version = 1")
    backend = FileBackend(tmp_path / name.removesuffix(".lock"))
    with backend.lock("create prod"):
        backend.save(NEW)
        backend.remove()
    assert names(tmp_path) == [name]
    assert (tmp_path / name).read_text() == "version = 1"


@pytest.mark.parametrize("content", ["keep this", '{"id": "x"}', "[]"])
def test_what_is_no_lock_of_ours_in_its_place_is_refused_and_stays(backend: FileBackend, content: str) -> None:
    backend.save(NEW)
    place = backend.path.with_name(LOCK)
    place.write_text(content)
    with pytest.raises(StateError, match="is not a lock of bootstrap"), backend.lock("create prod"):
        pytest.fail("it would be overwritten")
    assert place.read_text() == content


def test_a_lock_that_a_killed_run_left_is_taken_over(backend: FileBackend) -> None:
    backend.save(NEW)
    place = backend.path.with_name(LOCK)
    for content in ("", Holder.now("create prod").to_json()):
        place.write_text(content)
        with backend.lock("destroy prod"):
            pass
        assert not place.exists()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "prod.json")
    with pytest.raises(StateError, match="it is not a regular file"):
        FileBackend(tmp_path / "prod.json").load()


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="it is not a regular file"):
        FileBackend(tmp_path).load()


@pytest.mark.parametrize("content", [b"\xff\xfe{}", b"", b"{", b"[]", b"null", b"{}", b"[" * 100_000])
def test_what_is_not_a_state_is_refused_and_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "prod.json"
    path.write_bytes(content)
    with pytest.raises(StateError, match=r"prod\.json"):
        FileBackend(path).load()
    with pytest.raises(StateError, match=r"prod\.json"):
        FileBackend(path).save(NEW)
    assert path.read_bytes() == content


@pytest.mark.parametrize("folder", ["occupied", "occupied/deeper", "/proc/nobody/can/make/this"])
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, folder: str) -> None:
    (tmp_path / "occupied").write_text("a file")
    backend = FileBackend(tmp_path / folder / "prod.json")
    with pytest.raises(StateError, match=f"the state {backend.where}: "):
        backend.save(NEW)
    with pytest.raises(StateError, match=f"cannot lock the state {backend.where}: "), backend.lock("create prod"):
        pytest.fail("there is no folder for a lock")
    assert names(tmp_path) == ["occupied"]


def test_a_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="name too long"):
        FileBackend(tmp_path / ("x" * 300)).load()
    backend = FileBackend(tmp_path / "new" / ("x" * 300))
    with pytest.raises(StateError, match="name too long"), backend.lock("create prod"):
        pytest.fail("there is no such file")
    assert names(tmp_path) == []


FULL = """
import resource, sys
from pathlib import Path
from bootstrap.backends.file import FileBackend
from bootstrap.errors import StateError
from tests.support.stores import with_record
backend = FileBackend(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
with backend.lock("create prod"):
    state = backend.load()
    try:
        backend.save(with_record(state, "x" * 100_000))
    except StateError as error:
        print(error.message, error.advice, sep="\\n")
"""


@pytest.mark.parametrize("room", [50_000, 0])
def test_a_full_disk_leaves_the_old_state_whole_and_nothing_else(backend: FileBackend, room: int) -> None:
    """The limit of a process's file size stands for the disk: it ends the write just the same."""
    saved = backend.save(with_record(NEW))
    command = [sys.executable, "-c", FULL, str(backend.path), str(room)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    told = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert f"cannot save the state {backend.where}: File too large" in told
    assert "Make room" in told
    assert backend.load() == saved
    assert names(backend.path.parent) == ["prod.json"]


def test_a_user_without_a_name_can_hold_the_lock(backend: FileBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers often run under a number that no list of users knows."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 54321")

    monkeypatch.setattr("getpass.getuser", nobody)
    refused = pytest.raises(StateError, match=f"create prod by {os.getuid()} on ")
    with backend.lock("create prod"), refused, backend.lock("destroy prod"):
        pytest.fail("the lock was given twice")


def test_a_save_is_on_the_disk_before_it_takes_the_old_ones_place(
    backend: FileBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a power cut leaves the old state or the new one. No test can pull the plug; this one watches the order."""
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(descriptor: int) -> None:
        steps.append("flush the folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "flush the file")
        fsync(descriptor)

    def watched_replace(source: str, target: str, **folders: int) -> None:
        steps.append("replace")
        replace(source, target, **folders)

    monkeypatch.setattr("os.fsync", watched_fsync)
    monkeypatch.setattr("os.replace", watched_replace)
    backend.save(NEW)
    assert steps == ["flush the file", "replace", "flush the folder"]


def test_more_than_a_state_can_be_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = FileBackend(tmp_path / "prod.json")
    backend.save(NEW)
    monkeypatch.setattr("bootstrap.backends.file.LARGEST", 100)
    with pytest.raises(StateError, match=r"cannot read the state .* has more than 100 bytes"):
        backend.load()
