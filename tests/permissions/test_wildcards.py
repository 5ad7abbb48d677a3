"""Wildcards: what they mean, checked against the simplest way to say it, and that no pattern takes long."""

import re
from functools import cache

import pytest
from hypothesis import given, strategies as st

from bootstrap.permissions.wildcards import WITHIN, Arns, Patterns, matches, opened
from tests.support.watchdog import no_hang

LETTERS = "ab/"
STARS = ("*", WITHIN)


def meet(one: str, other: str) -> bool:
    """Whether two patterns have a text in common: letter by letter, in all ways."""

    @cache
    def go(i: int, j: int) -> bool:
        mine, theirs = one[i : i + 1], other[j : j + 1]
        if not mine and not theirs:
            return True
        if mine in STARS and (go(i + 1, j) or (theirs and not (mine == WITHIN and theirs == "/") and go(i, j + 1))):
            return True
        if theirs in STARS and (go(i, j + 1) or (mine and not (theirs == WITHIN and mine == "/") and go(i + 1, j))):
            return True
        plain = bool(mine and theirs) and not {mine, theirs} & set(STARS)
        return plain and (mine == theirs or "?" in (mine, theirs)) and go(i + 1, j + 1)

    return go(0, 0)


patterns = st.text(f"{LETTERS}*?", max_size=7)
of_the_table = st.text(f"{LETTERS}*{WITHIN}", max_size=7)


@given(patterns, st.text(LETTERS, max_size=8))
def test_a_star_matches_any_text_and_a_question_mark_one_character(pattern: str, text: str) -> None:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert matches(pattern, text) is bool(re.fullmatch(expression, text))


@given(st.text(f"{LETTERS}*", max_size=7), st.text(f"{LETTERS}*", max_size=8))
def test_a_pattern_of_stars_alone_means_the_same_in_the_short_way_as_in_the_long_one(pattern: str, text: str) -> None:
    assert matches(pattern, text) is bool(Patterns([text], literal=True).meeting(pattern))


@pytest.mark.parametrize(("pattern", "text"), [("ab*ba", "aba"), ("*ab*ab*", "ab"), ("*ab*ba", "aba"), ("*b*a*", "ab")])
def test_no_character_counts_twice(pattern: str, text: str) -> None:
    assert not matches(pattern, text)
    assert matches(pattern, text + text)


@given(of_the_table, patterns)
def test_two_patterns_meet_when_they_have_a_text_in_common(one: str, other: str) -> None:
    assert bool(Patterns([one]).meeting(other)) is meet(one, other)
    assert bool(Patterns([other]).meeting(one)) is meet(one, other)


@given(st.lists(of_the_table, max_size=5), patterns)
def test_only_the_patterns_that_meet_are_found(several: list[str], pattern: str) -> None:
    made = Patterns(several)
    assert made.of(made.meeting(pattern)) == [one for one in several if meet(one, pattern)]
    assert made.of(made.all) == several
    assert made.of(0) == []


@pytest.mark.parametrize(
    ("pattern", "text", "meant"),
    [("a*", "a*", True), ("a?", "a*", False), ("a?", "a?", True), ("*", "?*", True), ("a", "?", False), ("é?", "éö", True)],
)
def test_a_question_mark_does_not_match_the_star_of_a_literal_text(pattern: str, text: str, meant: bool) -> None:
    assert bool(Patterns([text], literal=True).meeting(pattern)) is meant


@pytest.mark.parametrize(
    ("one", "other", "meant"),
    [
        ("arn:*:s3:::b", "arn:aws:s3:::b", True),
        ("arn:*:b", "arn:aws:s3:::b", True),
        ("arn:*:*:*:*:b", "arn:aws:ec2:r:a:x:b", False),
        ("arn:aws:ec2:*:1:x", "arn:aws:ec2:a:1:1:x", False),
        ("arn:aws:ec2:?:1:x", "arn:aws:ec2:::1:x", False),
        ("arn:aws:iam::1:role/?", "arn:aws:iam::1:role/a", True),
    ],
)
def test_no_wildcard_matches_across_the_parts_of_an_arn(one: str, other: str, meant: bool) -> None:
    assert Arns([one]).meet(other) is Arns([other]).meet(one) is meant


@given(st.text("${}ab", max_size=12))
def test_variables_are_replaced(text: str) -> None:
    assert opened(text) == re.sub(r"\$\{[^}]*\}", "*", text)


HOSTILE = ["*a" * 10_000 + "b", "*?" * 10_000 + "b", "?" * 20_001, "*" * 20_000 + "b", "*aa?a" * 4_000 + "b", "*aab" * 5_000]


@pytest.mark.parametrize("pattern", HOSTILE, ids=[pattern[:6] for pattern in HOSTILE])
def test_no_pattern_takes_long(pattern: str) -> None:
    with no_hang():
        assert not matches(pattern, "a" * 20_000)
        assert not Patterns([pattern]).meeting("a" * 19_000 + "*" + "a" * 1_002 + "c")


def test_many_patterns_and_many_others_do_not_take_long() -> None:
    many = [f"arn:aws:s3:::*a*{number}?" for number in range(4_000)]
    with no_hang():
        made = Arns(many)
        assert sum(made.meet(f"arn:aws:s3:::a{number}x") for number in range(4_000)) == 4_000
        assert opened("${" * 500_000) == "${" * 500_000
