"""Texts of others that are long, or made to be slow: inputs, messages of AWS, states, what goes to the screen."""

import inspect
import json
from collections.abc import Callable, Iterator

import pytest

from bootstrap.core import validators
from bootstrap.core.input import LONGEST_VALUE, MOST_VALUES
from bootstrap.core.integration import inputs_of
from bootstrap.core.printable import LONGEST, printable, shortened
from bootstrap.core.reference import references, resolve
from bootstrap.core.state import State
from bootstrap.core.state_json import MOST_RECORDS, from_json
from bootstrap.errors import StateError, UsageError
from bootstrap.integrations import integrations
from bootstrap.permissions.denial import Denial, denial_of, encoded_in, of_change, without_encoded
from bootstrap.permissions.operator import Need
from bootstrap.views.policy_difference import policy_lines
from tests.support.fakes import NEW
from tests.support.watchdog import no_hang

LETTERS = 60_000
PIECES = ["a", "1", "a1", "g", "-", "a-", "1.", ":", "/a", ",", "=", " ", "\n", "${", "@{", "@{a.b}", "[", "\x1b", "\ud800"]
BEGINNINGS = ["", "a1", "arn:aws:iam::123456789012:role/", "ssh-rsa ", "10.0.0.0/", "k="]


def texts() -> Iterator[str]:
    yield from (beginning + piece * (LETTERS // len(piece)) + "!" for beginning in BEGINNINGS for piece in PIECES)


CHECKS: dict[str, Callable[[str], str]] = {
    name: function
    for name, function in inspect.getmembers(validators, inspect.isfunction)
    if function.__module__ == validators.__name__
    and not name.startswith("_")
    and name not in ("listed", "number", "bucket_problem")
}
CHECKS |= {
    f"{integration.name} {item.flag}": item.check
    for integration in integrations().values()
    for item in inputs_of(integration)
    if item.check
}


@pytest.mark.parametrize("name", CHECKS)
def test_no_check_of_an_input_hangs(name: str) -> None:
    with no_hang():
        for text in texts():
            try:
                assert isinstance(CHECKS[name](text), str)
            except ValueError as error:
                assert str(error)


def test_more_than_anybody_gives_is_refused_before_it_is_checked() -> None:
    known = {item.name: item for item in inputs_of(next(iter(integrations().values())))}
    with no_hang():
        with pytest.raises(
            UsageError, match=rf"^--path: has {LONGEST_VALUE + 1:,} characters; at most 100,000 are allowed$"
        ):
            known["path"].checked("/" * (LONGEST_VALUE + 1))
        with pytest.raises(UsageError, match=rf"^--tag: is given {MOST_VALUES + 1:,} times; at most 1,000 are allowed$"):
            known["tag"].checked([f"a{number}=b" for number in range(MOST_VALUES + 1)])


MESSAGES = [
    "User: {} is not authorized to perform: iam:CreateRole on resource: {}",
    "User: a is not authorized to perform: iam:CreateRole on resource: role {} because no {} allows it",
    "with an explicit deny in a {}: arn:{}",
    "{}Encoded authorization failure message: {}",
    "{}",
]


@pytest.mark.parametrize("message", MESSAGES, ids=[message[:20] for message in MESSAGES])
def test_no_message_of_aws_hangs(message: str) -> None:
    need = Need(account="default", on="create", action="iam:CreateRole", arn="arn:aws:iam::1:role/" + "*a" * 500, reason="")
    with no_hang():
        for piece in PIECES:
            text = message.format(*[piece * (LETTERS // len(piece))] * 2)
            encoded_in(text), without_encoded(text)
            denial = denial_of(text) or Denial("iam:CreateRole", f"role {text}")
            assert of_change(denial, [need]).statement
            assert denial_of("x", json.dumps({"context": {"action": text}}))


def test_what_aws_has_encoded_may_be_no_denial() -> None:
    for decoded in ("[" * 100_000, '{"context":' * 100_000, "9" * 5_000):
        assert denial_of("x", decoded) is None


@pytest.mark.parametrize("arn", ["arn:aws:iam::1:role/a[1]", "arn:aws:iam::1:role/[a]"])
def test_brackets_in_a_name_are_no_pattern(arn: str) -> None:
    need = Need(account="default", on="create", action="iam:CreateRole", arn=arn, reason="")
    assert of_change(Denial("iam:CreateRole", arn), [need]).needs == (need,)


def test_references_and_what_is_shown_take_no_long_time() -> None:
    with no_hang():
        for text in texts():
            list(references(text)), resolve(text, lambda *_: "x")
            assert "\n" not in printable(text)
            assert len(shortened(text)) <= LONGEST


def test_two_long_lists_are_compared_in_a_moment() -> None:
    one, other = ([f"arn:aws:s3:::{letter}{number}" for number in range(40_000)] for letter in "ab")
    with no_hang():
        lines = list(policy_lines({"Statement": {"Resource": one}}, {"Statement": {"Resource": [*other, one[0]]}}))
    assert len(lines) == 80_000


def state_of(records: list[dict[str, object]]) -> str:
    return json.dumps({**json.loads(NEW.to_json()), "records": records})


RECORD = {"kind": "iam_role", "account": "default", "status": "ready", "outputs": {}, "generation": 0}


def test_a_state_with_very_many_records_is_refused() -> None:
    records = [{**RECORD, "address": f"a{n}", "properties": {}, "depends_on": []} for n in range(MOST_RECORDS + 1)]
    with pytest.raises(StateError, match="it has 5,001 records, and 5,000 is the most"):
        from_json(state_of(records), "here")
    assert isinstance(from_json(state_of(records[1:]), "here"), State)


def test_a_state_whose_records_all_refer_to_each_other_is_read_in_a_moment() -> None:
    first = [{**RECORD, "address": f"a{n}", "properties": {}, "depends_on": []} for n in range(MOST_RECORDS - 1)]
    names = [str(each["address"]) for each in first]
    last = {**RECORD, "address": "z", "properties": {"x": [f"@{{{name}.arn}}" for name in names * 40]}, "depends_on": names}
    with no_hang():
        assert len(from_json(state_of([*first, last]), "here").records) == MOST_RECORDS
