"""The limits of a file, and what a class of `format.py` says about the keys of its table."""

from dataclasses import MISSING, field
from typing import Any

LARGEST = 1_000_000
"""Bytes of a file."""
DEEPEST = 20
"""Levels of tables and lists."""
LONGEST = 2_000
"""Characters of a text on one line."""
LONGEST_FILE = 50_000
"""Characters of a file of the hand-off."""
MOST = 500
"""Entries of a table or list, and resources and statements of a file."""

WORD = "[a-z][a-z0-9_]{0,39}"
NAME = "[a-z][a-z0-9-]{0,39}"
COMMAND = "[a-z][a-z_]{0,39}"
PLAIN_FILE = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
"""The name of a file without a folder; it is not hidden."""


def key(
    doc: str,
    *,
    default: Any = MISSING,
    pattern: str = "",
    names: str = "",
    longest: int = LONGEST,
    choices: tuple[str, ...] = (),
    called: str = "",
    lines: bool = False,
) -> Any:
    """A key of a table. `pattern` is for its text, or each text of its list, `names` for the keys of the table that it is;
    `called` is its name in the file where that is a word of Python; with `lines`, its text may have several."""
    metadata = {"doc": doc, "pattern": pattern, "names": names, "longest": longest, "choices": choices, "called": called}
    metadata["lines"] = lines
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)
