"""What the customer's accounts are called: an example's number would mean nothing to a reader. Pure."""

from collections.abc import Iterable, Sequence

from bootstrap.core.account import EXAMPLE, Account

EACH_ACCOUNT = EXAMPLE.id[::-1]
"""Stands for each account of a fleet; the account from which the fleet is run has another number."""


def account_words(number: str, accounts: Sequence[Account], inside: Iterable[Account], *, named: bool) -> str:
    """`accounts` are those in which create runs, `inside` those in which it then is; `named`: their numbers are real."""
    aliases = {each.id: each.alias for each in accounts}
    if number not in aliases:
        return "each account of the fleet" if number in {each.id for each in inside} else f"account {number}"
    several = f" ({aliases[number]})" if len(accounts) > 1 else ""
    return f"your account {number}{several}" if named else f"your account{several}"
