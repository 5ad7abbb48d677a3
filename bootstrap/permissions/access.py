"""What statements allow, service by service, in AWS's own access levels. Pure.

Source: the Service authorization reference, which gives each action a level (List, Read, Write, Tagging, Permissions
management).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bootstrap.core.policy import Statement, as_list
from bootstrap.permissions.actions import IamAction, Table, applies
from bootstrap.permissions.telling_names import gives_credentials

Level = Literal["permissions", "write", "tag", "read", "list"]
LEVELS: Mapping[str, Level] = {"p": "permissions", "w": "write", "t": "tag", "r": "read", "l": "list"}
CHANGES: frozenset[Level] = frozenset(("permissions", "write", "tag"))
"""The levels that are more than looking."""

_READING = ("list", "get", "describe", "decode")
_GIVES_ACCESS = re.compile("Credentials|Token|Password|DataAccess|AccessDetails|Urls?$|URL$|GetConnection$")

EVERY = "*"
Grant = tuple[Sequence[str], Sequence[str]]
"""Actions, as in a policy, and the resources that they are allowed on."""


@dataclass(frozen=True)
class ServiceAccess:
    """`levels` from the strongest to the weakest. `everywhere` are those that are allowed on every resource ("*"). `named`
    are actions that read by their names and change something by AWS's levels, which may be a mistake of the table: a
    person has to judge them, so they are not in the levels. `EVERY` is the service for all of them."""

    service: str
    levels: tuple[Level, ...]
    everywhere: tuple[Level, ...]
    named: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        return not CHANGES.isdisjoint(self.levels)

    @property
    def changes_everywhere(self) -> bool:
        return not CHANGES.isdisjoint(self.everywhere)


def access(grants: Iterable[Grant], table: Table) -> list[ServiceAccess]:
    """By service, in the order of their names; only `EVERY` where all is allowed on all. An action that AWS does not have
    gives nothing."""
    found: dict[str, set[Level]] = {}
    wide: dict[str, set[Level]] = {}
    named: dict[str, set[str]] = {}
    for actions, resources in grants:
        for action in actions:
            for service, these in matched(action, table, resources):
                odd = {each.name for each in these if is_odd(each)} if _reads(action) else set[str]()
                levels = {level_of(each) for each in these if each.name not in odd}
                found.setdefault(service, set()).update(levels)
                wide.setdefault(service, set()).update(levels if "*" in resources else ())
                named.setdefault(service, set()).update(odd)
    found = {EVERY: found[EVERY]} if wide.get(EVERY) else found
    return [
        ServiceAccess(name, _sorted(levels), _sorted(wide[name]), tuple(sorted(named[name])))
        for name, levels in sorted(found.items())
    ]


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


def _reads(action: str) -> bool:
    """Whether an action or a pattern has the name of one that reads."""
    return action.partition(":")[2].lower().startswith(_READING)


def is_odd(action: IamAction) -> bool:
    """One that gives credentials or an address to sign in lets its caller do more than read."""
    if _GIVES_ACCESS.search(action.name) or gives_credentials(action.name):
        return False
    return LEVELS[action.level] in CHANGES and _reads(action.name)


def level_of(action: IamAction) -> Level:
    """AWS's level, but that of a read for what reads by its name."""
    return "read" if is_odd(action) else LEVELS[action.level]


def matched(
    pattern: str, table: Table, resources: Collection[str] = (EVERY,)
) -> Iterator[tuple[str, tuple[IamAction, ...]]]:
    """The actions that a pattern of a policy stands for, by service; those of `EVERY` where it names none. Of what a pattern
    stands for on these resources, only what AWS knows on one of them counts; what is named counts wherever it is."""
    if pattern.strip("*") in ("", ":"):
        yield EVERY, tuple(each for name in table for each in table.matching(f"{name}:*"))
    elif found := table.matching(pattern):
        if "*" in pattern or "?" in pattern:
            found = tuple(each for each in found if applies(each, resources))
        if found:
            yield pattern.partition(":")[0], found


def _sorted(levels: set[Level]) -> tuple[Level, ...]:
    return tuple(each for each in LEVELS.values() if each in levels)
