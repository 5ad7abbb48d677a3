"""What to hand over for each account of a fleet: one row an account, as CSV. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

NAME = "accounts.csv"
"""The name of the file in the hand-off."""
ACCOUNT = "account_id"
HERE = "@{here account}"
"""Stands for the id of the account in a cell, as `export/symbols.py` writes it. No input can hold it."""


@dataclass(frozen=True)
class AccountRows:
    """The rows of some accounts. `accounts` are their ids with commas between, or refers to an output that has them; `cells`
    are the texts by the names of the columns, with `HERE` in them."""

    accounts: str
    cells: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        return {"accounts": self.accounts, "cells": dict(self.cells)}

    @classmethod
    def from_json(cls, content: Any) -> Self:
        """Raises ValueError."""
        match content:
            case {"accounts": str(accounts), "cells": dict(cells)} if all(isinstance(each, str) for each in cells.values()):
                return cls(accounts, cells)
        raise ValueError("rows of the handoff have accounts and cells of text")


def csv_of(groups: Iterable[AccountRows]) -> str:
    """The text of the file, in the order of the accounts' ids."""
    rows = {account: group.cells for group in groups for account in group.accounts.split(",") if account}
    names = list(dict.fromkeys(name for cells in rows.values() for name in cells))
    found = [
        [account, *(cells.get(name, "").replace(HERE, account) for name in names)] for account, cells in sorted(rows.items())
    ]
    return "".join(f"{','.join(map(_cell, row))}\n" for row in [[ACCOUNT, *names], *found])


def _cell(text: str) -> str:
    """As RFC 4180 has it."""
    quoted = text.replace('"', '""')
    return f'"{quoted}"' if any(each in text for each in ',"\r\n') else text
