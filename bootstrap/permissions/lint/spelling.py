"""What somebody may have meant who has misspelt a name: a courtesy, so it is looked for only so often and in short words."""

import difflib
from collections.abc import Iterable

_MOST = 50
_LONGEST = 100
"""Letters; the longest action of AWS has some seventy."""


class Spelling:
    """For one document: each word is compared with hundreds of names, letter by letter."""

    def __init__(self) -> None:
        self._left = _MOST

    def near(self, word: str, names: Iterable[str], cutoff: float = 0.6) -> str:
        """The nearest of the names, or ""."""
        if len(word) > _LONGEST or not self._left:
            return ""
        self._left -= 1
        return next(iter(difflib.get_close_matches(word, list(names), 1, cutoff)), "")
