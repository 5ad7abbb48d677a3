r"""What `*` and `?` in a policy match: whether a pattern matches a text, and whether two patterns can match the same text.

All patterns of a set are compared with another pattern in a single pass over it (the shift-and method of Baeza-Yates and
Gonnet). The positions reached in all patterns are the bits of one number: each character moves them by one, and a bit also
stays where its pattern has a `*`. There is no backtracking, so the time is at most the length of the pattern times the size
of the set (64 characters count as one). A regular expression made from a hostile pattern could take exponential time.

Sources: IAM user guide reference_policies_elements_resource (wildcards in ARNs), reference_policies_elements_action.
"""

import re
from collections.abc import Iterable
from functools import lru_cache, reduce
from operator import or_

PART = "\x00"
"""Separates the parts of an ARN. No wildcard matches it."""
WITHIN = "\x01"
"""Matches any text without a slash."""
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_OTHER_THAN_STAR = frozenset(("?", WITHIN, PART))
_ANY, _ONE, _WITHIN, _PART, _SLASH = (ord(letter) for letter in ("*", "?", WITHIN, PART, "/"))


class Patterns:
    """Patterns to compare with others. A `literal` text has no wildcards, and `?` does not match a `*` in it.

    A result is a number with one bit for each pattern: 0 is none, `|` is a union, and `of` gives the patterns.
    """

    def __init__(self, patterns: Iterable[str], *, literal: bool = False) -> None:
        self._patterns = tuple(patterns)
        positions = _Positions(literal)
        self._ends = [positions.add(_letters(pattern)) for pattern in self._patterns]
        self._starts = positions.bits(positions.starts)
        self.all = positions.bits(self._ends)
        """The bits of all patterns."""
        after = {letter: positions.bits(found) for letter, found in positions.after.items()}
        self._one = 0 if literal else after.pop(_ONE, 0)
        self._part = after.pop(_PART, 0)
        self._after = {letter: bits | self._one for letter, bits in after.items()}
        self._open = reduce(or_, after.values(), self._one)
        self._open_to_one = self._open & ~(after.get(_ANY, 0) if literal else 0)
        self._open_within = self._open & ~after.get(_SLASH, 0)
        self._stay = positions.bits(positions.stay)
        self._stay_within = self._stay | positions.bits(positions.stay_within)

    def meeting(self, pattern: str) -> int:
        """The patterns that can match a text that `pattern` can match, too."""
        reached = self._starts
        for letter in _letters(pattern):
            if letter == _ANY:
                reached |= _flood(reached, self._open)
            elif letter == _WITHIN:
                reached |= _flood(reached, self._open_within)
            elif letter == _ONE:
                reached = ((reached << 1) & self._open_to_one) | (reached & self._stay_within)
            elif letter == _PART:
                reached = (reached << 1) & self._part
            else:
                stay = self._stay if letter == _SLASH else self._stay_within
                reached = ((reached << 1) & self._after.get(letter, self._one)) | (reached & stay)
            if not reached:
                return 0
        return reached & self.all

    def of(self, found: int) -> list[str]:
        bits = f"{found:b}"[::-1]
        return [pattern for pattern, end in zip(self._patterns, self._ends, strict=True) if bits[end : end + 1] == "1"]


class Arns:
    """ARNs with wildcards. The six parts of an ARN are compared one by one; a text without six parts is compared whole."""

    def __init__(self, arns: Iterable[str]) -> None:
        self._arns = tuple(arns)
        self._parted = Patterns(map(_parted, filter(_has_parts, self._arns)))
        self._others = Patterns(arn for arn in self._arns if not _has_parts(arn))
        self._whole: Patterns | None = None

    def meet(self, arn: str) -> bool:
        """Whether one of them can match an ARN that `arn` can match, too."""
        if _has_parts(arn):
            return bool(self._parted.meeting(_parted(arn)) or self._others.meeting(arn))
        if self._whole is None:
            self._whole = Patterns(self._arns)
        return bool(self._whole.meeting(arn))


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches the text."""
    if not _OTHER_THAN_STAR.isdisjoint(pattern):
        return bool(_literal(text).meeting(pattern))
    first, *others = pattern.split("*")
    if not others:
        return pattern == text
    *between, last = others
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for part in between:  # the leftmost match leaves the most room for the next part
        at = text.find(part, at, end) + len(part)
        if at < len(part):
            return False
    return True


def opened(text: str, by: str = "*") -> str:
    """The text with each `${...}` replaced by `by`.

    No variable ends after the last brace, so that part is skipped: searching it for an end from each `${` would take
    quadratic time.
    """
    end = text.rfind("}") + 1
    return _VARIABLE.sub(by, text[:end]) + text[end:] if end else text


@lru_cache(maxsize=256)
def _literal(text: str) -> Patterns:
    return Patterns((text,), literal=True)


def _has_parts(arn: str) -> bool:
    return arn.count(":") >= 5


def _parted(arn: str) -> str:
    return arn.replace(":", PART, 5)


def _letters(text: str) -> bytes:
    """IAM accepts only characters of latin-1. Others are escaped, so that a character is one byte."""
    return text.encode("latin-1", "xmlcharrefreplace")


class _Positions:
    """The positions in all patterns, numbered: the start of each pattern, and after each of its characters."""

    def __init__(self, literal: bool) -> None:
        self._stars = () if literal else (_ANY, _WITHIN)
        self._next = 0
        self.starts: list[int] = []
        self.stay: list[int] = []
        self.stay_within: list[int] = []
        self.after: dict[int, list[int]] = {}

    def add(self, pattern: bytes) -> int:
        """Returns the position at its end."""
        self.starts.append(self._next)
        for letter in pattern:
            if letter in self._stars:
                (self.stay if letter == _ANY else self.stay_within).append(self._next)
            else:
                self._next += 1
                self.after.setdefault(letter, []).append(self._next)
        self._next += 1
        return self._next - 1

    def bits(self, positions: Iterable[int]) -> int:
        found = bytearray(self._next // 8 + 1)
        for position in positions:
            found[position >> 3] |= 1 << (position & 7)
        return int.from_bytes(found, "little")


def _flood(reached: int, entered: int) -> int:
    """The positions reached after any number of steps, each to a position in `entered`.

    One addition carries through a whole run of ones (G. Myers, A fast bit-vector algorithm, 1999).
    """
    first = (reached << 1) & entered
    return (((first + entered) ^ entered) & entered) | first
