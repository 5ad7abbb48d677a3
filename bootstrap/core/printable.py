"""What came from files, variables or AWS may hold characters that a terminal obeys or hides; here they are shown.

Source: Unicode standard, chapter 4.5 (general categories); DerivedCoreProperties.txt (Default_Ignorable_Code_Point).
"""

import re
import unicodedata

from bootstrap.errors import Lines

LONGEST = 1000
"""Characters of an error that somebody may read."""
WIDEST = 100
"""Characters to which the cells of a column are filled up: one that is longer makes the others no wider."""
_MARKS = 3
"""So many combining marks may follow one another; more of them are painted over the lines around."""
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Fillers, joiners, blanks and variation selectors: letters, symbols and marks by their category, and without ink."""


def printable(text: str) -> str:
    r"""The text on one line: what a terminal would obey or hide, line breaks among it, as Python writes it ("\x1b")."""
    if text.isascii() and text.isprintable():
        return text
    shown, marks = list[str](), 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        has_ink = character.isprintable() and not _BLANK.match(character) and marks <= _MARKS
        shown.append(character if has_ink else character.encode("unicode_escape").decode())
    return "".join(shown)


def lines_of(text: str) -> list[str]:
    """The lines of a text: only `Lines` has several, in all others a line break came with a value."""
    return text.split("\n") if isinstance(text, Lines) else [text]


def shortened(text: str) -> str:
    """The text at a length that somebody may read: an error quotes the value that is wrong, whatever its size."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} [...] {text[-LONGEST // 4 :]}"


def cut(text: str) -> str:
    """As `shortened`, for what may hold commands: their ends are not put to other beginnings."""
    return text if len(text) <= 20 * LONGEST else f"{text[: 20 * LONGEST]} [...]"
