"""Values that differ by account: all that is wrong with the file is said at once, with the lines."""

import pytest

from bootstrap.core.input import Input
from bootstrap.core.integration import inputs_of
from bootstrap.errors import UsageError
from bootstrap.fleet.account_values import account_values, columns, rows_of
from tests.support.inputs import example

KNOWN: dict[str, Input] = {item.name: item for item in inputs_of(type(example("datadog"))) if item.name in ("external_id",)}
A, B = "111111111111", "222222222222"


def test_each_account_has_its_checked_values() -> None:
    text = f"\ufeffaccount_id, external-id\r\n{A}, ext-one \r\n\r\n{B},\r\n"
    assert account_values(text, KNOWN, ()) == {A: {"external_id": "ext-one"}, B: {}}
    assert columns(text) == ("external_id",)
    assert rows_of(text).keys() == {A, B}


def test_everything_that_is_wrong_is_said_with_its_line() -> None:
    text = (
        f"account_id,external_id\n{A},ext-one\n12,ext-two\n{B},YOUR-EXTERNAL-ID\n{A},ext-three\n{B}\n333333333333,ext-four\n"
    )
    with pytest.raises(UsageError) as refused:
        account_values(text, KNOWN, (A, B))
    said = f"{refused.value.message}\n{refused.value.advice}"
    assert "6 lines are wrong" in said
    assert "line 3: '12' is not the number of an AWS account" in said
    assert f"line 4 ({B}): external_id: 'YOUR-EXTERNAL-ID' only stands for an external id" in said
    assert f"line 5: {A} is in line 2, too" in said
    assert f"line 6 ({B}): has 1 cells, and the first line has 2" in said
    assert "line 7: 333333333333 is not one of the accounts of the fleet" in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: the first column is account_id"),
        ("external_id\next", "line 1: the first column is account_id"),
        ("account_id,site\n", "line 1: site cannot differ by account"),
        ("account_id,external_id,external_id\n", "line 1: the column external_id is there twice"),
        ('account_id,external_id\n1,"open', "line 2: unexpected end of data"),
    ],
)
def test_a_wrong_first_line_is_said_alone(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        account_values(text, KNOWN, ())
