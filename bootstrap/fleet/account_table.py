"""Values that differ by account, as a table in a file of inputs."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from bootstrap.core.account_rows import ACCOUNT


def csv_of_table(table: Mapping[str, Any]) -> str:
    """The text of the CSV file that says the same; `table` has tables of inputs by account id. Raises ValueError."""
    for account, values in table.items():
        if not isinstance(values, Mapping):
            raise ValueError(f'{account}: must be a table, such as {account} = {{ external_id = "..." }}')
        for name, value in values.items():
            if not isinstance(value, str | int) or isinstance(value, bool):
                raise ValueError(f"{account}: {name}: must be text")
    names = list(dict.fromkeys(name for values in table.values() for name in values))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([ACCOUNT, *names])
    writer.writerows([account, *(values.get(name, "") for name in names)] for account, values in table.items())
    return out.getvalue()
