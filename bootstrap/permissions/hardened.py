"""What the options that limit an integration make of each statement that it grants: --harden and --without-... Pure."""

from collections.abc import Iterator, Mapping, Sequence
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
    """An option that is off, what it makes of each statement that it changes, and the dangers that it ends."""

    flag: str
    help: str
    statements: tuple[Hardened, ...]
    ends: tuple[Concern, ...]


def limits_of(chosen: Integration, accounts: Sequence[Account], now: Review) -> Iterator[Limit]:
    """--harden first."""
    for item in sorted(inputs_of(type(chosen)), key=lambda item: item.name != HARDEN):
        if _limits(item) and getattr(chosen, item.name) is False:
            limited: Any = {item.name: True}
            then = review(replace(chosen, **limited), accounts)
            left = {(each.sid, each.risk) for each in then.concerns if not each.deviation}
            ends = [each for each in now.concerns if not each.deviation and (each.sid, each.risk) not in left]
            if found := tuple(_changed(now, then)):
                yield Limit(item.flag, item.help, found, tuple(ends))


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
    found: Any = {KEYS: (*(getattr(chosen, KEYS, None) or ()), key)}
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
