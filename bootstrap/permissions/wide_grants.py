"""What is dangerous if it is allowed on every resource: rules over actions and resources, whoever the vendor is. Pure.

Sources: Service authorization reference, for the actions and their levels; IAM user guide, on attribute-based access control
(introduction_attribute-based-access-control); AWSEC2SpotServiceRolePolicy. The tables have their own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bootstrap.core.deviation import Risk
from bootstrap.permissions.actions import Table, overlap
from bootstrap.permissions.claims import ASSUME, FEEDS, VENDED, WATCHING, deletes
from bootstrap.permissions.disclosures import CONTENT, KEYS, PEOPLE, SETTINGS, USAGE
from bootstrap.permissions.lint.data_reads import READS
from bootstrap.permissions.lint.grant import SAYS_ON_WHICH
from bootstrap.permissions.powers import Power, Powers
from bootstrap.permissions.reach import (
    ALARMS,
    ELSEWHERE,
    LAUNCHES,
    OPENS,
    SENDS,
    SHARES,
    STARTS,
    THROUGH,
    Reach,
    by_action,
    patterns_in,
)
from bootstrap.permissions.telling_names import gives_content, gives_credentials

_READS = by_action({action: what for action, what in READS.items() if action != "lakeformation:GetDataAccess"})
"""What Lake Formation gives is a danger of its own."""

NAMED = 3
"""How many actions a text names."""


@dataclass(frozen=True)
class Rule:
    """`says` goes on from "can"; `{what}` stands for what the allowed actions reach."""

    code: str
    risk: Risk
    says: str
    reaches: tuple[Reach, ...]


RULES: tuple[Rule, ...] = (
    Rule("code-of-others", "high", "run code with the roles that others gave to {what}", THROUGH),
    Rule("sharing", "high", "give {what} to other accounts", SHARES),
    Rule("keys", "medium", "read {what}", KEYS),
    Rule("settings", "medium", "read {what}, where passwords and keys may stand", SETTINGS),
    Rule("content", "medium", "read the content of all {what}", (*_READS, *CONTENT)),
    Rule("elsewhere", "medium", "send data of others to a place of its own choice: {what}", ELSEWHERE),
    Rule("network", "medium", "open or redirect networks of others: {what}", OPENS),
    Rule("starts", "medium", "start {what} of others, with input of its own choice", STARTS),
    Rule("alarms", "low", "set off the actions of alarms that others made, {what}", ALARMS),
    Rule("sends", "medium", "send in the account's name: {what}", SENDS),
    Rule("people", "medium", "read names and addresses of people: {what}", PEOPLE),
    Rule("usage", "low", "learn how the account is used: {what}", USAGE),
)
_TAGS = Rule("tags", "medium", "change the tags of everything in {what}, also those by which other policies give access", ())
_DELETES = Rule("deletes", "medium", "delete or terminate what others made in {what}", ())
_POLICIES = Rule("policies", "high", "change who may use everything in {what}", ())

_NAMES: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "keys": ("credentials", gives_credentials),
    "content": ("records", gives_content),
}
_LISTED = (*patterns_in(KEYS, SETTINGS, CONTENT, PEOPLE, USAGE, THROUGH), *READS, *ASSUME, *VENDED)


def reaches_all(power: Power) -> bool:
    """Whether it is allowed on every resource, or on all of a type, and no condition says on which. A type of which an
    account has one, as Glue's catalog, says nothing of what is in it."""
    of_types = {pattern.split(":", 5)[5].replace("%", "*") for pattern in power.action.arns}
    types = {each for each in of_types if "*" in each} | {"*"}
    wide = power.everywhere or any(arn.startswith("arn:") and arn.split(":", 5)[-1] in types for arn in power.resources)
    return wide and says_not_on_which(power)


def says_not_on_which(power: Power) -> bool:
    """Whether no condition of it says on which resources."""
    return not any(map(SAYS_ON_WHICH.fullmatch, power.limits))


