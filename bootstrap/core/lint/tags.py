"""Whoever may put a tag on any machine can do what is allowed on machines with that tag.

Source: Service authorization reference of EC2 (ec2:CreateAction, aws:TagKeys, aws:RequestTag, aws:ResourceTag).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bootstrap.core.actions import wildcards
from bootstrap.core.lint.finding import Finding, condition_keys, items, limits
from bootstrap.core.lint.grant import NOT_NARROWING, Grant

_ON_THINGS = ("ec2:resourcetag/", "aws:resourcetag/")
_OF_TAGS = re.compile(r"aws:tagkeys|aws:requesttag/.*|ec2:createaction|ec2:region")


def tag_findings(allowed: Sequence[Grant]) -> Iterator[Finding]:
    guards = [
        (key.lower().partition("/")[2], _values(other, operator, key, values), other)
        for other in allowed
        for operator, key, values in condition_keys(other.statement)
        if key.lower().startswith(_ON_THINGS) and "/aws:" not in key.lower()  # those tags AWS puts itself
    ]
    for one in allowed:
        if not (one.is_wide() and one.allows("ec2:CreateTags")):
            continue
        tests = [(operator.lower(), key.lower(), values) for operator, key, values in condition_keys(one.statement)]
        if not all(NOT_NARROWING.fullmatch(key) or _OF_TAGS.fullmatch(key) for _, key, _ in tests):
            continue  # on some things only
        if any(key == "ec2:createaction" and _wants_it(operator, values) for operator, key, values in tests):
            continue  # on what is being made only
        asking = {
            action
            for tag, values, other in guards
            if not any(_keeps(test, tag, values) for test in tests)
            for _, action in items(other.statement, "Action", "")
            if action.lower().startswith("ec2:")
        }
        if asking:
            text = "ec2:CreateTags on everything: its holder can put on any thing the tag that"
            yield one.finding("tag-condition", f"{text} {', '.join(sorted(asking))} ask for")


def _values(one: Grant, operator: str, key: str, values: list[str]) -> list[str]:
    """Of a tag that opens; any when the test is not for named ones."""
    return values if (operator, key.lower(), values) in limits(one.statement) else ["*"]


def _wants_it(operator: str, values: list[str]) -> bool:
    """Whether a request without the key fails the test."""
    if operator == "null":
        return [item.lower() for item in values] == ["false"]
    return not (operator.endswith("ifexists") or "not" in operator or operator.startswith("forallvalues:"))


def _keeps(test: tuple[str, str, list[str]], tag: str, opening: list[str]) -> bool:
    """Whether no request that passes the test sets the tag to a value that opens."""
    operator, key, values = test
    negative = "not" in operator
    if key == "aws:tagkeys" and operator.startswith("forallvalues:"):
        return any(wildcards(value).fullmatch(tag) for value in values) is negative
    if key != f"aws:requesttag/{tag}":
        return False
    if operator == "null":
        return [item.lower() for item in values] == ["true"]
    if negative:
        return all(any(wildcards(value).fullmatch(item) for value in values) for item in opening)
    return not any(_may_meet(value, item) for value in values for item in opening)


def _may_meet(one: str, other: str) -> bool:
    return bool(wildcards(one).fullmatch(other) or wildcards(other).fullmatch(one) or (_open(one) and _open(other)))


def _open(value: Any) -> bool:
    return bool(re.search(r"[*?$]", value))
