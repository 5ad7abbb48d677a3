"""What the options that limit an integration make of each statement that it grants: --harden and --without-... Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bootstrap.core.account import Account
from bootstrap.core.input import Input
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.permissions.review import Concern, Review, review

HARDEN = "harden"
_WITHOUT = "without_"
KEYS = "kms_key"
"""The input with the keys that a create finds."""
KEY_OF_BUCKET = "KEY-OF-THE-BUCKET"


@dataclass(frozen=True)
class Hardened:
    """A statement as it is, and with the option: None where it is omitted. A policy of AWS has the shape {"Policy": ARN}."""

    role: str
    sid: str
    now: Mapping[str, Any] | None
    then: Mapping[str, Any] | None


@dataclass(frozen=True)
class Limit:
    """An option, what it makes of each statement that it changes, the dangers that it ends, and those that it makes less:
    (without the option, with it)."""

    flag: str
    help: str
    statements: tuple[Hardened, ...]
    ends: tuple[Concern, ...]
    lessens: tuple[tuple[Concern, Concern], ...]


def limits_of(chosen: Integration, accounts: Sequence[Account], now: Review) -> Iterator[Limit]:
    """Of the options that are off, --harden first."""
    for item, limited in limited_ways(chosen):
        yield from _limit(item, now, review(limited, accounts))


def limits_on(chosen: Integration, accounts: Sequence[Account], now: Review) -> Iterator[Limit]:
    """Of the options that are on, compared with the integration without them."""
    for item, without in _ways(chosen, on=True):
        yield from _limit(item, review(without, accounts), now)


def _limit(item: Input, without: Review, limited: Review) -> Iterator[Limit]:
    if found := tuple(_changed(without, limited)):
        yield Limit(item.flag, item.help, found, *ends_and_lessens(without.concerns, limited.concerns))


def limited_ways(chosen: Integration) -> Iterator[tuple[Input, Integration]]:
    """Each of the options that is off, --harden first, and the integration with it."""
    yield from _ways(chosen, on=False)


def _ways(chosen: Integration, *, on: bool) -> Iterator[tuple[Input, Integration]]:
    for item in sorted(inputs_of(type(chosen)), key=lambda item: item.name != HARDEN):
        if _limits(item) and getattr(chosen, item.name) is on:
            other: Any = {item.name: not on}
            yield item, replace(chosen, **other)


def ends_and_lessens(
    now: Sequence[Concern], then: Sequence[Concern]
) -> tuple[tuple[Concern, ...], tuple[tuple[Concern, Concern], ...]]:
    """A danger is less if the same rule finds another text for the same role: fewer actions or resources, or no way to set
    the tag of a condition. One on everything may come from several statements of a role."""
    same = {(each.risk, each.text) for each in then}
    new = [each for each in then if (each.risk, each.text) not in {(one.risk, one.text) for one in now}]
    left = {_finding(each): each for each in new if each.code}
    ends, lessens = list[Concern](), list[tuple[Concern, Concern]]()
    for each in now:
        if (each.risk, each.text) in same:
            continue
        if then_it_is := left.get(_finding(each)):
            lessens.append((each, then_it_is))
        else:
            ends.append(each)
    return tuple(ends), tuple(lessens)


def _finding(concern: Concern) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return concern.code, concern.roles, () if concern.actions else concern.sids


def limited_by(concern: Concern, limits: Iterable[Limit]) -> dict[str, str]:
    """The options that end a danger or make it less, each with what is then left of it."""
    deviation = concern.deviation
    found = {concern.limited_by: deviation.limited} if deviation and concern.limited_by else {}
    for each in limits:
        less = {was: then.text for was, then in each.lessens}
        if concern in each.ends:
            found.setdefault(each.flag, "it is gone")
        elif concern in less:
            found.setdefault(each.flag, f"less: {less[concern]}")
    return found


def _limits(item: Input) -> bool:
    return item.kind == "flag" and (item.name == HARDEN or item.name.startswith(_WITHOUT))


def _changed(now: Review, then: Review) -> Iterator[Hardened]:
    before, after = _statements(now), _statements(then)
    for role, sid in dict.fromkeys((*before, *after)):
        was, is_then = before.get((role, sid)), after.get((role, sid))
        if was != is_then:
            yield Hardened(role, sid, was, is_then)


def keys_added(chosen: Integration, accounts: Sequence[Account], now: Review) -> tuple[Hardened, ...]:
    """The statements that a create adds if it finds a KMS key of a named bucket, with a made-up key."""
    home = accounts[0]
    key = f"arn:{home.partition}:kms:{home.region}:{home.id}:key/{KEY_OF_BUCKET}"
    takes_several = any(item.name == KEYS and item.kind == "list" for item in inputs_of(type(chosen)))
    found: Any = {KEYS: (*(getattr(chosen, KEYS) or ()), key) if takes_several else key}
    return tuple(each for each in _changed(now, review(replace(chosen, **found), accounts)) if each.then)


def _statements(found: Review) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The statements and trusts of all roles, by role and Sid; the policies of AWS by their name."""
    content: dict[tuple[str, str], Mapping[str, Any]] = {}
    for role in found.roles:
        for item in (*role.grants.trusts, *role.grants.statements):
            content[role.grants.role, item.sid] = item.to_json()
        for each in role.policies:
            if not each.attached.created:  # else its statements are among those of the role
                content[role.grants.role, each.attached.policy.rpartition("/")[2]] = {"Policy": each.attached.policy}
    return content
