"""What every state store must do. A new one is put through all of this by a line in `support/stores.py`."""

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.backend import Backend
from bootstrap.core.receipt import Destroyed
from bootstrap.errors import StateError, StateLocked
from tests.support.processes import Cloud, serving
from tests.support.stores import BUCKET, NEW, STORES, elsewhere, with_record


@pytest.fixture(scope="module")
def state_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serving(tmp_path_factory.mktemp("sandbox")) as cloud:
        cloud.s3.create_bucket(Bucket=BUCKET)
        cloud.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield cloud


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    name: str = request.param
    if name == "s3":
        shared: Cloud = request.getfixturevalue("state_cloud")
        shared.share_with(tmp_path)
    return name


@pytest.fixture
def backend(store: str, tmp_path: Path) -> Backend:
    return STORES[store](tmp_path)


@contextmanager
def held_elsewhere(store: str, folder: Path) -> Iterator[Any]:
    """Another process that holds the lock."""
    with elsewhere("hold", store, folder) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def printed(what: str, store: str, folder: Path, times: int) -> str:
    with elsewhere(what, store, folder, TIMES=str(times)) as process:
        return process.communicate(timeout=100)[0].strip()


def test_there_is_no_state_at_first(backend: Backend) -> None:
    assert backend.load() is None


def test_a_state_comes_back_as_it_was_saved(backend: Backend) -> None:
    state = with_record(with_record(replace(NEW, inputs={"tag": ["a=b"], "path": None}, handoff={"values": {"x": "ü"}})))
    assert backend.save(state) == backend.load()
    assert backend.load() == replace(state, serial=1)


def test_each_save_raises_the_serial(backend: Backend) -> None:
    first = backend.save(NEW)
    second = backend.save(with_record(first))
    assert (first.serial, second.serial) == (1, 2)
    assert backend.load() == second


def test_a_save_on_top_of_an_old_state_is_refused_and_overwrites_nothing(backend: Backend) -> None:
    first = backend.save(NEW)
    second = backend.save(with_record(first))
    with pytest.raises(StateError, match="was changed by another run in the meantime") as refused:
        backend.save(first)
    assert "Nothing was overwritten" in refused.value.advice
    assert backend.load() == second


def test_a_second_first_save_is_refused(backend: Backend) -> None:
    first = backend.save(NEW)
    with pytest.raises(StateError, match="was changed by another run"):
        backend.save(with_record(NEW))
    assert backend.load() == first


def test_a_save_of_another_lineage_is_refused(backend: Backend) -> None:
    first = backend.save(NEW)
    with pytest.raises(StateError, match="was changed by another run"):
        backend.save(replace(first, lineage="another"))
    assert backend.load() == first


def test_a_save_where_the_state_was_taken_away_is_refused(backend: Backend) -> None:
    first = backend.save(NEW)
    backend.remove()
    with pytest.raises(StateError, match="was changed by another run"):
        backend.save(first)
    assert backend.load() is None


def test_a_removed_state_is_gone_and_removing_it_again_does_no_harm(backend: Backend) -> None:
    backend.save(NEW)
    backend.remove()
    backend.remove()
    assert backend.load() is None
    assert backend.save(NEW).serial == 1


def test_the_lock_keeps_another_process_out_and_names_it(store: str, backend: Backend, tmp_path: Path) -> None:
    with held_elsewhere(store, tmp_path) as process:
        with pytest.raises(StateLocked) as refused, backend.lock("destroy prod"):
            pytest.fail("two processes hold the lock")
        holder = f"create prod by {getpass.getuser()} on {socket.gethostname()} (process {process.pid}) since 20"
        assert refused.value.message.startswith(f"another run uses {backend.where}: {holder}")


def test_the_lock_keeps_the_same_process_out_too(backend: Backend) -> None:
    with backend.lock("create prod"):
        with pytest.raises(StateLocked, match="create prod by"), backend.lock("destroy prod"):
            pytest.fail("the lock was given twice")
        backend.save(NEW)
    assert backend.load()


def test_the_refused_one_does_not_take_the_lock_away(store: str, backend: Backend, tmp_path: Path) -> None:
    with held_elsewhere(store, tmp_path):
        for _ in range(3):
            with pytest.raises(StateLocked), backend.lock("destroy prod"):
                pytest.fail("two processes hold the lock")


def test_the_lock_is_free_after_its_holder_ended_well_or_badly(backend: Backend) -> None:
    with pytest.raises(ZeroDivisionError), backend.lock("create prod"):
        raise ZeroDivisionError
    with backend.lock("create prod"):
        pass
    with backend.lock("create prod"):
        pass


def test_after_its_holder_was_killed_the_lock_is_free_or_the_refusal_says_how_to_free_it(
    store: str, backend: Backend, tmp_path: Path
) -> None:
    with held_elsewhere(store, tmp_path) as process:
        process.kill()
        process.wait()
        try:
            with backend.lock("destroy prod"):
                pass
        except StateLocked as refused:
            assert store != "file"
            assert "Only if that run is dead: bootstrap state unlock " in refused.advice


def test_of_twenty_processes_one_at_a_time_has_the_lock(store: str, tmp_path: Path) -> None:
    assert printed("take_turns", store, tmp_path, 5 if store == "file" else 1) == "20"


def test_a_process_that_is_killed_while_it_saves_leaves_a_whole_state(store: str, tmp_path: Path) -> None:
    times = 100 if store == "file" else 20  # over a network each takes longer
    assert printed("be_killed", store, tmp_path, times) == str(times)


def test_what_is_put_is_stored_as_it_is(backend: Backend) -> None:
    first = backend.save(NEW)
    moved = replace(with_record(first), serial=7)
    backend.put(moved)
    assert backend.load() == moved
    assert backend.save(moved).serial == 8


RECEIPT = Destroyed("prod", "example", "ours", "2026-11-22T09:30:00+00:00")


def test_the_receipt_of_a_retired_state_stays_until_the_next_state_is_put_there(backend: Backend) -> None:
    assert backend.destroyed() is None
    backend.save(NEW)
    backend.retire(RECEIPT)
    assert (backend.load(), backend.destroyed()) == (None, RECEIPT)
    backend.retire(RECEIPT)
    assert backend.save(NEW).serial == 1
    assert backend.destroyed() is None
    backend.retire(RECEIPT)
    backend.remove()
    assert (backend.load(), backend.destroyed()) == (None, None)
