"""Texts with `${...}`: what they name, and what they are with its values. A value is put in once and never read again."""

import re
from collections.abc import Callable, Iterator

_HOLE = re.compile(r"\$\{([^}]*)\}")
_REFERENCE = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+){0,3}", re.ASCII)


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


def variables(text: str) -> list[str]:
    """The variables of IAM in it."""
    return [found[0] for found in _HOLE.finditer(text) if _is_variable(found[1])]


def reference_of(text: str) -> str:
    """What it names, if it is one reference and nothing else; otherwise ""."""
    found = _HOLE.fullmatch(text)
    return found[1] if found and not _is_variable(found[1]) else ""


def fill(text: str, value_of: Callable[[str], str]) -> str:
    """The text with the values in it."""
    return _HOLE.sub(lambda found: found[0] if _is_variable(found[1]) else value_of(found[1]), text)


def _is_variable(inside: str) -> bool:
    return ":" in inside or inside in ("*", "?", "$")
