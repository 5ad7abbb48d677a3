"""Rows of a table without lines: aligned, and on a narrow screen with what does not fit below the row."""

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len

from bootstrap.core.printable import WIDEST
from bootstrap.views.screen import Line

Cell = tuple[str, str]
"""A text and its style."""
BELOW = 6
"""The indentation of what does not fit, and of what is said about a row."""


def widths_of(rows: Iterable[Sequence[str]]) -> list[int]:
    """The width of each column; a very long cell does not widen the others."""
    return [min(WIDEST, max(map(cell_len, column))) for column in zip(*rows, strict=True)]


def row(mark: Line, cells: Iterable[Cell], widths: Iterable[int], columns: int | None) -> Iterator[Line]:
    """The cells behind the mark, on one line. On a screen of so many columns, those that do not fit stand below it."""
    line, gap = mark, 0
    for (text, style), width in zip(cells, widths, strict=True):
        if not text:
            gap += width + 2
            continue
        if columns and gap and line.cell_len + gap + cell_len(text) > columns:
            yield line
            line, gap = Line(" " * BELOW), 0
        line.append(" " * gap, "default").append(text, style)
        gap = max(0, width - cell_len(text)) + 2
    yield line


def fits(rows: Iterable[Sequence[str]], widths: Sequence[int], columns: int | None) -> bool:
    """Whether each row, behind a mark, fits on one line of the screen."""
    return columns is None or all(
        4 + sum(widths[:-1]) + 2 * (len(widths) - 1) + cell_len(cells[-1]) <= columns for cells in rows
    )
