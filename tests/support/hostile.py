"""Values that nobody means well with, and ways to spoil what is good."""

import copy
import json
from typing import Any

from hypothesis import strategies as st

HOSTILE = (
    "",
    " ",
    "\x00",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\x9b31m",
    "a\r\x08b",
    "[red]markup[/red]",
    "[/]",
    ":warning:",
    "\u202egnp.exe",
    "\ud800",
    "line\nbreak",
    "../../../../etc/passwd",
    "/etc/passwd",
    "~root",
    "$(touch pwned)",
    "'; touch pwned; '",
    "%s%n{0}{name}",
    "@{role.arn}",
    "@{nowhere.arn}",
    "@{bucket.nothing}",
    "@{",
    "arn:aws:iam::123456789012:role/x",
    "arn:",
    "-x",
    "--yes",
    "*",
    "null",
    "x" * 300,
    "y" * 1_000_000,
    "ünïcödé \u2014",
    "AWS",
    "tcp 22 0.0.0.0/0",
)

FAKED = (
    "\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\link",
    "\x9b31m\x7f",
    "a\nPlan: 0 to delete.",
    "a\n\nError: faked",
    "\rRun: rm -rf",
    "\x0bDone: 3 changes.\x0cReceipt",
    "\x85Plan: 0 to delete.",
    "\u2028Run: rm -rf\u2029",
    "\tPlan:\x08\x08",
    "\u202e\u2066\u200b\ufeff",
    "\ud800",
    "\x00",
    "a" + "\u0301" * 40,
)
"""Names that look like lines of ours, or that a terminal obeys or hides."""
TYPED = (
    "; touch pwned #",
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "\\'; touch pwned; \\'",
    "a\ntouch pwned\nb",
    "-x",
    "--yes; touch pwned",
    "\x1b]0;title\x07 && touch pwned",
    "\u202e| touch pwned",
)
"""Names that a shell would run, or take for an option."""

words = st.sampled_from(HOSTILE) | st.text(max_size=12)
numbers = st.sampled_from([0, 1, -1, 2**31, 2**63, 10**400, 1.5, float("nan"), float("inf"), -0.0]) | st.integers()
leaves = st.none() | st.booleans() | numbers | words
values = leaves | st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6
)

Path = tuple[str | int, ...]


def places(content: Any, path: Path = ()) -> list[Path]:
    """The way to each value inside of a JSON document."""
    items: Any = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [found for key, item in items for found in [(*path, key), *places(item, (*path, key))]]


@st.composite
def spoilt(draw: st.DrawFn, content: Any, most: int = 3) -> Any:
    """The document with some values replaced, taken away, doubled or renamed."""
    content = copy.deepcopy(content)
    for _ in range(draw(st.integers(1, most))):
        found = places(content)
        if not found:
            break
        path = draw(st.sampled_from(found))
        inside = content
        for step in path[:-1]:
            inside = inside[step]
        last: Any = path[-1]
        match draw(st.sampled_from(["replace", "replace", "replace", "remove", "double", "move"])):
            case "replace":
                inside[last] = draw(values)
            case "remove":
                del inside[last]
            case "double" if isinstance(inside, list):
                inside.append(copy.deepcopy(inside[last]))
            case "double":
                inside[draw(words)] = copy.deepcopy(inside[last])
            case _:
                other = draw(st.sampled_from(found))
                there = content
                try:
                    for step in other:
                        there = there[step]
                except (KeyError, IndexError, TypeError):
                    continue
                inside[last] = copy.deepcopy(there)
    return content


@st.composite
def spoilt_text(draw: st.DrawFn, text: str) -> bytes:
    """The text cut off, with bytes of it replaced, or with some put in."""
    content = text.encode()
    for _ in range(draw(st.integers(1, 3))):
        where = draw(st.integers(0, len(content)))
        match draw(st.sampled_from(["cut", "put", "flip"])):
            case "cut":
                content = content[:where]
            case "put":
                content = content[:where] + draw(st.binary(max_size=6)) + content[where:]
            case _:
                content = content[:where] + draw(st.binary(min_size=1, max_size=1)) + content[where + 1 :]
    return content


def as_text(content: Any) -> str:
    return json.dumps(content, indent=1)
