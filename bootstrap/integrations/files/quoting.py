"""Values in SQL, JSON and shell files of a hand-off: each is escaped for the quotes around it; where there are none, only a
plain word is put in.

Source: Snowflake SQL reference, data types for text (a backslash escapes in '...') and CREATE STORAGE INTEGRATION (a list is
('...', '...')); PostgreSQL lexical structure (there a backslash does not escape); RFC 8259 7; POSIX shell command language
2.2.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bootstrap.core.pending import pending

Escape = Callable[[str], str]
_REFERENCE = re.compile(r"\$\{[a-z][a-z0-9_.-]*\}")


def _sql(quote: str) -> Escape:
    def escape(value: str) -> str:
        if "\\" in value:
            raise ValueError("holds a backslash, which databases read in different ways")
        return value.replace(quote, quote * 2)

    return escape


def _plain(form: str) -> Escape:
    def escape(value: str) -> str:
        if not re.fullmatch(form, value, re.ASCII):
            raise ValueError("is not a plain word, and has no quotes around it there that could hold it")
        return value

    return escape


@dataclass(frozen=True)
class _Language:
    """`quoted` finds what has quotes around it, and comments; `within` escapes for what begins with this character."""

    quoted: re.Pattern[str]
    within: Mapping[str, Escape]
    outside: Escape
    between: str
    """What stands between the values of a list, each in its quotes."""
    unread: re.Pattern[str]
    """What may begin or end quotes, or a comment, in a way that `quoted` does not know; outside of quotes and comments."""
    unread_within: re.Pattern[str] = re.compile("(?!)")
    """The same, in them."""


LANGUAGES: Mapping[str, _Language] = {
    "sql": _Language(
        re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL),
        {"'": _sql("'"), '"': _sql('"')},
        _plain(r"\w+"),
        ", ",
        re.compile(r"[\\#`'\"]|//|\$[\w\0]*\$"),
        re.compile(r"\\['\"\\\0]|(?<!^)/\*|^/\*!"),
    ),
    "json": _Language(
        re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL),
        {'"': lambda value: json.dumps(value, ensure_ascii=False)[1:-1]},
        _plain("-?(0|[1-9][0-9]*)|true|false"),
        ", ",
        re.compile(r"[\\\"]"),
    ),
    "shell": _Language(
        re.compile(r"(?<!\S)#[^\n]*|'[^']*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL),
        {"'": lambda value: value.replace("'", "'\\''"), '"': _plain(r"[\w@%+=:,./ -]*")},
        _plain(r"[\w@%+=:,./-]+"),
        " ",
        re.compile(r"[\\`'\"]|<<|\$[{'\"]|[;&|()<>]#"),
        re.compile(r'^"[^`]*?(?:\$[({]|`)'),
    ),
}
ENDINGS: Mapping[str, str] = {".sql": "sql", ".json": "json", ".sh": "shell"}
"""The language of a file, by the end of its name."""


class Piece(NamedTuple):
    """A part of a template: `escape` is for a value that is put in there, and `between`, unless it is "", is what stands
    between several such parts, one for each value of a list."""

    text: str
    escape: Escape
    between: str = ""


def pieces(text: str, language: str) -> Iterator[Piece]:
    known, end = LANGUAGES[language], 0
    for found in known.quoted.finditer(text):
        yield Piece(text[end : found.start()], _but_ours(known.outside))
        quote = known.within.get(found[0][0])
        yield Piece(found[0], _but_ours(quote or known.outside), known.between if quote else "")
        end = found.end()
    yield Piece(text[end:], _but_ours(known.outside))


def unread(text: str, language: str) -> str:
    """What in a template keeps us from telling where its quotes end, or "": there a value could leave its own."""
    known, end = LANGUAGES[language], 0
    text = _REFERENCE.sub("\0", text)
    for found in known.quoted.finditer(text):
        if odd := known.unread.search(text[end : found.start()]) or known.unread_within.search(found[0]):
            return odd[0].replace("\0", "${")
        end = found.end()
    odd = known.unread.search(text[end:])
    return odd[0].replace("\0", "${") if odd else ""


def _but_ours(escape: Escape) -> Escape:
    """What has a marker is never shown."""
    return lambda value: value if pending(value) else escape(value)
