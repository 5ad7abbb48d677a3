"""Networks, numbers and dates as ranges on a line, the way conditions in policies compare them. Pure.

Source: IAM user guide, reference_policies_elements_condition_operators.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_network
from typing import Any, NamedTuple

_V6 = 2**32
"""Where the line of IPv4 addresses ends and that of IPv6 addresses begins."""

Point = tuple[Any, int]
"""A number and an offset: the number itself (0), or the point just before (-1) or just after it (1)."""


class Range(NamedTuple):
    """From `first` to `last`, both included."""

    first: Point
    last: Point


_FROM, _TO = (-math.inf, 0), (math.inf, 0)


def network(value: str) -> Range:
    """Raises ValueError, as `number` and `date` do."""
    found = ip_network(value, strict=False)
    start = int(found.network_address) + (_V6 if found.version == 6 else 0)
    return Range((start, 0), (start + found.num_addresses, -1))


def number(value: str) -> Range:
    try:
        found = Decimal(value)
    except ArithmeticError as error:
        raise ValueError(value) from error
    if not found.is_finite():
        raise ValueError(value)
    return Range((found, 0), (found, 0))


def date(value: str) -> Range:
    """A date of ISO 8601, of UTC where it names no zone, or seconds since 1970."""
    if value.isdecimal() and len(value) > 8:
        return number(value)
    moment = datetime.fromisoformat(value)
    return number(str((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))


BOUNDS: Mapping[str, Callable[[Range], Range]] = {
    "LessThan": lambda at: Range(_FROM, (at.first[0], -1)),
    "LessThanEquals": lambda at: Range(_FROM, at.last),
    "GreaterThan": lambda at: Range((at.last[0], 1), _TO),
    "GreaterThanEquals": lambda at: Range(at.first, _TO),
}
"""The range that an operator of this name accepts, from the range of its value."""


def merged(ranges: Iterable[Range]) -> list[Range]:
    """The ranges in order; those that overlap or touch are merged."""
    found: list[Range] = []
    for each in sorted(ranges):
        if found and each.first <= (found[-1].last[0], found[-1].last[1] + 1):
            found[-1] = Range(found[-1].first, max(found[-1].last, each.last))
        else:
            found.append(each)
    return found


def complement(ranges: Iterable[Range]) -> list[Range]:
    """Everything outside these merged ranges."""
    ranges = list(ranges)
    starts = [_FROM, *((each.last[0], each.last[1] + 1) for each in ranges)]
    ends = [*((each.first[0], each.first[1] - 1) for each in ranges), _TO]
    return [Range(first, last) for first, last in zip(starts, ends, strict=True) if first <= last]


def are_within(inner: Iterable[Range], outer: list[Range]) -> bool:
    """Whether each inner range lies within one of the merged outer ranges."""
    starts = [each.first for each in outer]
    positions = [(item, bisect_right(starts, item.first)) for item in inner]
    return all(position and item.last <= outer[position - 1].last for item, position in positions)
