"""Where something stands in a file of the user: errors name the file, the line and the key. Pure."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NoReturn, Self

from bootstrap.core.key_lines import KeyPath, key_lines, line_of
from bootstrap.core.printable import printable
from bootstrap.errors import UsageError

LONGEST_NAME = 100
"""Characters of a key that an error shows."""
MOST_PARTS = 20
_QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\\?\Z)|\'\'\'.*?(?:\'\'\'|\Z)|"(?:\\.|[^"\\\n])*(?:"|\\?(?=\n|\Z))|\'[^\'\n]*\'|#[^\n]*',
    re.DOTALL,
)
"""Texts and comments of TOML. A text that nobody closes is taken to the end of the line or file: it is read once."""


@dataclass(frozen=True)
class Place:
    """A key of the file, by its path."""

    file: str
    text: str = field(repr=False)
    path: KeyPath = ()

    def at(self, *keys: str | int) -> Self:
        return replace(self, path=(*self.path, *keys))

    @cached_property
    def line(self) -> int:
        """0 if it cannot be said."""
        return line_of(self._lines, self.path)

    @property
    def _lines(self) -> Mapping[KeyPath, int]:
        return key_lines(self.text.replace("\r\n", "\n"), is_json=self.file.endswith(".json"))

    @property
    def spot(self) -> str:
        """The file and the line."""
        return f"{self.file}, line {self.line}" if self.line else self.file

    @property
    def words(self) -> str:
        """The file, the line and the key."""
        return f"{self.spot}: {shown}" if (shown := shown_path(self.path)) else self.spot

    def refuse(self, problem: str, advice: str) -> NoReturn:
        """Raises UsageError."""
        raise UsageError(f"{self.words}: {problem}", advice)


def shown_path(path: KeyPath) -> str:
    """The path as people write it: resources.role.trust[0]."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        else:
            part = printable(part if len(part) <= LONGEST_NAME else f"{part[:LONGEST_NAME]}...")
            word = part if re.fullmatch(r"[\w-]+", part) else f'"{part}"'
            shown += f".{word}" if shown else word
    return shown


def parsed_toml(text: str) -> dict[str, Any]:
    """Python's reader takes minutes for names of thousands of parts."""
    if any(line.count(".") > MOST_PARTS for line in _QUOTED.sub('""', text).split("\n")):
        raise ValueError("a name in it has too many parts")
    return tomllib.loads(text)
