"""Values that differ by account, from the text of a CSV file: the first column is account_id, the others are inputs."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping

from bootstrap.core import validators
from bootstrap.core.account_rows import ACCOUNT
from bootstrap.core.input import Input
from bootstrap.core.near import did_you_mean
from bootstrap.errors import UsageError, all_of

FLAG = "--account-values"
Values = dict[str, str]


def columns(text: str) -> tuple[str, ...]:
    """The inputs that have a column, whatever else is wrong with the text."""
    return tuple(name for name in _rows(text)[0][1] if name != ACCOUNT)


def rows_of(text: str) -> Mapping[str, Values]:
    """The values of each account by the names of inputs, unchecked; what is wrong with the text is left out."""
    (_, names), *rows = _rows(text)
    whole = [dict(zip(names, map(str.strip, cells), strict=True)) for _, cells in rows if len(cells) == len(names)]
    return {row.pop(ACCOUNT): row for row in whole if re.fullmatch("[0-9]{12}", row.get(ACCOUNT, ""))}


def account_values(text: str, inputs: Mapping[str, Input], accounts: Collection[str]) -> dict[str, Values]:
    """The checked values of each account. `inputs` are those that may differ; `accounts` are those that the user names, or
    empty. Raises UsageError with everything that is wrong."""
    (line, names), *rows = _rows(text)
    wrong = list(_wrong_names(names, inputs))
    if wrong:
        raise all_of([UsageError(f"{FLAG}: line {line}: {each.message}", each.advice) for each in wrong], "lines are wrong")
    if not rows or names == [ACCOUNT]:
        lacks = "no account" if not rows else f"no column besides {ACCOUNT}"
        raise UsageError(f"{FLAG}: has {lacks}, so that no value differs", "Add the values, or omit the option.")
    found: dict[str, Values] = {}
    lines: dict[str, int] = {}
    for line, cells in rows:
        problems = list(_wrong_cells(names, cells, inputs))
        row = dict(zip(names, map(str.strip, cells), strict=False))
        account = row.get(ACCOUNT, "")
        if account in lines:
            problems.append(f"{account} is in line {lines[account]}, too")
        elif accounts and account not in accounts and not problems:
            problems.append(f"{account} is not one of the accounts of the fleet")
        for problem in problems:
            whose = f" ({account})" if account and account not in problem else ""
            wrong.append(UsageError(f"{FLAG}: line {line}{whose}: {problem}", "Correct it in the file."))
        lines.setdefault(account, line)
        if not problems:
            found[account] = {name: inputs[name].given(row[name]) for name in names if name != ACCOUNT and row[name]}
    if wrong:
        raise all_of(wrong, "lines are wrong")
    return found


def _wrong_names(names: list[str], inputs: Mapping[str, Input]) -> Iterator[UsageError]:
    if names[:1] != [ACCOUNT]:
        yield UsageError(f"the first column is {ACCOUNT}", f"Begin the file with a line such as: {ACCOUNT},external_id")
    for name in names:
        if names.count(name) > 1:
            yield UsageError(f"the column {name or '(empty)'} is there twice", "Delete one of the two.")
            return
        if name != ACCOUNT and name not in inputs:
            can = f"These can: {', '.join(inputs)}." if inputs else "No input of this integration can."
            yield UsageError(f"{name or '(empty)'} cannot differ by account", f"{did_you_mean(name, inputs)}{can}")


def _wrong_cells(names: list[str], cells: list[str], inputs: Mapping[str, Input]) -> Iterator[str]:
    if len(cells) != len(names):
        yield f"has {len(cells)} cells, and the first line has {len(names)}"
        return
    for name, cell in zip(names, cells, strict=True):
        try:
            if name == ACCOUNT:
                validators.account(cell.strip())
            elif cell.strip():
                inputs[name].given(cell)
        except ValueError as error:
            yield str(error)
        except UsageError as error:
            yield f"{name}: {error.message.removeprefix(f'{inputs[name].flag}: ')}"


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """The cells of each line that has any, with its number; at least one. Raises UsageError."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        found += [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        raise UsageError(
            f"{FLAG}: line {reader.line_num}: {error}", "Write it as CSV: cells with commas between."
        ) from error
    names = [name.strip().replace("-", "_") for name in found[0][1]] if found else []
    return [(found[0][0] if found else 1, names), *found[1:]]
