"""Values from JSON against the types that a class says."""

from typing import Any

import pytest

from bootstrap.core.json_types import fits

FIT: list[tuple[Any, Any]] = [
    ("a", str),
    (7, int),
    (True, bool),
    (None, str | None),
    ("a", str | None),
    ([], list[str]),
    (["a"], list[str]),
    ({"a": "b"}, dict[str, str]),
    ({"a": {"b": [1, None]}}, dict[str, dict[str, Any]]),
]
UNFIT: list[tuple[Any, Any]] = [
    (7, str),
    (None, str),
    (True, int),
    (1.5, int),
    (1, bool),
    (7, str | None),
    ("a", list[str]),
    ([7], list[str]),
    ([], dict[str, str]),
    ({"a": 7}, dict[str, str]),
    ({"a": "b"}, dict[str, dict[str, Any]]),
]


@pytest.mark.parametrize(("value", "hint"), FIT, ids=str)
def test_what_fits(value: Any, hint: Any) -> None:
    assert fits(value, hint)


@pytest.mark.parametrize(("value", "hint"), UNFIT, ids=str)
def test_what_does_not_fit(value: Any, hint: Any) -> None:
    assert not fits(value, hint)
