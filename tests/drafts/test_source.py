"""Templates are data, whatever they say: YAML builds no objects, and cannot grow."""

import datetime
from importlib import util
from typing import Any

import pytest

from bootstrap.drafts import source
from bootstrap.drafts.source import parsed
from bootstrap.errors import UsageError


def test_short_tags_are_the_long_form() -> None:
    text = "a: !Ref X\nb: !GetAtt Role.Arn\nc: !Sub ['${A}', {A: !Ref B}]\nd: !If [C, !Ref D, x]\ne: !Equals [1, '']\n"
    assert parsed(text, "t.yaml") == {
        "a": {"Ref": "X"},
        "b": {"Fn::GetAtt": "Role.Arn"},
        "c": {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]},
        "d": {"Fn::If": ["C", {"Ref": "D"}, "x"]},
        "e": {"Fn::Equals": [1, ""]},
    }


def test_a_date_is_text() -> None:
    found = parsed("Version: 2012-10-17", "t.yaml")
    assert found == {"Version": "2012-10-17"}
    assert not isinstance(found["Version"], datetime.date)


def test_json_is_read_as_json() -> None:
    assert parsed(' {"a": [1]}', "t.json") == {"a": [1]}


BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: !!python/object/apply:os.system ['touch pwned']", "could not determine a constructor"),
        (BOMB, "alias"),
        ("a: 1\na: 2", "a key twice"),
        ("a: [", "is not YAML"),
        ("{", "is not JSON"),
        ('{"a": 1, "a": 2}', "twice"),
        ("- " * 60 + "x", "nested"),
        ("- " * 5_000 + "x", "nested"),
        ("a: b\n---\nc: d", "is not YAML"),
        ("a\x00b", "is not YAML"),
    ],
)
def test_what_is_no_plain_data_gives_one_clear_error(text: str, told: str, tmp_path: Any) -> None:
    with pytest.raises(UsageError) as raised:
        parsed(text, "t.yaml")
    assert told in raised.value.message
    assert raised.value.advice


def test_without_pyyaml_the_user_is_told_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "find_spec", lambda name: None if name == "yaml" else util.find_spec(name))
    with pytest.raises(UsageError) as raised:
        parsed("a: b", "t.yaml")
    assert "PyYAML, which is not installed" in raised.value.message
    assert "Convert it to JSON" in raised.value.advice
    assert parsed("{}", "t.json") == {}
