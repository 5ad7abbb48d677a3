"""On which line of a JSON text each value is: a report can point into the file. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bootstrap.core.policy_text import below

_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|[{}\[\],]|\n|[^\s{}\[\],:"]+')
_LAST_PART = re.compile(r"(?:\.[^.\[]*|\[[^\]]*\]?|^[^.\[]+)$")

DEEPEST = 100
"""Levels of objects and lists that are followed."""
MOST = 20_000_000
"""Characters of all paths together: a hostile text could have more of them than there is memory."""


@dataclass
class _Open:
    """An object or list that is being read. `key` is the name of the entry that comes next, or its number."""

    path: str
    key: str | int | None


def lines_by_path(text: str) -> Mapping[str, int]:
    """The line, from 1, of each value by its path ("Statement[0].Action[2]"); of an entry of an object, that of its name.
    Several values, one after the other, have the paths "[0]", "[1]" and so on. A text that is not JSON, or that is nested
    very deep, gives some, or none.
    """
    found: dict[str, int] = {}
    line, values, size = 1, 0, 0
    stack: list[_Open] = []
    for match in _TOKEN.finditer(text):
        part = match[0]
        top = stack[-1] if stack else None
        if len(stack) > DEEPEST or size > MOST:
            break
        if part == "\n":
            line += 1
        elif part == ",":
            if top:
                top.key = top.key + 1 if isinstance(top.key, int) else None
        elif part in "}]":
            del stack[-1:]
        else:
            names_entry = bool(top and top.key is None)
            if top and names_entry:
                top.key = _name(part)
            path = _path(top) if top else f"[{values}]"
            found.setdefault(path, line)
            size += len(path)
            values += top is None
            if part in "{[" and not names_entry:
                stack.append(_Open(path, None if part == "{" else 0))
    if values > 1:
        return found
    return {path.removeprefix("[0]").removeprefix("."): number for path, number in found.items()}


def line_of(lines: Mapping[str, int], path: str) -> int:
    """The line of the value at the path, or of the nearest one around it."""
    while path and path not in lines:
        path = _LAST_PART.sub("", path) if _LAST_PART.search(path) else ""
    return lines.get(path, 1)


def _path(top: _Open) -> str:
    return f"{top.path}[{top.key}]" if isinstance(top.key, int) else below(top.path, str(top.key))


def _name(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token
