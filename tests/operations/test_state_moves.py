"""States that move between files, for a program that calls the operations."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap.backends.file import FileBackend
from bootstrap.core.account import EXAMPLE
from bootstrap.core.state import State
from bootstrap.errors import StateError, UsageError
from bootstrap.operations.state_moves import Pushed, migrate, push, unlock, unsaved_state

STATE = State(deployment="prod", integration="upsolver-vpc", lineage="life-1", accounts={"default": EXAMPLE})


@pytest.fixture
def store(tmp_path: Path) -> FileBackend:
    return FileBackend(tmp_path / "prod.json")


@pytest.fixture
def unsaved(tmp_path: Path) -> Path:
    """The file of a run that could not save its state."""
    FileBackend(tmp_path / "errored.json").put(replace(STATE, serial=3))
    return tmp_path / "errored.json"


def no(state: State) -> bool:
    return False


def test_push_says_whether_it_had_to_store_the_state(store: FileBackend, unsaved: Path) -> None:
    notes: list[str] = []
    assert push(unsaved, store, confirm=no) is Pushed.DECLINED
    assert store.load() is None
    assert push(unsaved, store, note=notes.append) is Pushed.STORED
    assert notes == [f"{unsaved}, saved 3 times, over nothing at {store.where}"]
    assert push(unsaved, store, confirm=no) is Pushed.STORED_BEFORE
    stored = store.load()
    assert stored is not None and stored.serial == 3


@pytest.mark.parametrize(
    ("stored", "error"),
    [
        (replace(STATE, serial=3, wanted=("role",)), "is not newer than what is at"),
        (replace(STATE, lineage="life-2"), "or to an earlier one of that name"),
        (replace(STATE, deployment="test"), "belongs to another deployment"),
    ],
)
def test_push_stores_only_what_follows(stored: State, error: str, store: FileBackend, unsaved: Path) -> None:
    store.put(stored)
    with pytest.raises(StateError, match=error):
        push(unsaved, store)
    assert store.load() == FileBackend(store.path).load()


def test_migrate_removes_the_old_state_last(store: FileBackend, tmp_path: Path) -> None:
    store.put(STATE)
    new = FileBackend(tmp_path / "new.json")
    assert migrate(store, new, confirm=no) is None
    assert not new.path.exists()
    moved = migrate(store, new)
    assert moved is not None
    assert (store.load(), new.load()) == (None, moved)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda folder: FileBackend(folder / "a" / ".." / "prod.json"), UsageError, "is where it is already"),
        (lambda folder: FileBackend(folder / "other.json"), StateError, "there is a state at"),
    ],
)
def test_migrate_overwrites_nothing(
    make: Callable[[Path], FileBackend], error: type[Exception], text: str, store: FileBackend, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    store.put(STATE)
    FileBackend(tmp_path / "other.json").put(replace(STATE, deployment="other"))
    with pytest.raises(error, match=text):
        migrate(store, make(tmp_path))
    assert store.load() is not None


def test_a_state_file_needs_no_unlocking(store: FileBackend, unsaved: Path) -> None:
    with pytest.raises(StateError, match="needs no unlocking"):
        unlock(store, "id")
    with pytest.raises(StateError, match="belongs to the deployment 'prod', not 'test'"):
        unsaved_state(unsaved, "test")
