"""What statements allow, service by service, in AWS's own access levels. Pure.

Source: the Service authorization reference, which gives each action a level (List, Read, Write, Tagging, Permissions
management).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bootstrap.core.policy import Statement, as_list
from bootstrap.permissions.actions import Table

Level = Literal["permissions", "write", "tag", "read", "list"]
_OF_LETTER: Mapping[str, Level] = {"p": "permissions", "w": "write", "t": "tag", "r": "read", "l": "list"}
_CHANGES: frozenset[Level] = frozenset(("permissions", "write", "tag"))

Grant = tuple[Sequence[str], Sequence[str]]
"""Actions, as in a policy, and the resources that they are allowed on."""


@dataclass(frozen=True)
class ServiceAccess:
    """`levels` from the strongest to the weakest. `everywhere` are those that are allowed on every resource ("*")."""

    service: str
    levels: tuple[Level, ...]
    everywhere: tuple[Level, ...]

    @property
    def changes(self) -> bool:
        return not _CHANGES.isdisjoint(self.levels)

    @property
    def changes_everywhere(self) -> bool:
        return not _CHANGES.isdisjoint(self.everywhere)


def access(grants: Iterable[Grant], table: Table) -> list[ServiceAccess]:
    """By service, in the order of their names. An action that AWS does not have gives nothing."""
    found: dict[str, set[Level]] = {}
    wide: dict[str, set[Level]] = {}
    for actions, resources in grants:
        for action in actions:
            for service, levels in _levels(action, table):
                found.setdefault(service, set()).update(levels)
                wide.setdefault(service, set()).update(levels if "*" in resources else ())
    return [ServiceAccess(name, _sorted(levels), _sorted(wide[name])) for name, levels in sorted(found.items())]


def grants_of(statements: Iterable[Statement]) -> list[Grant]:
    """What these statements grant. One about all but some resources counts as one about all."""
    return [(each.actions, each.resources) for each in statements if each.effect == "Allow"]


def grants_in(document: Mapping[str, Any], table: Table) -> list[Grant]:
    """What the Allow statements of a document grant. One about all but some resources counts as one about all, and one of
    all but some actions as one of every service that these do not name whole."""
    found = list[Grant]()
    for each in as_list(document["Statement"]):
        if each.get("Effect") == "Allow":
            but = {action.lower() for action in as_list(each.get("NotAction", []))}
            others = [f"{name}:*" for name in table if but and f"{name}:*" not in but]
            found.append((as_list(each.get("Action", others)), as_list(each.get("Resource", "*"))))
    return found


def _levels(pattern: str, table: Table) -> Iterator[tuple[str, set[Level]]]:
    for name in table if pattern == "*" else (pattern.partition(":")[0],):
        if found := table.matching(f"{name}:*" if pattern == "*" else pattern):
            yield name, {_OF_LETTER[each.level] for each in found}


def _sorted(levels: set[Level]) -> tuple[Level, ...]:
    return tuple(each for each in _OF_LETTER.values() if each in levels)
