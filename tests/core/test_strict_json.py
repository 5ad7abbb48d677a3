"""The JSON that bootstrap writes."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies

from bootstrap.core.strict_json import indented

SCALARS = strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | strategies.text()
VALUES = strategies.recursive(
    SCALARS, lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(), inner), max_leaves=20
)


@given(VALUES)
def test_indented_is_what_the_standard_library_writes(value: Any) -> None:
    assert indented(value) == json.dumps(value, indent=2)


@pytest.mark.parametrize("value", [(), ("a", ("b",)), {"a": (), "b": {}}, {"": [[], {}]}])
def test_tuples_and_what_is_empty_are_written_as_there(value: Any) -> None:
    assert indented(value) == json.dumps(value, indent=2)
