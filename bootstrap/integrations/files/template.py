"""Texts with `${...}`: what they name, and what they are with its values. A value is put in once and never read again."""

import re
from collections.abc import Callable, Iterator
from typing import Any

_HOLE = re.compile(r"\$\{([^}]*)\}")
_REFERENCE = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+){0,2}", re.ASCII)


def holes(text: str) -> Iterator[str]:
    """What it names; a variable of IAM, such as ${aws:username}, stays as it is. Raises ValueError."""
    for found in _HOLE.finditer(text):
        if _is_variable(found[1]):
            continue
        if not _REFERENCE.fullmatch(found[1]):
            raise ValueError(f"has {found[0][:100]!r}, which is neither a reference nor a variable of IAM")
        yield found[1]
    if "${" in _HOLE.sub("", text):
        raise ValueError("has ${ without }")


def fill(text: str, value_of: Callable[[str], Any]) -> Any:
    """The text with the values in it. If it is one reference and nothing else, the value as it is."""
    if (whole := _HOLE.fullmatch(text)) and not _is_variable(whole[1]):
        return value_of(whole[1])

    def each(found: re.Match[str]) -> str:
        return found[0] if _is_variable(found[1]) else str(value_of(found[1]))

    return _HOLE.sub(each, text)


def _is_variable(inside: str) -> bool:
    return ":" in inside or inside in ("*", "?", "$")
