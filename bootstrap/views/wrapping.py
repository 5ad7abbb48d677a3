"""Where a long line breaks on a terminal: between words, and never inside a command, which would not run as it is copied."""

import re
from collections.abc import Iterator
from itertools import pairwise

from rich.cells import cell_len
from rich.text import Text

from bootstrap.core import commands

NARROWEST = 40
"""Columns below which nothing is wrapped: there is no room for it."""
_COMMAND = re.compile(r"(?:^\s*|: |`)(?=(?:aws|bash|bootstrap|cat|chmod|curl|export|make|nextflow|pip|rm|scp|ssh)\s)|`")
_INDENT = re.compile(r"\s*(?:\d+\. |[-+~=!?*^xo] )?")


def wrapped(line: Text, columns: int) -> Iterator[Text]:
    """The line in pieces of at most so many columns; the later ones are indented, unless a word fits only without that. A
    longer word is not broken."""
    if columns < NARROWEST or cell_len(line.plain) <= columns:
        yield line
        return
    indent = _INDENT.match(line.plain)
    marked = len(indent[0]) if indent else 0
    hang = min(marked + (0 if marked and line.plain[marked - 2] != " " else 2), columns // 2)
    first, *more = line.divide(_breaks(line.plain, columns, hang))
    first.rstrip()
    yield first
    for piece in more:
        piece.rstrip()
        room = columns - cell_len(piece.plain)
        yield line.blank_copy(" " * (hang if room >= hang or room < 0 else 0)).append_text(piece)


def _breaks(text: str, columns: int, hang: int) -> list[int]:
    """The offsets at which a new line begins."""
    intact = [*commands.spans(text)]
    if literal := _COMMAND.search(text):
        intact.append((literal.end() - literal[0].endswith("`"), len(text)))
    starts = [word.start() for word in re.finditer(r"(?<!\S)\S", text)]
    found, used = list[int](), 0
    pieces = pairwise([0, *(at for at in starts[1:] if not any(first < at < end for first, end in intact)), len(text)])
    for start, end in pieces:
        if start and used + cell_len(text[start:end].rstrip()) > columns:
            found.append(start)
            used = hang
        used += cell_len(text[start:end])
    return found
