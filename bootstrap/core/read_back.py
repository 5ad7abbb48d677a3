"""What AWS has where the inputs would put a value: for a state that was lost, and inputs that nobody is sure of. Pure."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from bootstrap.core.policy import as_list


def values_at(marker: str, wanted: Any, live: Any) -> Iterator[str]:
    """What `live` has where `wanted`, of the same shape, has the marker. Statements of a policy are paired by their Sid."""
    match wanted, live:
        case str(), str() if marker in wanted:
            if found := re.fullmatch("(.+)".join(map(re.escape, wanted.split(marker, 1))), live):
                yield found[1]
        case dict(), dict():
            for name in wanted.keys() & live.keys():
                yield from values_at(marker, wanted[name], live[name])
        case [{"Sid": _}, *_], [dict(), *_]:
            by_sid = {each.get("Sid"): each for each in live if isinstance(each, dict)}
            for each in wanted:
                yield from values_at(marker, each, by_sid.get(each.get("Sid")))
        case list(), list() if len(wanted) == len(live):
            for one, other in zip(wanted, live, strict=True):
                yield from values_at(marker, one, other)
        case ([str(), *_], str()) | ([str(), *_] | str(), [str(), *_]):  # one value is as good as a list of one
            for one, other in product(as_list(wanted), as_list(live)):
                yield from values_at(marker, one, other)
