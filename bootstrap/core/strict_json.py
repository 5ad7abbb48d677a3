"""JSON that every reader understands in the same way, and the text of a file in any Unicode encoding."""

import codecs
import json
from collections import Counter
from collections.abc import Iterable
from json.encoder import encode_basestring_ascii
from typing import Any


def decoded(raw: bytes) -> str:
    """The text, without the byte order mark that programs on Windows add. Raises UnicodeDecodeError."""
    is_utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return raw.decode("utf-16" if is_utf16 else "utf-8-sig")


def strict_json(text: str, deepest: int) -> Any:
    """The content, with at most `deepest` levels of nested lists and objects.

    Also raises ValueError for what Python's reader accepts: a duplicate key (people see the first, programs the last), NaN
    and infinite numbers, and surrogates, which AWS does not accept.
    """
    try:
        content = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError as error:
        raise ValueError(f"it is nested more than {deepest} levels deep") from error
    if is_deeper(content, deepest):
        raise ValueError(f"it is nested more than {deepest} levels deep")
    return content


def indented(value: Any, margin: str = "\n") -> str:
    """What `json.dumps(value, indent=2)` gives, in a third of its time: the writer in C knows no indents, and a run writes
    its state after each step. Keys are text. `margin` starts the line on which the value ends."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    inner = margin + "  "
    if isinstance(value, dict) and value:
        pairs = [f"{encode_basestring_ascii(name)}: {indented(item, inner)}" for name, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(pairs)}{margin}}}"
    if isinstance(value, (list, tuple)) and value:
        return f"[{inner}{f',{inner}'.join([indented(item, inner) for item in value])}{margin}]"
    return json.dumps(value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if twice := repeated(name for name, _ in pairs):
        raise ValueError(f"the key {twice!r} is there twice")
    return dict(pairs)


def repeated(names: Iterable[str]) -> str | None:
    """A name that occurs more than once, or None."""
    return next((name for name, count in Counter(names).items() if count > 1), None)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def is_deeper(value: Any, levels: int) -> bool:
    """Whether the value is nested more than so many levels deep."""
    if levels == 0:
        return True
    if isinstance(value, dict):
        return any(is_deeper(item, levels - 1) for item in value.values())
    return isinstance(value, list) and any(is_deeper(item, levels - 1) for item in value)
