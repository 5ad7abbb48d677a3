"""When a run looks for garbage."""

import gc
from collections.abc import Iterator

import pytest

from bootstrap.cli import garbage


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_what_starting_up_created_is_never_looked_at() -> None:
    before = gc.get_freeze_count()
    garbage.postpone()
    assert not gc.isenabled()
    garbage.resume()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_a_program_that_collects_garbage_as_usual_keeps_doing_so() -> None:
    """As one that calls the operations itself."""
    before = gc.get_freeze_count()
    garbage.resume()
    assert gc.isenabled()
    assert gc.get_freeze_count() == before
