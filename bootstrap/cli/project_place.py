"""Where something stands in the project file, for errors about it."""

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any, NoReturn

from bootstrap.errors import UsageError

_TRIES = 50
"""The most lines with a key's text: with more of them, its line is not named."""
Path_ = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where something stands: a key of the file, by its path."""

    file: str
    text: str = field(repr=False)
    path: Path_ = ()

    def at(self, *keys: str) -> "Place":
        return Place(self.file, self.text, (*self.path, *keys))

    @property
    def line(self) -> int:
        """0 if it cannot be said."""
        return _line_of(self.text, self.path)

    def refuse(self, problem: str, advice: str) -> NoReturn:
        """Raises UsageError."""
        number = self.line
        where = f"{self.file}, line {number}" if number else self.file
        key = ".".join(part if re.fullmatch(r"[\w-]+", part) else f'"{part}"' for part in self.path)
        raise UsageError(f"{where}: {key + ': ' if key else ''}{problem}", advice)


def _line_of(text: str, path: Path_) -> int:
    """The number of the line on which the key stands; 0 if it cannot be said. Python's reader of TOML knows no lines: the
    key is on the last line before which the file can be read and does not have it."""
    while path and _is_absent(text, path):
        path = path[:-1]
    lines = text.replace("\r\n", "\n").split("\n")
    found = [n for n, line in enumerate(lines) if path and path[-1] in line and line.lstrip()[:1] != "#"]
    if len(found) > _TRIES:  # each costs a look at half of the file
        found = []
    return next((n + 1 for n in reversed(found) if _is_absent("\n".join(lines[:n]), path)), 0)


def _is_absent(text: str, path: Path_) -> bool:
    try:
        content: Any = tomllib.loads(text)
    except ValueError:
        return False
    for key in path:
        if not isinstance(content, dict) or key not in content:
            return True
        content = content[key]
    return False
