"""Where a long line breaks on a terminal: between words, and never inside a command, which would not run as it is copied."""

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

NARROWEST = 40
"""Columns below which nothing is wrapped: there is no room for it."""
_COMMAND = re.compile(r"(?:^\s*|: |`)(?=(?:aws|bash|bootstrap|cat|chmod|curl|export|make|nextflow|pip|rm|scp|ssh)\s)|`")
_INDENT = re.compile(r"\s*(?:\d+\. |[-+~=!?*^xo] )?")


def wrapped(line: Text, columns: int) -> Iterator[Text]:
    """The line in pieces of at most so many columns; the later ones are indented. A longer word is not broken."""
    if columns < NARROWEST or cell_len(line.plain) <= columns:
        yield line
        return
    indent = _INDENT.match(line.plain)
    marked = len(indent[0]) if indent else 0
    hang = min(marked + (0 if marked and line.plain[marked - 2] != " " else 2), columns // 2)
    first, *more = line.divide(_breaks(line.plain, columns, hang))
    for piece in (first, *(line.blank_copy(" " * hang).append_text(each) for each in more)):
        piece.rstrip()
        yield piece


def _breaks(text: str, columns: int, hang: int) -> list[int]:
    """The offsets at which a new line begins."""
    found, used = list[int](), 0
    command = _COMMAND.search(text)
    intact = command.end() - command[0].endswith("`") if command else len(text)
    for word in re.finditer(r"\s*\S+", text):
        start = word.end() - len(word[0].lstrip())
        if start >= intact:
            if used and used + cell_len(text[word.start() :]) > columns:
                found.append(start)
            break
        if used and used + cell_len(word[0]) > columns and text[: word.start()].strip():
            found.append(start)
            used = hang + cell_len(text[start : word.end()])
        else:
            used += cell_len(word[0])
    return found
