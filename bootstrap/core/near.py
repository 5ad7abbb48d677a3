"""Which known word somebody probably meant. Pure."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like this one, or "". One with the same letters in another order comes first."""
    close = get_close_matches(word, list(known), 3)
    return next((each for each in close if sorted(each) == sorted(word)), next(iter(close), ""))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question that precedes other advice, or ""."""
    found = nearest(word, known)
    return f"Did you mean {found}? " if found else ""
