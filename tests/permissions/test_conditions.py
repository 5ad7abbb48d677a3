"""Which of two conditions of a policy lets less through, as far as that can be decided."""

import time
from typing import Any

import pytest

from bootstrap.core import policy
from bootstrap.permissions.conditions import fail, implies, keys

ROLES = "arn:aws:iam::123456789012:role/"
NARROWER, SAME, DIFFERENT, UNKNOWN = (True, False), (True, True), (False, False), (None, None)
"""Whether the first implies the second, and the second the first."""


def when(operator: str, *values: Any) -> dict[str, Any]:
    return {operator: {"k": list(values)}}


def canonical(condition: Any) -> Any:
    return policy.canonical({"Statement": [{"Condition": condition}]})["Statement"][0]["Condition"]


@pytest.mark.parametrize(
    ("one", "other", "answers"),
    [
        # networks
        (when("IpAddress", "10.1.0.0/16"), when("IpAddress", "10.0.0.0/8"), NARROWER),
        (when("IpAddress", "10.1.2.3"), when("IpAddress", "10.1.2.0/24"), NARROWER),
        (when("IpAddress", "10.1.2.3"), when("IpAddress", "10.1.2.3/32"), SAME),
        (when("IpAddress", "10.1.2.3/16"), when("IpAddress", "10.1.0.0/16"), SAME),
        (when("IpAddress", "10.0.0.0/9", "10.128.0.0/9"), when("IpAddress", "10.0.0.0/8"), SAME),
        (when("IpAddress", "10.0.0.0/8"), when("IpAddress", "10.0.0.0/8", "192.0.2.0/24"), NARROWER),
        (when("IpAddress", "10.0.0.0/8"), when("IpAddress", "192.0.2.0/24"), DIFFERENT),
        (when("IpAddress", "2001:db8:1::/48"), when("IpAddress", "2001:db8::/32"), NARROWER),
        (when("IpAddress", "2001:db8::1"), when("IpAddress", "2001:DB8:0::/48"), NARROWER),
        (when("IpAddress", "2001:db8::/32"), when("IpAddress", "0.0.0.0/0"), DIFFERENT),
        (when("IpAddress", "::/0"), when("IpAddress", "0.0.0.0/0", "::/0"), NARROWER),
        (when("IpAddress", "10.0.0.0/33"), when("IpAddress", "10.0.0.0/8"), UNKNOWN),
        (when("NotIpAddress", "10.0.0.0/8"), when("NotIpAddress", "10.1.0.0/16"), NARROWER),
        (when("NotIpAddress", "10.0.0.0/8", "192.0.2.1"), when("NotIpAddress", "10.0.0.0/8"), NARROWER),
        (when("IpAddress", "192.0.2.0/24"), when("NotIpAddress", "10.0.0.0/8"), NARROWER),
        (when("IpAddress", "10.1.0.0/16"), when("NotIpAddress", "10.0.0.0/8"), DIFFERENT),
        # numbers and dates
        (when("NumericLessThan", "300"), when("NumericLessThan", "3600"), NARROWER),
        (when("NumericLessThan", 5), when("NumericLessThanEquals", "5.0"), NARROWER),
        (when("NumericEquals", "1", "2"), when("NumericLessThan", "3"), NARROWER),
        (when("NumericGreaterThanEquals", "7"), when("NumericGreaterThan", "7"), (False, True)),
        (when("NumericNotEquals", "1", "2"), when("NumericNotEquals", "1"), NARROWER),
        (when("NumericLessThan", "5", "9"), when("NumericLessThan", "9"), SAME),
        (when("NumericEquals", "many"), when("NumericEquals", "1"), UNKNOWN),
        (when("DateLessThan", "2026-01-01T00:00:00Z"), when("DateLessThan", "2027-01-01"), NARROWER),
        (when("DateGreaterThan", "1767225600"), when("DateGreaterThan", "2026-01-01T01:00:00+01:00"), SAME),
        (when("DateGreaterThan", "2026-01-01"), when("DateLessThan", "2027-01-01"), DIFFERENT),
        (when("DateLessThan", "soon"), when("DateLessThan", "2027-01-01"), UNKNOWN),
        # texts
        (when("StringEquals", "a"), when("StringEquals", "a", "b"), NARROWER),
        (when("StringEquals", "abc"), when("StringLike", "a*"), NARROWER),
        (when("StringLike", "ab*"), when("StringLike", "a*"), NARROWER),
        (when("StringLike", "a?"), when("StringLike", "a?*"), NARROWER),
        (when("StringLike", "a*?"), when("StringLike", "a?*"), SAME),
        (when("StringLike", "*"), when("StringLike", "a*", "b*"), (False, True)),
        (when("StringLike", "a*"), when("StringLike", "*b"), DIFFERENT),
        (when("StringLike", "a*"), when("StringLike", "a", "a?*"), (None, True)),
        (when("StringLike", "a*b", "c"), when("StringLike", "a*", "c*"), NARROWER),
        (when("StringLike", "a"), when("StringEquals", "a"), SAME),
        (when("StringEquals", "a*"), when("StringLike", "a*"), UNKNOWN),
        (when("StringEquals", "Abc"), when("StringEqualsIgnoreCase", "abc"), NARROWER),
        (when("StringEqualsIgnoreCase", "7"), when("StringEquals", "7"), SAME),
        (when("StringNotEquals", "a", "b"), when("StringNotEquals", "a"), NARROWER),
        (when("StringNotLike", "a*"), when("StringNotLike", "ab*"), NARROWER),
        (when("StringEquals", "b"), when("StringNotLike", "a*"), NARROWER),
        (when("StringLike", "*z"), when("StringNotLike", "a*"), DIFFERENT),
        (when("StringEquals", "${aws:username}"), when("StringEquals", "${aws:username}", "b"), (True, None)),
        (when("StringLike", "home/${aws:username}/*"), when("StringLike", "home/*"), UNKNOWN),
        (when("StringLike", "${aws:username}"), when("StringLike", "*"), (True, None)),
        # ARNs, part by part
        (when("ArnLike", f"{ROLES}vendor/*"), when("ArnLike", f"{ROLES}*"), NARROWER),
        (when("ArnEquals", f"{ROLES}a"), when("ArnLike", f"{ROLES}*"), NARROWER),
        (when("ArnLike", "arn:aws:iam::1*"), when("ArnLike", "arn:aws:iam::*:role/*"), DIFFERENT),
        (when("ArnNotLike", f"{ROLES}*"), when("ArnNotLike", f"{ROLES}a"), NARROWER),
        (when("ArnLike", f"{ROLES}a"), when("StringLike", f"{ROLES}*"), UNKNOWN),
        # the others
        (when("Bool", True), when("Bool", "TRUE"), SAME),
        (when("Bool", "true"), when("Bool", "false"), DIFFERENT),
        (when("Null", "false"), when("Null", "true"), DIFFERENT),
        (when("Bool", "true"), when("BoolIfExists", "true"), NARROWER),
        (when("StringEquals", "a"), when("StringLikeIfExists", "a*"), NARROWER),
        (when("StringNotEqualsIfExists", "a"), when("StringNotEquals", "a"), SAME),
        (when("ForAnyValue:StringEquals", "a"), when("ForAnyValue:StringLike", "*"), NARROWER),
        (when("ForAllValues:StringEquals", "a"), when("ForAnyValue:StringEquals", "a"), UNKNOWN),
        (when("ForAllValues:StringEquals", "a"), when("ForAllValues:StringEqualsIfExists", "a", "b"), NARROWER),
        (when("OfTheFuture", "a"), when("OfTheFuture", "a", "b"), UNKNOWN),
        # several of them
        ({**when("Bool", "true"), "IpAddress": {"ip": "10.0.0.1"}}, {"IpAddress": {"ip": "10.0.0.0/8"}}, NARROWER),
        ({}, when("Bool", "true"), (False, True)),
        (
            {**when("NumericGreaterThan", "1"), **when("NumericLessThan", "3")},
            when("NumericEquals", "2"),
            (None, True),
        ),
        ({"StringEquals": {"other": "a"}}, when("StringEquals", "a"), DIFFERENT),
    ],
)
def test_a_condition_that_lets_less_through_implies_the_other(one: Any, other: Any, answers: tuple[Any, Any]) -> None:
    one, other = canonical(one), canonical(other)
    assert (implies(one, other), implies(other, one)) == answers


