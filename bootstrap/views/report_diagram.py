"""The picture of a report: as SVG without scripts, and as a flowchart of Mermaid.

Source for the escapes: Mermaid's flowchart syntax, "Entity codes to escape characters".
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bootstrap.core.printable import printable
from bootstrap.permissions.arrows import Arrow, Box, Picture
from bootstrap.views.html_text import attribute, text

_ITEM_WIDTH, _ITEM_HEIGHT, _GAP, _PAD, _TITLE = 250, 34, 14, 16, 30
_LETTERS = 34
"""So many characters of a label fit on a line of an item, which has two; the list below the picture has all of them."""
_LONGEST = 60
"""Of a title, and of a label in a flowchart."""
_WORDS = 62
"""The room for the words of an arrow, beside those of others that end at the same place."""
_COLUMN = 190
"""The room between columns, for arrows with their words."""
_PLAIN = re.compile(r"[A-Za-z0-9 .,:_/@+=*-]")


@dataclass(frozen=True)
class _Place:
    x: int
    y: int

    @property
    def left(self) -> tuple[int, int]:
        return self.x, self.y + _ITEM_HEIGHT // 2

    @property
    def right(self) -> tuple[int, int]:
        return self.x + _ITEM_WIDTH, self.y + _ITEM_HEIGHT // 2


def svg(picture: Picture) -> str:
    """Who gets in stands on the left; in an account of the customer's, roles come first, and then what they reach."""
    outside = [box for box in picture.boxes if not box.own]
    own = [box for box in picture.boxes if box.own]
    places: dict[str, _Place] = {}
    frames: list[tuple[Box, int, int, int, int]] = []
    y = _PAD
    for box in outside:
        frames.append((box, _PAD, y, _ITEM_WIDTH + 2 * _PAD, _framed(len(box.items))))
        _stack({key: slot for slot, key in enumerate(box.items)}, 2 * _PAD, y, places)
        y += _framed(len(box.items)) + _GAP
    left, lowest = _ITEM_WIDTH + 3 * _PAD + _COLUMN if outside else _PAD, y
    y, width = _PAD, 2 * _ITEM_WIDTH + 2 * _PAD + _COLUMN
    for box in own:
        roles = [key for key, item in box.items.items() if not item.reached]
        reached = [key for key, item in box.items.items() if item.reached]
        slots = _beside(roles, reached, picture.arrows)
        height = _framed(max(len(reached), *(slot + 1 for slot in slots.values()), 1))
        frames.append((box, left, y, width, height))
        _stack(slots, left + _PAD, y, places)
        _stack({key: slot for slot, key in enumerate(reached)}, left + _PAD + _ITEM_WIDTH + _COLUMN, y, places)
        y += height + _GAP
    total, high = left + width + _PAD, max(lowest, y) + _PAD
    parts = [
        f'<svg viewBox="0 0 {total} {high}" width="{total}" height="{high}" role="img" '
        'aria-labelledby="drawn" aria-describedby="described">',
        '<title id="drawn">Accounts, and who does what to what in them</title>',
        f'<desc id="described">{text("; ".join(picture.sentences))}</desc>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="tip" d="M0 0 L8 4 L0 8 z"/></marker></defs>',
        *(line for frame in frames for line in _frame(*frame)),
        *(line for box in picture.boxes for key, item in box.items.items() for line in _item(places[key], item.label)),
        *sorted(
            (line for arrow, before in _counted(picture.arrows) for line in _arrow(arrow, places, before)), key=_is_word
        ),
        "</svg>",
    ]
    return "\n".join(parts)


def _is_word(line: str) -> bool:
    """Words come after all lines, so that none crosses them out."""
    return line.startswith("<text")


def _framed(items: int) -> int:
    return _TITLE + items * (_ITEM_HEIGHT + _GAP) + _PAD


