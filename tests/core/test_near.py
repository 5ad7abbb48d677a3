"""The word that was probably meant."""

import pytest

from bootstrap.core.near import did_you_mean, nearest


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("us-esat-1", ["us-west-1", "us-east-1", "eu-west-1"], "us-east-1"),
        ("aspera", ["readme", "aspera-atc"], "aspera-atc"),
        ("regoin", ["region", "retag"], "region"),
        ("quite-else", ["region", "retag"], ""),
        ("region", [], ""),
    ],
)
def test_the_nearest_word_has_the_same_letters_or_most_of_them(word: str, known: list[str], found: str) -> None:
    assert nearest(word, known) == found
    assert did_you_mean(word, known) == (f"Did you mean {found}? " if found else "")
