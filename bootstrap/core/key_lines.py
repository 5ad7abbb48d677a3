"""The line on which each key of a TOML or JSON text stands. Python's readers keep no lines.

It takes texts that such a reader has accepted: it looks only at what tells keys from values.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

KeyPath = tuple[str | int, ...]
"""The keys that lead to a value; a number is a place in a list."""
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|\n|[][{}=,.:]|[^][{}=,.:#"\'\s]+',
    re.DOTALL,
)


@lru_cache(maxsize=2)
def key_lines(text: str, *, is_json: bool) -> Mapping[KeyPath, int]:
    """The line of each key and of each element of a list."""
    reader = _Reader(text)
    if is_json:
        reader.value(())
    else:
        reader.tables()
    return reader.found


def line_of(lines: Mapping[KeyPath, int], path: KeyPath) -> int:
    """The line of the path, or of the nearest table around it that the text has; 0 if it has none."""
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), 0)


class _Reader:
    def __init__(self, text: str) -> None:
        self.found: dict[KeyPath, int] = {}
        self._tokens = list(_tokens(text))
        self._next = 0
        self._last: dict[KeyPath, int] = {}
        """The number of the last element of each array of tables."""

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _take(self) -> tuple[str, int]:
        self._next += 1
        return self._tokens[self._next - 1]

    def tables(self) -> None:
        """A whole text of TOML."""
        table: KeyPath = ()
        while self._peek():
            if self._peek() == "\n":
                self._take()
            elif self._peek() == "[":
                table = self._header()
            else:
                self._entry(table)

    def _header(self) -> KeyPath:
        _, line = self._take()
        is_array = self._peek() == "["
        path: KeyPath = ()
        for part in self._key("]"):
            path = (*path, part)
            self.found.setdefault(path, line)
            if path in self._last:
                path = (*path, self._last[path])
        if is_array:
            self._take()
            path = path[:-1] if path and isinstance(path[-1], int) else path
            self._last[path] = self._last.get(path, -1) + 1
            path = (*path, self._last[path])
        self.found[path] = line
        return path

    def _key(self, end: str) -> Iterator[str]:
        """The parts of a name, up to the sign that ends it."""
        while self._peek() not in (*end, ""):
            token, _ = self._take()
            if token not in (".", "[", "\n"):
                yield _unquoted(token)
        if self._peek():
            self._take()

    def _entry(self, table: KeyPath) -> None:
        line = self._tokens[self._next][1]
        path = table
        for part in self._key("=:"):
            path = (*path, part)
            self.found.setdefault(path, line)
        self.value(path)

    def value(self, path: KeyPath) -> None:
        if (opening := self._peek()) not in ("[", "{"):
            while self._peek() not in (",", "]", "}", "\n", ""):
                self._take()
            return
        self._take()
        number = 0
        while (here := self._peek()) not in ("]", "}", ""):
            if here in (",", "\n"):
                self._take()
            elif opening == "{":
                self._entry(path)
            else:
                self.found[(*path, number)] = self._tokens[self._next][1]
                self.value((*path, number))
                number += 1
        if self._peek():
            self._take()


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line, seen = 1, 0
    for item in _TOKEN.finditer(text):
        line += text.count("\n", seen, item.start())
        seen = item.start()
        if not item[0].startswith("#"):
            yield item[0], line


def _unquoted(token: str) -> str:
    if token[0] not in "\"'":
        return token
    try:
        return str(json.loads(token)) if "\\" in token else token[1:-1]
    except ValueError:
        return token[1:-1]
