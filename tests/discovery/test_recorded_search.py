"""The search that a receipt may begin early."""

from collections.abc import Callable
from concurrent.futures import Future

import pytest

from bootstrap.discovery.recorded_search import EarlySearch
from bootstrap.discovery.search import Search
from bootstrap.errors import AwsError

FIRST, SECOND = Search((), ("first",)), Search((), ("second",))


def searches(*answers: Search | Exception) -> Callable[[], Search]:
    left = list(answers)

    def search() -> Search:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return search


def test_what_was_begun_early_is_not_searched_for_again() -> None:
    early = EarlySearch(searches(FIRST, SECOND), fresh=60)
    early.begin()
    assert early.result() == FIRST


def test_what_was_begun_too_early_is_searched_for_again() -> None:
    early = EarlySearch(searches(FIRST, SECOND), fresh=-1)
    early.begin()
    assert isinstance(early.found, Future) and early.found.result() == FIRST
    assert early.result() == SECOND


def test_a_search_that_was_never_begun_begins_when_its_result_is_needed() -> None:
    assert EarlySearch(searches(FIRST), fresh=60).result() == FIRST


def test_a_search_that_failed_is_repeated_and_only_then_an_error() -> None:
    early = EarlySearch(searches(AwsError("no"), SECOND), fresh=60)
    early.begin()
    assert early.result() == SECOND
    early = EarlySearch(searches(AwsError("no"), AwsError("still no")), fresh=60)
    early.begin()
    with pytest.raises(AwsError, match="still no"):
        early.result()
