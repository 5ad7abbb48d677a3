"""What came from files, variables or AWS may hold control characters, which a terminal would obey; here they are shown."""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LONGEST = 1000
MOST_LINES = 200
WIDEST = 100
"""Characters to which the cells of a column are filled up: one that is longer makes the others no wider."""


def visible(text: str) -> str:
    r"""The text with what a terminal would obey, and with half characters, as Python writes them ("\x1b")."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def shortened(text: str) -> str:
    """With as many lines, and of such a length, as somebody may read: an error quotes the value that is wrong."""
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES // 2], "[...]", *lines[-MOST_LINES // 4 :]]
    return "\n".join(
        line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} [...] {line[-LONGEST // 4 :]}" for line in lines
    )
