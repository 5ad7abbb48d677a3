"""Texts from files, variables or AWS may contain characters that a terminal obeys or hides; here they become visible.

Source: Unicode standard, chapter 4.5 (general categories); DerivedCoreProperties.txt (Default_Ignorable_Code_Point).
"""

import re
import unicodedata

from bootstrap.errors import Lines

LONGEST = 1000
"""Characters of an error that a person may read."""
WIDEST = 100
"""The widest padding of a column, in characters: one longer cell does not widen the others."""
_MARKS = 3
"""The most combining marks in a row; more of them would be drawn over the neighboring lines."""
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Fillers, joiners, blanks and variation selectors: by category letters, symbols or marks, but invisible."""


def printable(text: str) -> str:
    r"""The text on one line. What a terminal would obey or hide, including line breaks, is escaped as in Python ("\x1b")."""
    if text.isascii() and text.isprintable():
        return text
    shown, marks = list[str](), 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        has_ink = character.isprintable() and not _BLANK.match(character) and marks <= _MARKS
        shown.append(character if has_ink else character.encode("unicode_escape").decode())
    return "".join(shown)


def lines_of(text: str) -> list[str]:
    """The lines of a text. Only `Lines` has several: in other texts, a line break came with a value."""
    return text.split("\n") if isinstance(text, Lines) else [text]


def shortened(text: str) -> str:
    """The text, shortened to what a person may read: an error quotes the wrong value, whatever its size."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} [...] {text[-LONGEST // 4 :]}"


def cut(text: str) -> str:
    """The text, cut only at its end, as it may contain commands: `shortened` could join the halves of two."""
    return text if len(text) <= 20 * LONGEST else f"{text[: 20 * LONGEST]} [...]"