def _stack(slots: Mapping[str, int], x: int, y: int, places: dict[str, _Place]) -> None:
    for key, slot in slots.items():
        places[key] = _Place(x, y + _TITLE + slot * (_ITEM_HEIGHT + _GAP) + _GAP // 2)


def _beside(roles: Iterable[str], reached: list[str], arrows: Iterable[Arrow]) -> dict[str, int]:
    """A slot for each role, beside the middle of what it reaches, so that arrows do not all begin at the top."""
    slots: dict[str, int] = {}
    for role in roles:
        ends = [reached.index(each.target) for each in arrows if each.source == role and each.target in reached]
        middle = (min(ends) + max(ends)) // 2 if ends else 0
        slots[role] = max(middle, 1 + max(slots.values(), default=-1))
    return slots


def _frame(box: Box, x: int, y: int, width: int, height: int) -> Iterator[str]:
    kind = "own" if box.own else "outside"
    yield f'<rect class="box {kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>'
    yield f'<text class="title" x="{x + _PAD}" y="{y + 21}">{text(cut(box.title, _LONGEST if box.own else _LETTERS))}</text>'


def _item(place: _Place, label: str) -> Iterator[str]:
    yield f'<rect class="item" x="{place.x}" y="{place.y}" width="{_ITEM_WIDTH}" height="{_ITEM_HEIGHT}" rx="5"/>'
    shown = cut(label, 2 * _LETTERS)
    lines = [shown] if len(shown) <= _LETTERS else [shown[:_LETTERS], shown[_LETTERS:]]
    first = place.y + (22 if len(lines) == 1 else 14)
    yield from (f'<text x="{place.x + 10}" y="{first + 14 * n}">{text(line)}</text>' for n, line in enumerate(lines))


def _counted(arrows: Iterable[Arrow]) -> Iterator[tuple[Arrow, int]]:
    """Each arrow, and how many before it end at the same place."""
    ends = Counter[str]()
    for arrow in arrows:
        yield arrow, ends[arrow.target]
        ends[arrow.target] += 1


def _arrow(arrow: Arrow, places: dict[str, _Place], before: int) -> Iterator[str]:
    source, target = places[arrow.source], places[arrow.target]
    words = ", ".join(arrow.verbs)
    kind = attribute("write" if "write" in arrow.verbs else arrow.verbs[0])
    if source == target:  # a small arc on top, beside its words
        x1, x2, y1 = source.x + _ITEM_WIDTH - 50, source.x + _ITEM_WIDTH - 20, source.y
        path, x, y = f"M{x1} {y1} C{x1} {y1 - 16} {x2} {y1 - 16} {x2} {y1}", x1 - 100, y1 - 3
        words = f"{words} itself"
    elif source.x == target.x:  # within a column, the arrow goes around on the right
        (x1, y1), (x2, y2) = source.right, target.right
        bend = x1 + _COLUMN // 3
        path, x, y = f"M{x1} {y1} C{bend} {y1} {bend} {y2} {x2} {y2}", bend - 20, (y1 + y2) // 2 + 14 * before
    else:
        (x1, y1), (x2, y2) = source.right, target.left
        middle = (x1 + x2) // 2
        path, x, y = f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}", x2 - 40 - _WORDS * (before % 3), y2 - 5
    yield f'<path class="arrow {kind}" d="{path}" marker-end="url(#tip)"/>'
    yield f'<text class="verb" x="{x}" y="{y}">{text(words)}</text>'


def cut(label: str, letters: int = _LONGEST) -> str:
    """The label, as much of it as a picture shows."""
    shown = printable(label)
    return shown if len(shown) <= letters else f"{shown[: letters - 1]}…"


def mermaid(picture: Picture) -> Iterator[str]:
    """The lines of the flowchart."""
    keys = {key: f"n{number}" for number, key in enumerate(key for box in picture.boxes for key in box.items)}
    yield "flowchart LR"
    for number, box in enumerate(picture.boxes):
        yield f'  subgraph b{number}["{_quoted(box.title)}"]'
        yield from (f'    {keys[key]}["{_quoted(item.label)}"]' for key, item in box.items.items())
        yield "  end"
    for arrow in picture.arrows:
        yield f'  {keys[arrow.source]} -->|"{", ".join(arrow.verbs)}"| {keys[arrow.target]}'


def _quoted(label: str) -> str:
    return "".join(each if _PLAIN.match(each) else f"#{ord(each)};" for each in cut(label))
