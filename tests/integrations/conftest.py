"""The accounts in which one deployment after the other lives and crashes."""

from collections.abc import Callable, Iterator

import pytest

from bootstrap.aws.client import Aws
from bootstrap.contract.crashes import one_after_the_other
from tests.support.worlds import Kept, World


@pytest.fixture(scope="module")
def kept(moto_made_ready: None, connections: Callable[[str], Aws]) -> Iterator[Kept]:
    with Kept(connections) as found:
        yield found


@pytest.fixture
def world(way: str, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    one_after_the_other(monkeypatch)
    with kept.world(way) as found:
        yield found
