"""What --harden makes of each statement that an integration grants. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bootstrap.core.account import Account
from bootstrap.core.integration import Integration
from bootstrap.permissions.powers import statements_in
from bootstrap.permissions.review import Review, review

HARDEN = "harden"


@dataclass(frozen=True)
class Hardened:
    """A statement as it is, and with --harden: None where it is omitted."""

    role: str
    sid: str
    now: Mapping[str, Any] | None
    then: Mapping[str, Any] | None


def statements_hardened(chosen: Integration, accounts: Sequence[Account], now: Review) -> Iterator[Hardened]:
    """What --harden makes of each statement that it changes."""
    if getattr(chosen, HARDEN, None) is not False:
        return
    limited: Any = {HARDEN: True}
    before, after = _statements(now), _statements(review(replace(chosen, **limited), accounts))
    for role, sid in dict.fromkeys((*before, *after)):
        was, then = before.get((role, sid)), after.get((role, sid))
        if was != then:
            yield Hardened(role, sid, was, then)


def _statements(found: Review) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The statements and trusts of all roles, by role and Sid; the policies of AWS by their name."""
    content: dict[tuple[str, str], Mapping[str, Any]] = {}
    for role in found.roles:
        trusts = ((item.sid, item.to_json()) for item in role.grants.trusts)
        for sid, statement in (*trusts, *statements_in(role)):
            content[role.grants.role, sid] = statement
    return content