def test_what_is_no_condition_is_never_called_stricter() -> None:
    assert implies("a", {}) is None
    assert implies({"Bool": "k"}, {}) is None
    assert implies("a", "a") is True
    assert keys({"Bool": "k"}) == frozenset()


@pytest.mark.parametrize(
    ("condition", "fails"),
    [
        (when("Bool", "false"), True),
        (when("BoolIfExists", "false"), True),
        (when("Bool", "true"), False),
        (when("Null", "false"), False),
        (when("ForAnyValue:Bool", "false"), False),
        ({"Bool": {"other": ["false"]}}, False),
        ({"Bool": {"other": ["false"], "k": ["false"]}}, True),
        ("no condition", False),
    ],
)
def test_a_condition_fails_where_no_possible_value_meets_one_of_its_tests(condition: Any, fails: bool) -> None:
    assert fail(canonical(condition), {"k": ("true",)}) is fails


def test_conditions_with_thousands_of_values_are_compared_in_no_time() -> None:
    networks = [f"10.{high}.{low}.0/24" for high in range(10) for low in range(256)]
    patterns = [f"{'a' * 20}{number:04}*{'?' * 10}" for number in range(1_000)]
    began = time.thread_time()  # not what the machine does beside it
    assert implies(when("IpAddress", *networks[1:]), when("IpAddress", *networks)) is True
    assert implies(when("StringLike", *patterns[1:]), when("StringLike", *patterns[:-1])) is False
    assert time.thread_time() - began < 5
