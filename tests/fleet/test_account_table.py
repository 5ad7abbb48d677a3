"""A table in a file of inputs says the same as a CSV file."""

from typing import Any

import pytest

from bootstrap.fleet.account_table import csv_of_table
from bootstrap.fleet.account_values import account_values, rows_of
from tests.fleet.test_account_values import KNOWN

A, B = "111111111111", "222222222222"


def test_each_account_has_its_values_and_lacks_what_only_others_have() -> None:
    text = csv_of_table({A: {"external_id": 'one,"'}, B: {"note": 7}})
    assert rows_of(text) == {A: {"external_id": 'one,"', "note": ""}, B: {"external_id": "", "note": "7"}}


def test_it_is_checked_as_a_file_is() -> None:
    text = csv_of_table({A: {"external-id": "ext-one"}, B: {}})
    assert account_values(text, KNOWN, ()) == {A: {"external_id": "ext-one"}, B: {}}


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({A: "ext-one"}, f"{A}: must be a table, such as {A} = "),
        ({A: {"external_id": ["x"]}}, f"{A}: external_id: must be text"),
        ({A: {"external_id": True}}, f"{A}: external_id: must be text"),
    ],
)
def test_what_is_no_table_of_text_is_refused(table: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        csv_of_table(table)
