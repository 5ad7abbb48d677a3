"""Suggestions for misspelled names. They are slow to find, so their number and the length of words are limited."""

import difflib
from collections.abc import Iterable

_MOST = 50
"""Suggestions for one document: each compares a word with hundreds of names."""
_LONGEST = 100
"""Characters of a word; the longest action of AWS has about seventy."""


class Suggestions:
    """Suggests names for the misspelled words of one document."""

    def __init__(self) -> None:
        self._left = _MOST

    def near(self, word: str, names: Iterable[str], cutoff: float = 0.6) -> str:
        """The most similar name, or ""."""
        if len(word) > _LONGEST or not self._left:
            return ""
        self._left -= 1
        return next(iter(difflib.get_close_matches(word, list(names), 1, cutoff)), "")
