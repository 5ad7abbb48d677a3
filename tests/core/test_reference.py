"""References: found wherever they stand, filled in where they are known, left as they are where not."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from bootstrap.core.reference import reference, references, resolve

KNOWN = {("role", "arn"): "arn:aws:iam::111122223333:role/vendor", ("role", "name"): "vendor", ("role", "empty"): ""}


def known(address: str, attribute: str) -> str | None:
    return KNOWN.get((address, attribute))


def test_a_reference_is_found_again() -> None:
    assert list(references(reference("server-role", "role_id"))) == [("server-role", "role_id")]


def test_references_are_found_in_keys_values_lists_tuples_and_inside_of_text() -> None:
    value = {
        "@{a.id}": 1,
        "list": ["@{b.id}", {"deep": ("@{c.id}",)}],
        "text": "from @{d.id} to @{e.arn}",
        "none": None,
        "number": 7,
    }
    assert list(references(value)) == [("a", "id"), ("b", "id"), ("c", "id"), ("d", "id"), ("e", "arn")]


@pytest.mark.parametrize("text", ["${aws:username}", "@{role}", "@{Role.arn}", "@ {role.arn}", "@{role.arn", "@{-a.b}", ""])
def test_what_only_looks_like_a_reference_is_none(text: str) -> None:
    assert list(references(text)) == []
    assert resolve(text, lambda address, attribute: "filled in") == text


RESOLVED: dict[str, tuple[Any, Any]] = {
    "the whole text": ("@{role.name}", "vendor"),
    "a part of the text": ("arn of @{role.name}/@{role.name}", "arn of vendor/vendor"),
    "deep inside": ({"a": [{"b": "@{role.name}"}]}, {"a": [{"b": "vendor"}]}),
    "a key": ({"@{role.name}": 1}, {"vendor": 1}),
    "a tuple, which becomes a list": (("@{role.name}", 7), ["vendor", 7]),
    "one that is not known": ("@{role.id} @{role.name}", "@{role.id} vendor"),
    "one whose output is empty": ("@{role.empty}", "@{role.empty}"),
    "other values": ([None, True, 7, 1.5], [None, True, 7, 1.5]),
}


@pytest.mark.parametrize(("value", "expected"), RESOLVED.values(), ids=RESOLVED)
def test_references_are_filled_in(value: Any, expected: Any) -> None:
    assert resolve(value, known) == expected


def test_what_is_filled_in_is_not_looked_through_again() -> None:
    assert resolve("@{a.id}", lambda address, attribute: "@{b.id}") == "@{b.id}"


values = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["@{role.name}", "x @{role.arn}", "@{no.name}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@settings(deadline=None, derandomize=True)
@given(values)
def test_after_filling_in_only_unknown_references_are_left(value: Any) -> None:
    assert {address for address, _ in references(resolve(value, known))} <= {"no"}
    assert resolve(value, lambda address, attribute: None) == value
