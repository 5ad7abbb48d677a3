"""Whoever may put a tag on any machine can do what is allowed on machines with that tag.

Source: Service authorization reference of EC2 (ec2:CreateAction, aws:TagKeys, aws:RequestTag, aws:ResourceTag).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, reduce
from operator import or_

from bootstrap.permissions.lint.finding import Finding, condition_keys, items, limits
from bootstrap.permissions.lint.grant import NOT_NARROWING, Grant
from bootstrap.permissions.wildcards import Patterns

_ON_THINGS = ("ec2:resourcetag/", "aws:resourcetag/")
_SHOWN = 20
"""Actions in one finding."""
_OF_TAGS = re.compile(r"aws:tagkeys|aws:requesttag/.*|ec2:createaction|ec2:region")


def tag_findings(allowed: Sequence[Grant]) -> Iterator[Finding]:
    guards = _guards(allowed)
    for one in allowed:
        if not (one.is_wide and one.allows("ec2:CreateTags")):
            continue
        tests = [(operator.lower(), key.lower(), values) for operator, key, values in condition_keys(one.statement)]
        if not all(NOT_NARROWING.fullmatch(key) or _OF_TAGS.fullmatch(key) for _, key, _ in tests):
            continue  # on some things only
        if any(key == "ec2:createaction" and _wants_it(operator, values) for operator, key, values in tests):
            continue  # on what is being made only
        keep = _Kept(tests)
        open_ones = [actions for (tag, opening), actions in guards.items() if not keep.keeps(tag, opening)]
        asking = sorted(set[str]().union(*open_ones))
        if asking:
            more = f" and {len(asking) - _SHOWN} more" if len(asking) > _SHOWN else ""
            text = "ec2:CreateTags on everything: its holder can put on any thing the tag that"
            yield one.finding("tag-condition", f"{text} {', '.join(asking[:_SHOWN])}{more} ask for")


def _guards(allowed: Sequence[Grant]) -> dict[tuple[str, tuple[str, ...]], set[str]]:
    """The actions on machines by the tag, with its values that open; any when the test is not for named ones."""
    guards: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    for other in allowed:
        named = {(operator, key): values for operator, key, values in limits(other.statement)}
        actions = {action for _, action in items(other.statement, "Action", "") if action.lower().startswith("ec2:")}
        for operator, key, values in condition_keys(other.statement):
            key = key.lower()
            if key.startswith(_ON_THINGS) and "/aws:" not in key:  # those tags AWS puts itself
                opening = values if named.get((operator, key)) == values else ["*"]
                guards[key.partition("/")[2], tuple(opening)] |= actions
    return guards


class _Kept:
    """What the tests of a grant of ec2:CreateTags keep from being set."""

    def __init__(self, tests: Sequence[tuple[str, str, list[str]]]) -> None:
        self._keys = [
            (Patterns(map(str.lower, values)), "not" in operator)
            for operator, key, values in tests
            if key == "aws:tagkeys" and operator.startswith("forallvalues:")
        ]
        self._values: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
        for operator, key, values in tests:
            if key.startswith("aws:requesttag/"):
                self._values[key.partition("/")[2]].append((operator, [value.lower() for value in values]))
        self.keeps = cache(self._keeps)

    def _keeps(self, tag: str, opening: tuple[str, ...]) -> bool:
        """Whether no request that passes the tests sets the tag to a value that opens."""
        return any(bool(keys.meeting(tag)) is negative for keys, negative in self._keys) or any(
            _keeps(operator, values, [item.lower() for item in opening]) for operator, values in self._values.get(tag, ())
        )


def _wants_it(operator: str, values: list[str]) -> bool:
    """Whether a request without the key fails the test."""
    if operator == "null":
        return [item.lower() for item in values] == ["false"]
    return not (operator.endswith("ifexists") or "not" in operator or operator.startswith("forallvalues:"))


def _keeps(operator: str, values: list[str], opening: list[str]) -> bool:
    if operator == "null":
        return values == ["true"]
    literal = Patterns(opening, literal=True)
    meant = reduce(or_, map(literal.meeting, values), 0)
    if "not" in operator:
        return meant == literal.all
    others = Patterns(values, literal=True)
    return not (meant or any(map(others.meeting, opening)) or (any(map(_open, values)) and any(map(_open, opening))))


def _open(value: str) -> bool:
    return bool(re.search(r"[*?$]", value))
