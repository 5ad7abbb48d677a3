"""Tags that protect resources by a condition, where somebody who is held by it can set these tags.

Source: Service authorization reference of EC2 (ec2:CreateAction, aws:TagKeys, aws:RequestTag, aws:ResourceTag).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, reduce
from operator import or_
from typing import NamedTuple

from bootstrap.permissions.lint.finding import Finding, condition_keys, items, limits
from bootstrap.permissions.lint.grant import SAYS_ON_WHICH, Grant
from bootstrap.permissions.wildcards import Patterns

_TAG_OF_RESOURCE = ("ec2:resourcetag/", "aws:resourcetag/")
_SHOWN = 20
"""The most actions in one finding."""
_ABOUT_TAGS = re.compile(r"aws:tagkeys|aws:requesttag/.*|ec2:createaction")


class _Tag(NamedTuple):
    """A tag that conditions ask for (its key in lower case), and the values that meet them."""

    key: str
    values: tuple[str, ...]


class _Test(NamedTuple):
    """One test of a condition, operator and key in lower case."""

    operator: str
    key: str
    values: list[str]


def tag_findings(allowed: Sequence[Grant]) -> Iterator[Finding]:
    """One finding for each statement that allows ec2:CreateTags on every resource with a tag that a condition asks for."""
    protected = _protected(allowed)
    for grant in allowed:
        tests = [_Test(operator.lower(), key.lower(), values) for operator, key, values in condition_keys(grant.statement)]
        if not _tags_anything(grant, tests):
            continue
        limit = _TagLimit(tests)
        open_to_it = [actions for tag, actions in protected.items() if not limit.forbids(tag)]
        if actions := sorted(set[str]().union(*open_to_it)):
            more = f" and {len(actions) - _SHOWN} more" if len(actions) > _SHOWN else ""
            text = "ec2:CreateTags on every resource: its holder can give any resource the tag that"
            yield grant.finding("tag-condition", f"{text} {', '.join(actions[:_SHOWN])}{more} require")


def _tags_anything(grant: Grant, tests: Sequence[_Test]) -> bool:
    """Whether it allows tags on existing resources, and no condition says on which."""
    if not (grant.is_wide and grant.allows("ec2:CreateTags")):
        return False
    if any(test.key == "ec2:createaction" and _needs_key(test) for test in tests):
        return False  # only on resources that are being created
    return not any(SAYS_ON_WHICH.fullmatch(test.key) and not _ABOUT_TAGS.fullmatch(test.key) for test in tests)


def _protected(allowed: Sequence[Grant]) -> dict[_Tag, set[str]]:
    """The actions of EC2 that are allowed only on resources with a tag."""
    protected: dict[_Tag, set[str]] = defaultdict(set)
    for grant in allowed:
        exact = {(operator, key): values for operator, key, values in limits(grant.statement)}
        actions = {action for _, action in items(grant.statement, "Action", "") if action.lower().startswith("ec2:")}
        for operator, key, values in condition_keys(grant.statement):
            key = key.lower()
            if key.startswith(_TAG_OF_RESOURCE) and "/aws:" not in key:  # only AWS sets tags that begin with aws:
                opening = values if exact.get((operator, key)) == values else ["*"]
                protected[_Tag(key.partition("/")[2], tuple(opening))] |= actions
    return protected


class _TagLimit:
    """Which tags the conditions of a grant of ec2:CreateTags keep its holder from setting."""

    def __init__(self, tests: Sequence[_Test]) -> None:
        self._keys = [
            (Patterns(map(str.lower, test.values)), "not" in test.operator)
            for test in tests
            if test.key == "aws:tagkeys" and test.operator.startswith("forallvalues:")
        ]
        self._values: dict[str, list[_Test]] = defaultdict(list)
        for test in tests:
            if test.key.startswith("aws:requesttag/"):
                lower = test._replace(values=[value.lower() for value in test.values])
                self._values[test.key.partition("/")[2]].append(lower)
        self.forbids = cache(self._forbids)

    def _forbids(self, tag: _Tag) -> bool:
        """Whether no request that passes the tests sets the tag to one of its values."""
        if any(bool(keys.meeting(tag.key)) is negated for keys, negated in self._keys):
            return True
        values = [value.lower() for value in tag.values]
        return any(_excludes(test, values) for test in self._values.get(tag.key, ()))


def _needs_key(test: _Test) -> bool:
    """Whether a request without the key fails the test."""
    if test.operator == "null":
        return [value.lower() for value in test.values] == ["false"]
    return not (test.operator.endswith("ifexists") or "not" in test.operator or test.operator.startswith("forallvalues:"))


def _excludes(test: _Test, values: list[str]) -> bool:
    """Whether no request that passes the test has one of these values."""
    if test.operator == "null":
        return test.values == ["true"]
    given = Patterns(values, literal=True)
    matched = reduce(or_, map(given.meeting, test.values), 0)
    if "not" in test.operator:
        return matched == given.all
    passing = Patterns(test.values, literal=True)
    both_have_wildcards = any(map(_has_wildcards, test.values)) and any(map(_has_wildcards, values))
    return not (matched or any(map(passing.meeting, values)) or both_have_wildcards)


def _has_wildcards(value: str) -> bool:
    return bool(re.search(r"[*?$]", value))
