"""Regular expressions of inputs, limited to those that Python matches quickly, whatever the value is."""

import re
import warnings
from itertools import pairwise

LONGEST_VALUE = 200
"""Characters of a value that a pattern checks."""
_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^]\\])*\]|\{\d+\}|\{\d*,\d*\}|.", re.DOTALL)
_MOST_REPEATS = 3
_MOST_CHOICES = 4


def pattern_problem(pattern: str) -> str:
    """Why the pattern cannot be used, or ""."""
    parts = _PART.findall(pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        return f"is not a regular expression: {error}"
    if re.search(r"\\[0-9]", pattern) or re.search(r"\((?=\?(?!:))", "".join(part for part in parts if len(part) == 1)):
        return "has a back reference, a look-ahead or a flag, and none of these is allowed"
    if any(before == ")" and after[0] in "*+{" for before, after in pairwise(parts)):
        return "repeats a group, which can take very long to match"
    repeats = sum(part in ("*", "+") or (part[0] == "{" and "," in part) for part in parts)
    if repeats > _MOST_REPEATS or sum(part in ("?", "|") for part in parts) > _MOST_CHOICES:
        return f"can take very long to match: it has more than {_MOST_REPEATS} of * + {{}}, or over {_MOST_CHOICES} of ? |"
    return ""


def matches(pattern: str, value: str) -> bool:
    return len(value) <= LONGEST_VALUE and re.fullmatch(pattern, value) is not None
