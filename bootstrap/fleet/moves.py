"""Which resource of a fleet has which account. An account stays where it is: one that moved would be deleted by the one
resource while the other creates it. Pure."""

from collections.abc import Mapping
from typing import Any

from bootstrap.errors import UsageError
from bootstrap.fleet.account_values import rows_of
from bootstrap.fleet.inputs import NO_CANARY, first

CANARY, REST = "canary", "accounts"


def own(account: str) -> str:
    """The address of the stack of an account with values of its own."""
    return f"account-{account}"


def place(account: str, inputs: Mapping[str, Any]) -> str:
    """The address of the resource that has the account, so far as the inputs say; "" for one that is left out."""
    named, without = inputs.get("account") or (), inputs.get("exclude") or ()
    if account in without or (named and account not in named):
        return ""
    if account == first(inputs.get("canary"), (each for each in named if each not in without)):
        return CANARY
    return own(account) if account in rows_of(inputs.get("account_values") or "") else REST


def moved(before: Mapping[str, Any], now: Mapping[str, Any]) -> UsageError | None:
    """The error for accounts that would move, by the inputs of the last run and of this one. Which units are inside of
    others is not known here, so units can only be added."""
    each = (before, now)
    units = now.get("organizational_unit") or ()
    if units and (gone := [unit for unit in before.get("organizational_unit") or () if unit not in units]):
        return UsageError(
            f"--organizational-unit {gone[0]} is missing: its stacks would be deleted, also those of accounts that another "
            "unit includes, and the vendor locked out meanwhile",
            f"Add --organizational-unit {gone[0]}. To delete the stacks of accounts in it, add --exclude for each of them.",
        )
    named = {account for inputs in each for name in ("account", "exclude") for account in inputs.get(name) or ()}
    named |= {account for inputs in each for account in rows_of(inputs.get("account_values") or "")}
    named |= {account for inputs in each if (account := inputs.get("canary") or NO_CANARY) != NO_CANARY}
    for account in sorted(named):
        was, goes = place(account, before), place(account, now)
        if was and goes and was != goes:
            why = {CANARY: "is the canary, which is changed first", REST: "has the values of all others"}
            now_is = {CANARY: "would be the canary", REST: "would get those of all others"}
            return UsageError(
                f"account {account} {why.get(was, 'has values of its own')}, and {now_is.get(goes, 'would get its own')}: "
                "its stack would be deleted and created again, and the vendor locked out meanwhile",
                f"{_stay(account, was)} To have it all the same, run create with --exclude {account} first, and then this.",
            )
    return None


def _stay(account: str, was: str) -> str:
    if was == CANARY:
        return f"Add --canary {account}, so that it stays the first."
    return "Leave the canary and the rows of the file as they were."
