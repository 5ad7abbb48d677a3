"""Whether each request that meets one condition of a policy meets another one, too. Pure.

A test (operator, key, values) accepts some values of its key. For networks, numbers and dates these are ranges on a line,
for texts they are patterns. What cannot be decided is None and never a guess: policy variables, operators of different
families on one key, several tests of one key that only imply something together.
Source: IAM user guide, reference_policies_elements_condition_operators and reference_policies_condition-logic-multiple.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from bootstrap.permissions import ranges
from bootstrap.permissions.ranges import Range
from bootstrap.permissions.wildcards import PART, Patterns

_OPERATOR = re.compile(
    r"(?:(?P<each>ForAllValues|ForAnyValue):)?"
    r"(?P<family>String|Arn|Numeric|Date|Binary|Bool|Null|(?=(?:Not)?IpAddress))"
    r"(?P<negated>Not)?"
    r"(?P<how>EqualsIgnoreCase|Equals|Like|LessThanEquals|LessThan|GreaterThanEquals|GreaterThan|IpAddress|)"
    r"(?P<if_exists>IfExists)?"
)
_WILDCARDS = re.compile(r"[*?]+")
_FRESH = "\x02"
"""A letter that stands in no policy."""


@dataclass(frozen=True)
class Test:
    """One operator with one key. `each` is the qualifier for keys with several values."""

    each: str
    family: str
    negated: bool
    how: str
    if_exists: bool
    values: tuple[str, ...]

    @property
    def accepts_absence(self) -> bool:
        """Whether it is met by a request that does not have the key."""
        return self.if_exists or self.each == "ForAllValues" or (self.negated and not self.each)


def implies(strict: Any, loose: Any) -> bool | None:
    """Whether each request that meets the conditions `strict` meets `loose`, too, both in canonical form (`policy`)."""
    if strict == loose:
        return True
    if not (_is_readable(strict) and _is_readable(loose)):
        return None
    having = list(_tests(strict))
    return _all(_met([test for name, test in having if name == key], wanted) for key, wanted in _tests(loose))


def keys(condition: Any) -> frozenset[str]:
    """The keys that it tests."""
    return frozenset(key for key, _ in _tests(condition)) if _is_readable(condition) else frozenset()


def fail(condition: Any, possible: Mapping[str, Sequence[str]]) -> bool:
    """Whether no request meets it whose keys have only values of those that are `possible`, and always one of them.

    False where that cannot be decided.
    """
    if not _is_readable(condition):
        return False
    return any(
        all(_is_within(_equal_to(test, value), test) is False for value in possible[key])
        for key, test in _tests(condition)
        if key in possible and test.family != "Null"
    )


def _equal_to(test: Test, value: str) -> Test:
    """The test of the same family that only this value meets."""
    how = "" if test.family == "Bool" else "Equals"
    return Test("", test.family, False, how, False, (value,))


def _is_readable(condition: Any) -> bool:
    return isinstance(condition, dict) and all(isinstance(tests, dict) for tests in condition.values())


def _tests(condition: Mapping[str, Mapping[str, list[str]]]) -> Iterator[tuple[str, Test]]:
    for operator, tests in condition.items():
        for key, values in tests.items():
            if found := _OPERATOR.fullmatch(operator):
                each, family, negated, how, if_exists = found.groups(default="")
                read = [value.lower() if family in ("Bool", "Null") else value for value in values]
                yield key, Test(each, family or how, bool(negated), how, bool(if_exists), tuple(read))
            else:
                yield key, Test("", operator, False, "", False, tuple(values))


def _all(answers: Iterable[bool | None]) -> bool | None:
    found = set(answers)
    return False if False in found else None if None in found else True


def some(answers: Iterable[bool | None]) -> bool | None:
    """Whether one of them is true; None where one of the others may be."""
    found = set(answers)
    return True if True in found else None if None in found else False


def _met(having: list[Test], wanted: Test) -> bool | None:
    """Whether what meets all of `having`, which are about its key, meets `wanted`."""
    answer = some(_is_within(test, wanted) for test in having)
    return None if answer is False and len(having) > 1 else answer


def _is_within(strict: Test, loose: Test) -> bool | None:
    if (strict.each, strict.family) != (loose.each, loose.family):
        return None
    if strict.accepts_absence and not loose.accepts_absence:
        return False
    if strict.family in _LINES:
        return _are_ranges_within(strict, loose, _LINES[strict.family])
    if strict.family in _TEXTS:
        return _are_texts_within(strict, loose)
    return (strict.values == loose.values) or None


_LINES: Mapping[str, Callable[[str], Range]] = {
    "IpAddress": ranges.network,
    "Numeric": ranges.number,
    "Date": ranges.date,
}


def _are_ranges_within(strict: Test, loose: Test, read: Callable[[str], Range]) -> bool | None:
    try:
        return ranges.lie_in(_ranges(strict, read), _ranges(loose, read))
    except (ValueError, OverflowError):  # a policy variable, or what AWS reads in its own way
        return (strict.negated, strict.how, set(strict.values)) == (loose.negated, loose.how, set(loose.values)) or None


def _ranges(test: Test, read: Callable[[str], Range]) -> list[Range]:
    """What the test accepts, merged."""
    bound = ranges.BOUNDS.get(test.how)
    found = ranges.merged(bound(read(value)) if bound else read(value) for value in test.values)
    return ranges.rest(found) if test.negated else found


_TEXTS = ("String", "Arn", "Bool", "Binary", "Null")


def _are_texts_within(strict: Test, loose: Test) -> bool | None:
    if strict.negated and loose.negated:
        return _are_meant(loose, strict)
    if loose.negated:
        return _are_apart(strict, loose)
    if not strict.negated:
        return _are_meant(strict, loose)
    return _means_all(loose) or (None if any(not _is_plain(value, loose) for value in loose.values) else False)


def _are_meant(inner: Test, outer: Test) -> bool | None:
    """Whether each text that a value of `inner` means is meant by a value of `outer`."""
    if _means_all(outer):
        return True
    same = set(outer.values) if inner.how == outer.how else set()
    rest = [value for value in inner.values if value not in same]
    told, known = (
        [value for value in values if _is_plain(value, test)] for values, test in ((rest, inner), (outer.values, outer))
    )
    any_case = inner.how == "EqualsIgnoreCase" != outer.how and any(value.lower() != value.upper() for value in told)
    if any_case:
        told = [each for value in told for each in (value.lower(), value.upper())]
    answer = _cover(outer, known, told)
    if answer is False:
        return False if len(known) == len(outer.values) else None
    return None if any_case or len(told) < len(rest) else answer


def _cover(outer: Test, known: Iterable[str], told: Iterable[str]) -> bool | None:
    """Whether the values `known` of `outer` mean all that these texts or patterns do."""
    if outer.how == "EqualsIgnoreCase":
        known, told = ([value.lower() for value in values] for values in (known, told))
    if not _has_wildcards(outer):
        return set(told) <= set(known)
    patterns, left = ([_in_order(_in_parts(value, outer)) for value in values] for values in (known, told))
    left = _uncovered(patterns, left)
    # Each of several patterns may mean a part of one: they mean all of it only if they mean each of these.
    samples = [one.replace("*", by).replace("?", _FRESH) for one in left for by in ("", _FRESH, _FRESH * 3)]
    return False if _uncovered(patterns, samples) else None if left else True


def _uncovered(patterns: list[str], ones: list[str]) -> list[str]:
    """Those that none of the patterns means, in whatever their own wildcards stand for."""
    texts = Patterns(ones, literal=True)
    return texts.of(texts.all & ~reduce(or_, map(texts.meeting, patterns), 0))


def _are_apart(strict: Test, loose: Test) -> bool | None:
    """Whether no text is meant by both."""
    if not all(_is_plain(value, test) for test in (strict, loose) for value in test.values):
        return None
    fold = "EqualsIgnoreCase" in (strict.how, loose.how)
    one, other = ([_in_parts(value.lower() if fold else value, test) for value in test.values] for test in (strict, loose))
    patterns = Patterns(other, literal=not _has_wildcards(loose))
    return not any(patterns.meeting(value) for value in one)


def _has_wildcards(test: Test) -> bool:
    return test.how == "Like" or test.family == "Arn"


def _means_all(test: Test) -> bool:
    return test.how == "Like" and test.family == "String" and "*" in test.values


def _is_plain(value: str, test: Test) -> bool:
    """Whether it can be told what it means: nothing in it is filled in by IAM, and a wildcard is one."""
    return "${" not in value and (_has_wildcards(test) or not _WILDCARDS.search(value))


def _in_parts(value: str, test: Test) -> str:
    """No wildcard of the Arn operators reaches over the end of one of the six parts."""
    return value.replace(":", PART, 5) if test.family == "Arn" else value


def _in_order(pattern: str) -> str:
    """`*?`, `?*` and `*?*` mean the same."""
    return _WILDCARDS.sub(lambda run: "?" * run[0].count("?") + "*" * ("*" in run[0]), pattern)
