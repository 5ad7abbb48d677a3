"""JSON that means one thing to everybody who reads it, and the text of a file in whatever form of Unicode it is."""

import codecs
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any


def decoded(raw: bytes) -> str:
    """The text, without the byte order mark that programs on Windows put before it. Raises UnicodeDecodeError."""
    is_utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return raw.decode("utf-16" if is_utf16 else "utf-8-sig")


def strict_json(text: str, deepest: int) -> Any:
    """The content, nested in at most `deepest` levels of lists and tables.

    Raises ValueError also for what Python's reader lets pass: a key that is there twice (readers see the first, programs the
    last), NaN and infinite numbers, and half characters, which AWS does not take.
    """
    try:
        content = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError as error:
        raise ValueError(f"it is nested more than {deepest} levels deep") from error
    if _nested(content, deepest):
        raise ValueError(f"it is nested more than {deepest} levels deep")
    return content


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if twice := repeated(name for name, _ in pairs):
        raise ValueError(f"the key {twice!r} is there twice")
    return dict(pairs)


def repeated(names: Iterable[str]) -> str | None:
    """A name that is there more than once, if there is one."""
    return next((name for name, count in Counter(names).items() if count > 1), None)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _nested(value: Any, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_nested(item, levels - 1) for item in inside)