@dataclass(frozen=True)
class WideGrant:
    """What a statement (`where`) allows of what a rule is about: these actions, which reach these things."""

    rule: Rule
    where: str
    actions: tuple[str, ...]
    reached: tuple[str, ...]

    def together(self, other: "WideGrant") -> "WideGrant":
        """Both as one, as another statement allows more of the same."""
        actions = tuple(dict.fromkeys((*self.actions, *other.actions)))
        return replace(self, actions=actions, reached=tuple(dict.fromkeys((*self.reached, *other.reached))))

    @property
    def says(self) -> str:
        return f"{self.rule.says.format(what=_joined(self.reached))} ({few(self.actions)})"


def wide_grants(powers: Powers, table: Table) -> Iterator[WideGrant]:
    """Each rule with each statement that allows what it is about."""
    for rule in RULES:
        by_name = _by_name(rule.code, powers, table)
        yield from _by_statement(replace(rule, reaches=(*rule.reaches, *by_name)), powers, table)
    shared = {power.action.name for power in powers.named(patterns_in(SHARES), table)}
    by_level = {each.action for found in powers.found.values() for each in found if each.action.level in "tp"}
    named = sorted(by_level, key=lambda each: each.name)
    who = [each.name for each in named if each.level == "p" and each.name not in shared and not _is_left_out(each.name)]
    tags = [each.name for each in named if each.level == "t"]
    reported = {*who, *(power.action.name for power in powers.named((*WATCHING, *FEEDS), table))}
    gone = [name for name, found in sorted(powers.found.items()) if deletes(found[0].action) and not _is_left_out(name)]
    for rule, names in ((_TAGS, tags), (_DELETES, [name for name in gone if name not in reported]), (_POLICIES, who)):
        of_services = tuple(Reach(name.partition(":")[0], (name,)) for name in names)
        yield from _by_statement(Rule(rule.code, rule.risk, rule.says, of_services), powers, table)


def _by_name(code: str, powers: Powers, table: Table) -> Iterator[Reach]:
    """What no table has, and whose name says it all the same."""
    if code in _NAMES:
        words, matches = _NAMES[code]
        listed = {power.action.name for power in powers.named(_LISTED, table)}
        for name in sorted(powers.found.keys() - listed):
            if matches(name):
                yield Reach(f"{words} of {name.partition(':')[0]}", (name,))


def other_launches(powers: Powers) -> list[Power]:
    """What starts machines without the conditions that each statement about ec2:RunInstances has."""
    launches = powers.found.get("ec2:RunInstances", ())
    if not launches or any(power.everywhere and not power.limits for power in launches):
        return []
    return [power for name in LAUNCHES for power in powers.found.get(name, ()) if reaches_all(power)]


def _is_left_out(action: str) -> bool:
    """IAM, about which the linter says more, the messages of SSM's agent, which are its own, and what only reads by its
    name, as AWS's levels are wrong there."""
    return action.startswith(("iam:", "sts:", "ec2messages:")) or action.partition(":")[2].startswith(
        ("List", "Get", "Describe")
    )


def _by_statement(rule: Rule, powers: Powers, table: Table) -> Iterator[WideGrant]:
    found: dict[str, WideGrant] = {}
    for reach in rule.reaches:
        for power in powers.named(reach.actions, table):
            if _meets(power, reach):
                new = WideGrant(rule, power.where, (power.action.name,), (reach.what,))
                found[power.where] = found[power.where].together(new) if power.where in found else new
    yield from found.values()


def _meets(power: Power, reach: Reach) -> bool:
    if not reach.on:
        return reaches_all(power)
    return says_not_on_which(power) and any(overlap(reach.on, arn) for arn in power.resources)


def few(actions: Sequence[str]) -> str:
    """The first of them, and how many others there are."""
    more = f" and {len(actions) - NAMED} more" if len(actions) > NAMED else ""
    return ", ".join(actions[:NAMED]) + more


def _joined(words: Iterable[str]) -> str:
    """With what several things have in common said once: parameters of stacks, environment variables of jobs and builds."""
    groups: dict[str, list[str]] = {}
    for each in words:
        what, of, whose = each.partition(" of ")
        groups.setdefault(what + of, []).append(whose)
    return _listed([f"{what}{_listed(whose)}" for what, whose in groups.items()])


def _listed(words: Sequence[str]) -> str:
    *first, last = words
    comma = "," if any("," in each for each in words) else ""
    return f"{', '.join(first)}{comma} and {last}" if first else last
