"""The rows of a fleet become a file once the accounts are known."""

import csv
import io

import pytest

from bootstrap.core.account_rows import HERE, NAME, AccountRows, csv_of
from bootstrap.core.handoff import Handoff

ONE = AccountRows("222222222222,111111111111", {"Role ARN": f"arn:aws:iam::{HERE}:role/R", "External id": "ext-1"})
OTHER = AccountRows("@{own.accounts}", {"Role ARN": f"arn:aws:iam::{HERE}:role/R", "External id": 'two, "words"'})


def test_each_account_has_a_row_with_its_own_number_and_the_rows_are_sorted() -> None:
    rows = list(csv.reader(io.StringIO(csv_of([ONE, AccountRows("000000000003", OTHER.cells)]))))
    assert rows == [
        ["account_id", "Role ARN", "External id"],
        ["000000000003", "arn:aws:iam::000000000003:role/R", 'two, "words"'],
        ["111111111111", "arn:aws:iam::111111111111:role/R", "ext-1"],
        ["222222222222", "arn:aws:iam::222222222222:role/R", "ext-1"],
    ]


def test_a_recorded_handoff_has_the_file_from_the_outputs() -> None:
    recorded = Handoff({}, rows=(ONE, OTHER)).to_json()
    filled = Handoff.from_json(recorded, lambda address, name: {"own.accounts": "333333333333"}[f"{address}.{name}"])
    assert "333333333333,arn:aws:iam::333333333333:role/R" in filled.files[NAME]
    unknown = Handoff.from_json(recorded, lambda address, name: None)
    assert "@{own.accounts}" in unknown.files[NAME]  # so that it is known to be unfinished
    assert "rows" not in Handoff({}).to_json()


@pytest.mark.parametrize("odd", [{}, {"accounts": 1, "cells": {}}, {"accounts": "1", "cells": {"a": 1}}, "text"])
def test_odd_rows_of_an_edited_state_are_refused(odd: object) -> None:
    with pytest.raises(ValueError, match="rows of the handoff"):
        AccountRows.from_json(odd)
