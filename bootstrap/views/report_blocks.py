"""What a report consists of, whatever its format: sections of blocks. A view of each format shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bootstrap.permissions.arrows import Picture

Tone = Literal["", "good", "bad", "warn"]


@dataclass(frozen=True)
class Cell:
    """Lines of text, one below the other; `more` are further ones that a reader opens by the `title`, which says what they
    are. `tone` also stands as a word in the text: nobody has to see the color."""

    lines: tuple[str, ...]
    more: tuple[str, ...] = ()
    tone: Tone = ""
    title: str = ""


@dataclass(frozen=True)
class Paragraph:
    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Items:
    entries: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """`caption` says what a row is about; the first cell of each row is its heading."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Code:
    """A text of several lines that a reader opens and copies; `title` says what it is. Where there is little room,
    a `detail` has only its title."""

    title: str
    text: str
    detail: bool = False


@dataclass(frozen=True)
class Drawing:
    picture: Picture


@dataclass(frozen=True)
class Part:
    """Blocks below a heading within a section, or behind a title that a reader opens (`folded`)."""

    title: str
    blocks: "tuple[Block, ...]"
    folded: bool = False


@dataclass(frozen=True)
class Terms:
    """Words and what they mean."""

    entries: tuple[tuple[str, str], ...]


Block = Paragraph | Items | Terms | Table | Code | Drawing | Part


@dataclass(frozen=True)
class Section:
    """`key` is its anchor, and its name in JSON. Where there is little room, those that are `first` stay open."""

    key: str
    title: str
    blocks: Sequence[Block]
    first: bool = False


def cell(*lines: str, tone: Tone = "") -> Cell:
    return Cell(tuple(line for line in lines if line), tone=tone)
