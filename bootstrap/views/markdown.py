"""Markdown that shows a text as it stands."""

from collections.abc import Iterable, Iterator, Sequence


def escaped(text: str) -> str:
    """The text on one line, whatever Markdown would make of `*`, `_`, `<`, `|`, `&` and others."""
    text = " ".join(text.split())
    for letter in "\\*_<>|`[]&":
        text = text.replace(letter, f"\\{letter}")
    return text


def rows(headings: Sequence[str], cells: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table."""
    yield f"| {' | '.join(headings)} |"
    yield "|---" * len(headings) + "|"
    for row in cells:
        yield f"| {' | '.join(map(escaped, row))} |"
