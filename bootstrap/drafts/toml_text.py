"""Writes the content of a file as TOML, as a person would. Source: TOML 1.0."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bootstrap.core.printable import printable

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDEST = 110
_INLINE = ("principals", "conditions", "harden")
"""Tables that are read more easily on one line."""

Comments = Mapping[tuple[str, ...], Sequence[str]]
"""Lines above a table, by its path; those of () are above all."""


def toml_text(content: Mapping[str, Any], comments: Comments) -> str:
    head = [*_comment(comments[()]), ""] if () in comments else []
    return "\n".join([*head, *_table((), content, comments)]).strip() + "\n"


def _comment(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"# {printable(line)}".rstrip() for line in lines)


def _table(path: tuple[str, ...], content: Mapping[str, Any], comments: Comments) -> Iterator[str]:
    """The keys of a table, then the tables in it."""
    inner = {name: value for name, value in content.items() if _has_a_header(name, value)}
    for name, value in content.items():
        if name not in inner:
            yield f"{_key(name)} = {_value(value)}"
    for name, value in inner.items():
        below = (*path, name)
        header = ".".join(map(_key, below))
        for number, each in enumerate(value if isinstance(value, list) else [value]):
            has_keys = any(not _has_a_header(*item) for item in each.items()) or not each
            if has_keys or isinstance(value, list) or below in comments:
                yield ""
                yield from _comment(comments.get(below, ()) if number == 0 else ())
            if has_keys or isinstance(value, list):
                yield f"[[{header}]]" if isinstance(value, list) else f"[{header}]"
            yield from _table(below, each, comments)


def _has_a_header(name: str, value: Any) -> bool:
    is_list = isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)
    return is_list or (isinstance(value, Mapping) and name not in _INLINE)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _text(value)
        case Mapping():
            return "{ " + ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items()) + " }"
    one_line = f"[{', '.join(map(_value, value))}]"
    if len(one_line) <= _WIDEST:
        return one_line
    return "[\n" + "".join(f"  {_value(each)},\n" for each in value) + "]"


def _text(text: str) -> str:
    # What JSON escapes, TOML escapes in the same way; but for DEL, which JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)
