"""What a terminal would obey or hide is shown, and everything else is left as it is."""

import unicodedata

import pytest

from bootstrap.core.printable import printable, shortened


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain [text] with $igns",
        "ünïcödé \u2014 \u65e5\u672c\u8a9e \U0001f600",
        "e\u0301",
        "a\u0300\u0301\u0302",
        "\u0e01\u0e34\u0e48",
    ],
)
def test_what_has_ink_is_left_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    {
        "\x1b]0;title\x07": r"\x1b]0;title\x07",
        "\x9b31m": r"\x9b31m",
        "a\nPlan: 0 to delete.": r"a\nPlan: 0 to delete.",
        "a\r\tb\x0b\x0c\x85": r"a\r\tb\x0b\x0c\x85",
        "\u2028\u2029": r"\u2028\u2029",
        "\u202e\u2066\u200b\u2060\ufeff\xad": r"\u202e\u2066\u200b\u2060\ufeff\xad",
        "\ud800": r"\ud800",
        "\u00a0\u3000\u3164\u2800": r"\xa0\u3000\u3164\u2800",
        "\ufe0f\U000e0041\U000e0100": r"\ufe0f\U000e0041\U000e0100",
        "\ue000\U0010ffff": r"\ue000\U0010ffff",
        "a" + "\u0301" * 5: "a" + "\u0301" * 3 + r"\u0301\u0301",
    }.items(),
)
def test_what_a_terminal_obeys_or_hides_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_nothing_but_a_space_is_left_that_python_or_unicode_calls_a_control_a_format_or_a_separator() -> None:
    for first in range(0, 0x110000, 0x1000):
        shown = printable("".join(map(chr, range(first, first + 0x1000))))
        assert shown.isprintable()
        assert not [letter for letter in set(shown) - {" "} if unicodedata.category(letter)[0] in "CZ"]


def test_a_long_value_is_cut_where_it_is_read() -> None:
    assert shortened("a" * 1000) == "a" * 1000
    assert shortened(f"{'a' * 900}{'b' * 900}") == f"{'a' * 500} [...] {'b' * 250}"
