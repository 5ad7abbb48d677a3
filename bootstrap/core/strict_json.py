"""JSON that means one thing to everybody who reads it."""

import json
from collections import Counter
from typing import Any


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
    found = dict(pairs)
    if len(found) != len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"the key {twice!r} is there twice")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _nested(value: Any, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_nested(item, levels - 1) for item in inside)
