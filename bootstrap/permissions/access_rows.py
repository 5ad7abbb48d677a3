"""The table of a review: what a role may do, by access level, and on what, with the wildcards counted. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bootstrap.core.policy import as_list
from bootstrap.permissions.access import LEVELS, Level, level_of, matched
from bootstrap.permissions.actions import Table
from bootstrap.permissions.powers import actions_of, is_every, resources_of, statements_in
from bootstrap.permissions.reviewed_role import ReviewedRole

_ORDER = list(LEVELS.values())


@dataclass(frozen=True)
class AccessRow:
    """One level of what the statements about the same resources allow, or deny. `actions` are patterns as the policies have
    them, each with the number of AWS's actions of this level that it stands for. With `but`, it is about all resources but
    these. `names` are AWS's actions that it comes to, each once. `who` are the principals of a bucket's policy, and
    `sources` the Sids and policies that say so."""

    level: Level
    denies: bool
    actions: tuple[tuple[str, int], ...]
    resources: tuple[str, ...]
    but: bool
    conditions: Mapping[str, Mapping[str, Any]]
    who: tuple[str, ...]
    sources: tuple[str, ...]
    names: frozenset[str]

    @property
    def patterns(self) -> list[tuple[str, int]]:
        """The actions with a wildcard."""
        return [each for each in self.actions if "*" in each[0] or "?" in each[0]]

    @property
    def wide_resources(self) -> list[str]:
        return ["*"] if self.but else [each for each in self.resources if "*" in each or "?" in each]

    @property
    def everywhere(self) -> bool:
        return self.but or any(map(is_every, self.resources))

    def as_json(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "effect": "Deny" if self.denies else "Allow",
            "actions": [{"pattern": pattern, "matches": number} for pattern, number in self.actions],
            "resources": [] if self.but else list(self.resources),
            "not_resources": list(self.resources) if self.but else [],
            "conditions": {key: dict(value) for key, value in self.conditions.items()},
            "principals": list(self.who),
            "sources": list(self.sources),
        }


def access_rows(role: ReviewedRole, table: Table) -> list[AccessRow]:
    """The strongest level first, what is about everything before what is about named resources; denials come last."""
    found: dict[str, AccessRow] = {}
    for source, statement in statements_in(role):
        for row in _rows(source, statement, table):
            key = json.dumps([row.level, row.denies, row.resources, row.but, row.conditions, row.who])
            first = found.get(key)
            if first:
                actions = tuple(dict.fromkeys((*first.actions, *row.actions)))
                sources = tuple(dict.fromkeys((*first.sources, source)))
                row = replace(first, actions=actions, sources=sources, names=first.names | row.names)
            found[key] = row
    return sorted(found.values(), key=lambda row: (row.denies, _ORDER.index(row.level), not row.everywhere))


def _rows(source: str, statement: Mapping[str, Any], table: Table) -> Iterator[AccessRow]:
    by_level: dict[Level, list[tuple[str, int]]] = {}
    for pattern, levels in _patterns(statement, table):
        for level in dict.fromkeys(levels):
            by_level.setdefault(level, []).append((pattern, levels.count(level)))
    names = list(actions_of(statement, table))
    but = "NotResource" in statement
    principals = statement.get("Principal", {})
    who = [str(name) for names in principals.values() for name in as_list(names)] if isinstance(principals, Mapping) else []
    for level, actions in by_level.items():
        yield AccessRow(
            level=level,
            denies=statement.get("Effect") == "Deny",
            actions=tuple(dict.fromkeys(actions)),
            resources=tuple(
                map(str, as_list(statement["NotResource" if but else "Resource"] if but or "Resource" in statement else "*"))
            ),
            but=but,
            conditions=statement.get("Condition", {}),
            who=tuple(who or ([str(principals)] if isinstance(principals, str) else [])),
            sources=(source,),
            names=frozenset(each.name for each in names if level_of(each) == level),
        )


def _patterns(statement: Mapping[str, Any], table: Table) -> Iterator[tuple[str, list[Level]]]:
    """Each pattern of actions with the levels of all actions that it stands for."""
    if "NotAction" in statement:
        names = ", ".join(map(str, as_list(statement["NotAction"])))
        yield f"* but {names}", sorted(level_of(each) for each in actions_of(statement, table))
        return
    on = resources_of(statement)
    for pattern in as_list(statement.get("Action", [])):
        yield pattern, sorted(level_of(each) for _, found in matched(pattern, table, on) for each in found)
