"""Each of AWS's actions that a role may call, with the statements that allow it: what the checks of a review ask. Pure.

It errs to the safe side: an Allow counts whatever its conditions are, and a Deny counts only without any, on every resource.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bootstrap.core.policy import as_list
from bootstrap.permissions.access import EVERY, matched
from bootstrap.permissions.actions import IamAction, Table, overlap
from bootstrap.permissions.lint.finding import limits
from bootstrap.permissions.reviewed_role import ReviewedRole

Named = tuple[str, Mapping[str, Any]]
"""A statement as in a document, with what a person finds it by: its Sid, or the policy of AWS that it is in."""


@dataclass(frozen=True)
class Power:
    """One action that a statement allows a role, on these ARNs or patterns. `limits` are the values to which a condition of
    the statement limits a key, by its name in lower case."""

    action: IamAction
    where: str
    resources: tuple[str, ...]
    role: str
    limits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def everywhere(self) -> bool:
        if "*" in self.resources:
            return True
        arns = [arn for arn in self.resources if is_every(arn)]
        return any(overlap(pattern, arn) for arn in arns for pattern in self.action.arns)


@dataclass(frozen=True)
class Powers:
    """What roles may call, by action. `unknown` are the managed policies whose content is not known."""

    found: Mapping[str, tuple[Power, ...]]
    unknown: tuple[str, ...] = ()

    def of(self, actions: Iterable[IamAction]) -> list[Power]:
        return [power for action in actions for power in self.found.get(action.name, ())]

    def named(self, patterns: Iterable[str], table: Table) -> list[Power]:
        """Those of the actions that the patterns match. A service of which nothing is allowed is not looked up: AWS's table
        of it would be parsed for that."""
        asked = (pattern for pattern in patterns if pattern.partition(":")[0] in self._services)
        return self.of(action for pattern in asked for action in table.matching(pattern))

    @cached_property
    def _services(self) -> frozenset[str]:
        return frozenset(name.partition(":")[0] for name in self.found)


@dataclass
class _Role:
    allowed: dict[str, list[Power]] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)


def is_every(arn: str) -> bool:
    """Whether it stands for every resource, or for all that a service has, as arn:aws:sns:*:*:* does."""
    return arn == "*" or (arn.startswith("arn:") and not arn.split(":", 5)[-1].strip("*?/:"))


def powers_of(roles: Iterable[ReviewedRole], table: Table) -> Powers:
    """The powers of all roles, and of whom the policies of buckets let in."""
    found: dict[str, list[Power]] = {}
    unknown = dict[str, None]()
    for role in roles:
        own = _Role()
        for where, statement in statements_in(role):
            actions = {action.name: action for action in actions_of(statement, table)}
            if statement.get("Effect") == "Deny":
                if denies_always(statement):
                    own.denied |= actions.keys()
                continue
            limited = {key: tuple(values) for _, key, values in limits(dict(statement))}
            for name, action in actions.items():
                power = Power(action, where, resources_of(statement), role.grants.role, limited)
                own.allowed.setdefault(name, []).append(power)
        for name, powers in own.allowed.items():
            if name not in own.denied:
                found.setdefault(name, []).extend(powers)
        unknown |= {each.attached.policy: None for each in role.policies if not (each.published or each.attached.created)}
    return Powers({name: tuple(powers) for name, powers in found.items()}, tuple(unknown))


def denies_always(statement: Mapping[str, Any]) -> bool:
    """Whether a Deny is about every request: no condition, and nobody and nothing that it leaves out."""
    narrower = statement.get("Condition") or {"NotResource", "Principal", "NotPrincipal"} & statement.keys()
    return not narrower and "*" in as_list(statement.get("Resource", []))


def statements_in(role: ReviewedRole) -> Iterator[Named]:
    """The statements of a role's policies, also of AWS's managed ones; of a bucket, those of its policy."""
    for item in role.grants.trusts if role.grants.is_bucket else role.grants.statements:
        yield item.sid, item.to_json()
    for policy in role.policies:
        for content in as_list(policy.published.document["Statement"]) if policy.published else ():
            yield policy.attached.policy.rpartition("/")[2], content


def actions_of(statement: Mapping[str, Any], table: Table) -> Iterator[IamAction]:
    """The actions of AWS that a statement is about, each once."""
    if "NotAction" in statement:
        but = {each.name for pattern in as_list(statement["NotAction"]) for each in _matching(pattern, table, (EVERY,))}
        found = {each.name: each for each in _matching(EVERY, table, (EVERY,)) if each.name not in but}
    else:
        patterns, on = as_list(statement.get("Action", [])), resources_of(statement)
        found = {each.name: each for pattern in patterns for each in _matching(pattern, table, on)}
    yield from found.values()


def resources_of(statement: Mapping[str, Any]) -> tuple[str, ...]:
    """The resources that it is about; one about all but some counts as one about all."""
    return ("*",) if "NotResource" in statement else tuple(as_list(statement.get("Resource", "*")))


def _matching(pattern: str, table: Table, resources: tuple[str, ...]) -> Iterator[IamAction]:
    for _, found in matched(pattern, table, resources):
        yield from found
