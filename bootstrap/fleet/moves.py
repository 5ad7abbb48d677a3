"""Which resource of a fleet has which account. An account stays where it is: one that moved would be deleted by the one
resource while the other creates it. Pure."""

from collections.abc import Mapping
from typing import Any

from bootstrap.core.commands import option, quoted
from bootstrap.errors import UsageError
from bootstrap.fleet.account_values import rows_of
from bootstrap.fleet.inputs import NO_CANARY, first

CANARY, REST = "canary", "accounts"
_FEW = 10


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
    places = {account: (place(account, before), place(account, now)) for account in sorted(named)}
    if moving := {account: each for account, each in places.items() if each[0] and each[1] and each[0] != each[1]}:
        return _refusal(moving, before)
    return None


def _refusal(moving: Mapping[str, tuple[str, str]], before: Mapping[str, Any]) -> UsageError:
    [account, (was, goes)], *others = moving.items()
    is_ = {CANARY: "is the canary, which is changed first", REST: "has the values of all others"}
    becomes = {CANARY: "would be the canary", REST: "would get those of all others"}
    more = f" (and so for {len(others)} more)" if others else ""
    return UsageError(
        f"account {account} {is_.get(was, 'has values of its own')}, and {becomes.get(goes, 'would get its own')}{more}: "
        "its stack would be deleted and created again, and the vendor locked out meanwhile",
        f"{_stay(account, was)} {_all_the_same(moving, before)}",
    )


def _all_the_same(moving: Mapping[str, tuple[str, str]], before: Mapping[str, Any]) -> str:
    """How to take the accounts out first. What is left out stays so until --exclude says something else."""
    out = [*(before.get("exclude") or ()), *moving]
    if len(out) > _FEW:
        first = f"--exclude for each of these {len(moving)} accounts"
    else:
        first = quoted(*(word for account in out for word in option("--exclude", account)))
    none = f" and --canary {NO_CANARY}" if CANARY in [was for was, _ in moving.values()] else ""
    then = quoted(*(word for account in before.get("exclude") or [""] for word in option("--exclude", account)))
    return f"To have it all the same, run create with {first}{none}, and then this with {then}."


def _stay(account: str, was: str) -> str:
    if was == CANARY:
        return f"Add --canary {account}, so that it stays the first."
    return "Leave the canary and the rows of the file as they were."
