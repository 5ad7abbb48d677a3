"""Whether every request that meets one condition of a policy also meets another one. Pure.

A test (operator, key, values) accepts some values of its key. For networks, numbers and dates these are ranges on a line;
for texts they are patterns. The answer is None, not a guess, when this cannot be decided: for policy variables, operators of
different families on one key, and several tests of one key that only together imply something.
Source: IAM user guide, reference_policies_elements_condition_operators and reference_policies_condition-logic-multiple.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Literal

from bootstrap.core.external_id import sent_by_caller
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
"""A character that no policy contains."""


@dataclass(frozen=True)
class Test:
    """One operator with one key. `each` is the qualifier (ForAllValues, ForAnyValue) for keys with several values."""

    each: str
    family: str
    negated: bool
    how: str
    if_exists: bool
    values: tuple[str, ...]

    @property
    def accepts_absence(self) -> bool:
        """Whether a request without the key meets it."""
        if self.family == "Null":
            return "true" in self.values
        return self.if_exists or self.each == "ForAllValues" or (self.negated and not self.each)


def implies(strict: Any, loose: Any) -> bool | None:
    """Whether every request that meets the conditions `strict` also meets `loose`, both in canonical form (`policy`)."""
    if strict == loose:
        return True
    if not (_is_readable(strict) and _is_readable(loose)):
        return None
    given = list(_tests(strict))
    return _all(_met([test for name, test in given if name == key], wanted) for key, wanted in _tests(loose))


def keys(condition: Any) -> frozenset[str]:
    """The keys that the condition tests."""
    return frozenset(key for key, _ in _tests(condition)) if _is_readable(condition) else frozenset()


@dataclass(frozen=True)
class Weaker:
    """A key for which a condition accepts more than another one: any value ("any"), a request without the key ("absent"),
    the `values` beside those of the other ("more"), or what is not known ("other")."""

    key: str
    accepts: Literal["any", "absent", "more", "other"]
    values: tuple[str, ...] = ()


def weaker(has: Any, wanted: Any) -> Iterator[Weaker]:
    """For which keys `has` accepts more than `wanted`, or may, both in canonical form."""
    if not (_is_readable(has) and _is_readable(wanted)):
        return
    given = list(_tests(has))
    for key, test in _tests(wanted):
        found = [each for name, each in given if name == key]
        if _met(found, test):
            continue
        if all(each.accepts_absence for each in found) and not test.accepts_absence:
            yield Weaker(key, "absent")
        elif all(_accepts_any(each) or _accepts_itself(key, each) for each in found):
            yield Weaker(key, "any")
        else:
            known = [each for each in found if each.family in _TEXTS and not (each.negated or test.negated)]
            more = tuple(value for each in known for value in each.values if value not in test.values)
            yield Weaker(key, "more" if more else "other", more)


def fail(condition: Any, possible: Mapping[str, Sequence[str]]) -> bool:
    """Whether no request meets the condition, when each key in `possible` always has one of its possible values.

    False when that cannot be decided.
    """
    if not _is_readable(condition):
        return False
    return any(
        all(_is_within(_equal_to(test, value), test) is False for value in possible[key])
        for key, test in _tests(condition)
        if key in possible and test.family != "Null"
    )


def _equal_to(test: Test, value: str) -> Test:
    """A test of the same family that only this value meets."""
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
    if False in found:
        return False
    return None if None in found else True


def some(answers: Iterable[bool | None]) -> bool | None:
    """Whether one of the answers is true; None when one may be."""
    found = set(answers)
    if True in found:
        return True
    return None if None in found else False


def _met(given: list[Test], wanted: Test) -> bool | None:
    """Whether a request that meets all of `given`, which test the same key, meets `wanted`."""
    answer = some(_is_within(test, wanted) for test in given)
    return None if answer is False and len(given) > 1 else answer


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
        return ranges.are_within(_ranges(strict, read), _ranges(loose, read))
    except (ValueError, OverflowError):  # a policy variable, or a value that only AWS can read
        return (strict.negated, strict.how, set(strict.values)) == (loose.negated, loose.how, set(loose.values)) or None


def _ranges(test: Test, read: Callable[[str], Range]) -> list[Range]:
    """The ranges that the test accepts, merged."""
    bound = ranges.BOUNDS.get(test.how)
    found = ranges.merged(bound(read(value)) if bound else read(value) for value in test.values)
    return ranges.complement(found) if test.negated else found


_TEXTS = ("String", "Arn", "Bool", "Binary", "Null")


def _are_texts_within(strict: Test, loose: Test) -> bool | None:
    if strict.negated and loose.negated:
        return _are_matched(loose, strict)
    if loose.negated:
        return _are_disjoint(strict, loose)
    if not strict.negated:
        return _are_matched(strict, loose)
    return _matches_all(loose) or (None if any(not _is_plain(value, loose) for value in loose.values) else False)


def _are_matched(inner: Test, outer: Test) -> bool | None:
    """Whether every text that `inner` matches is matched by `outer`."""
    if _matches_all(outer):
        return True
    same = set(outer.values) if inner.how == outer.how else set()
    rest = [value for value in inner.values if value not in same]
    plain = [value for value in rest if _is_plain(value, inner)]
    patterns = [value for value in outer.values if _is_plain(value, outer)]
    any_case = inner.how == "EqualsIgnoreCase" != outer.how and any(value.lower() != value.upper() for value in plain)
    if any_case:
        plain = [each for value in plain for each in (value.lower(), value.upper())]
    answer = _cover(outer, patterns, plain)
    if answer is False:
        return False if len(patterns) == len(outer.values) else None
    return None if any_case or len(plain) < len(rest) else answer


def _cover(outer: Test, patterns: Iterable[str], values: Iterable[str]) -> bool | None:
    """Whether these `patterns` of `outer` match all that the values, texts or patterns, match."""
    if outer.how == "EqualsIgnoreCase":
        patterns, values = map(str.lower, patterns), map(str.lower, values)
    if not _has_wildcards(outer):
        return set(values) <= set(patterns)
    normal = [_in_order(_in_parts(pattern, outer)) for pattern in patterns]
    left = _uncovered(normal, [_in_order(_in_parts(value, outer)) for value in values])
    # Several patterns together may cover a value. They do not if one of these samples of it is uncovered.
    samples = [each.replace("*", by).replace("?", _FRESH) for each in left for by in ("", _FRESH, 3 * _FRESH)]
    if _uncovered(normal, samples):
        return False
    return None if left else True


def _uncovered(patterns: list[str], values: list[str]) -> list[str]:
    """The values that no pattern matches; their own wildcards count as characters."""
    texts = Patterns(values, literal=True)
    return texts.of(texts.all & ~reduce(or_, map(texts.meeting, patterns), 0))


def _are_disjoint(strict: Test, loose: Test) -> bool | None:
    """Whether no text is matched by both."""
    if not all(_is_plain(value, test) for test in (strict, loose) for value in test.values):
        return None
    fold = "EqualsIgnoreCase" in (strict.how, loose.how)

    def in_parts(test: Test) -> list[str]:
        return [_in_parts(value.lower() if fold else value, test) for value in test.values]

    patterns = Patterns(in_parts(loose), literal=not _has_wildcards(loose))
    return not any(patterns.meeting(value) for value in in_parts(strict))


def _has_wildcards(test: Test) -> bool:
    return test.how == "Like" or test.family == "Arn"


def _matches_all(test: Test) -> bool:
    return test.how == "Like" and test.family == "String" and "*" in test.values


def _accepts_any(test: Test) -> bool:
    """Whether each value that the key can have meets it: none is empty."""
    if test.family == "Null":
        return "false" in test.values
    return (
        test.how == "Like" and test.family == "String" and any("*" in each and not each.strip("*?") for each in test.values)
    )


def _accepts_itself(key: str, test: Test) -> bool:
    """Whether it compares the key with what the same request says it is."""
    itself = "${" + key + "}"
    same = (value.lower() == itself or (key == "sts:externalid" and sent_by_caller(value)) for value in test.values)
    return test.family == "String" and not test.negated and any(same)


def _is_plain(value: str, test: Test) -> bool:
    """Whether it is clear what it matches: it has no variable, and `*` and `?` only where they are wildcards."""
    return "${" not in value and (_has_wildcards(test) or not _WILDCARDS.search(value))


def _in_parts(value: str, test: Test) -> str:
    """With the separator of ARN parts: a wildcard of the Arn operators matches within one of the six parts only."""
    return value.replace(":", PART, 5) if test.family == "Arn" else value


def _in_order(pattern: str) -> str:
    """With each run of wildcards in one form: `*?`, `?*` and `*?*` match the same."""
    return _WILDCARDS.sub(lambda run: "?" * run[0].count("?") + ("*" if "*" in run[0] else ""), pattern)
