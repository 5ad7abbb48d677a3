"""Where the stacks of a StackSet go: units, accounts, and what the list of accounts means. Pure.

Targets have the shape {"organizational_units": [...], "accounts": [...], "account_filter": ..., "overrides": {...}}.
Source: CloudFormation API reference DeploymentTargets.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bootstrap.core.live import Properties
from bootstrap.resources.cloudformation.fleet import Row
from bootstrap.resources.cloudformation.operations import SERVICE_MANAGED

ALL, ONLY, ALL_BUT = "NONE", "INTERSECTION", "DIFFERENCE"
"""The account filters: all accounts of the units, only those listed, or all but those."""
MOST_UNITS = 50
FIELDS = ("organizational_units", "accounts", "account_filter", "overrides")
UNIT = re.compile("ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32}")
"""The id of an organizational unit, or of the root. Source: Organizations API reference."""


def problems(targets: Properties, permission_model: str) -> Iterator[str]:
    units, accounts, chosen = targets["organizational_units"], targets["accounts"], targets["account_filter"]
    yield from (f"account {item!r}: it has 12 digits" for item in accounts if not re.fullmatch(r"[0-9]{12}", item))
    for item in units:
        if not UNIT.fullmatch(item):
            yield f"organizational unit {item!r}: it is like ou-ab12-cdefgh34, or r-ab12 for the whole organization"
    for what, items in (("an account", accounts), ("a unit", units)):
        if len(set(items)) < len(items):
            yield f"{what} is named twice"
    if len(units) > MOST_UNITS:
        yield f"{len(units)} organizational units: an operation takes {MOST_UNITS}"
    if chosen not in (ALL, ONLY, ALL_BUT):
        yield f"account filter {chosen!r}: it is {ALL}, {ONLY} or {ALL_BUT}"
    elif permission_model == SERVICE_MANAGED:
        if not units or bool(accounts) == (chosen == ALL):
            yield f"targets: units with the filter {ALL}, or units and accounts with another one"
    elif units or not accounts or chosen != ALL:
        yield "targets: accounts alone, as the StackSet is self-managed"


def names_accounts(targets: Mapping[str, Any]) -> bool:
    return not targets["organizational_units"] or targets["account_filter"] == ONLY


def leaving(before: Properties, after: Properties, there: Iterable[str]) -> Iterator[Properties]:
    """Targets of deletes: units that are no longer in the list, and accounts that are now left out."""
    units = sorted({*before["organizational_units"]} - {*after["organizational_units"]})
    if units and not names_accounts(after):
        yield {**before, "organizational_units": units}
    kept = set(after["accounts"])
    out = [account for account in there if (account not in kept if names_accounts(after) else _is_out(account, after))]
    if out:
        yield {**before, "accounts": out, "account_filter": ONLY if before["organizational_units"] else ALL}


def _is_out(account: str, targets: Properties) -> bool:
    return targets["account_filter"] == ALL_BUT and account in targets["accounts"]


def is_of(leaving: Properties, row: Row) -> bool:
    """Whether the row is one of those that `leaving` has given."""
    if leaving["accounts"] and leaving["account_filter"] != ALL_BUT:
        return row.account in leaving["accounts"]
    return row.unit in leaving["organizational_units"]


def grows(before: Properties, after: Properties, there: Iterable[str]) -> bool:
    """Whether there are targets that had no stack before."""
    if names_accounts(after):
        return bool({*after["accounts"]} - {*there})
    units = {*after["organizational_units"]} - {*before["organizational_units"]}
    return bool(units or {*before["accounts"]} - {*after["accounts"]}) or names_accounts(before)


def missed(targets: Properties, there: Iterable[str]) -> list[str]:
    """The accounts that are named and have no stack; the units, where no account of them has one. But all accounts of the
    units may be left out, as each has a place of its own."""
    found = {*there}
    if names_accounts(targets):
        return sorted({*targets["accounts"]} - found)
    return [] if found or targets["account_filter"] == ALL_BUT else list(targets["organizational_units"])


def text(targets: Mapping[str, Any]) -> str:
    return json.dumps(targets, sort_keys=True, separators=(",", ":"))
