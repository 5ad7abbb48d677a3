"""The patterns of ARNs, and of the values of conditions, in `core/permission`, filled in for one resource. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from string import Formatter
from typing import Any

from bootstrap.core.account import HOMES, NOT_ASKED, Account
from bootstrap.core.reference import references


def filled(pattern: str, words: Mapping[str, Any], account: Account) -> Iterator[tuple[str, list[str]]]:
    """The ARNs of the pattern, one for each entry of a list, with `*` for what is not known.

    With each, its values that are not wholly known, other than partition, account and region; for a pattern with a `*`,
    also that.
    """
    here = {
        "partition": account.partition,
        "account": account.id,
        "region": account.region,
        "home": HOMES.get(account.partition, account.region),
        "location": None if account.region == "us-east-1" else account.region,  # as CreateBucket of S3 sends it
    }
    names = [name for _, name, _, _ in Formatter().parse(pattern) if name]
    for chosen in product(*(_values({**words, **here}[name]) for name in names)):
        found = dict(zip(names, chosen, strict=True))
        unknown = [value for name, value in found.items() if "*" in value and name not in here]
        yield pattern.format(**found), unknown + ["*"] * ("*" in pattern)


def met(values: Iterable[str], words: Mapping[str, Any], account: Account) -> Iterator[str]:
    """The values of a condition, filled in like an ARN; none for an empty list, and then there is no condition."""
    for value in values:
        yield from (value for value, _ in filled(value, words, account))


def _values(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return list(dict.fromkeys("*" if _is_unknown(each) else str(each) for each in values))


def _is_unknown(value: Any) -> bool:
    return value in (None, "") or str(value).endswith(NOT_ASKED) or any(references(value))
