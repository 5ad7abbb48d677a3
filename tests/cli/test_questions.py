"""What is said and asked on the screen breaks between words, and the answer is typed behind the last line of a question."""

import pytest

from bootstrap.cli.terminal import confirm, prompt, say
from tests.support.screens import Screen

LONG = "Into which bucket should Airbyte write? Add /PREFIX for a part of it. (--bucket)"


@pytest.mark.parametrize(
    ("columns", "default", "end", "shown"),
    [
        (80, None, "  (--bucket): ", [LONG.removesuffix(" (--bucket)"), "  (--bucket): acme"]),
        (80, "raw", " [raw]: ", [LONG, "  [raw]: acme"]),
        (120, "raw", " [raw]: ", [f"{LONG} [raw]: acme"]),
    ],
)
def test_a_long_question_breaks_between_words(
    columns: int, default: str | None, end: str, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen(columns, {end: "acme"})
    assert screen.run(lambda: len(prompt(LONG, default))) == len("acme")
    assert screen.text.splitlines() == shown


def test_only_yes_agrees_and_what_is_neither_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen(80, {"as it is.\r\nReally? [y/N]: ": "yes", "Really? [y/N]: ": "maybe"})
    assert screen.run(lambda: int(confirm("Really?"))) == 1
    assert screen.text.splitlines() == [
        "Really? [y/N]: maybe",
        "Type y to agree, or n to leave everything as it is.",
        "Really? [y/N]: yes",
    ]


def test_a_blank_answer_is_told_what_is_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    again = "Type 1 or 2.\r\nWhich one?: "
    screen = Screen(80, {f"  \r\n{again}": "2", again: "  ", "Which one?: ": ""})
    assert screen.run(lambda: int(prompt("Which one?", expected="Type 1 or 2."))) == 2
    assert screen.text.splitlines() == ["Which one?:", "Type 1 or 2.", "Which one?:", "Type 1 or 2.", "Which one?: 2"]


def said(text: str, *, err: bool) -> int:
    say(text, err=err)
    return 0


def test_what_is_said_beside_the_result_breaks_between_words_and_a_result_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    text = f"Access: role UpsolverRole may, on *: {'athena:GetWorkGroup, ' * 4}sns:ListTopics"
    screen, other = Screen(80), Screen(80)
    assert screen.run(lambda: said(text, err=True)) == other.run(lambda: said(text, err=False)) == 0
    assert screen.text.splitlines() == [
        "Access: role UpsolverRole may, on *: athena:GetWorkGroup, athena:GetWorkGroup,",
        "  athena:GetWorkGroup, athena:GetWorkGroup, sns:ListTopics",
    ]
    assert other.raw.splitlines() == [text]
