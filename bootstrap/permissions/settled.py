"""With which options a claim would hold that does not hold as it is. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from bootstrap.core.integration import Integration
from bootstrap.permissions.cannot import Check
from bootstrap.permissions.hardened import limited_ways


def settled(
    chosen: Integration, now: Iterable[Check], checks_of: Callable[[Integration], Sequence[Check]]
) -> Mapping[str, tuple[str, ...]]:
    """By the code of the claim, the fewest options that are off and would make it hold."""
    open_, found = {each.code for each in now if not each.holds}, dict[str, tuple[str, ...]]()
    ways = [item for item, _ in limited_ways(chosen)] if open_ else []
    for number in range(1, len(ways) + 1):
        for some in combinations(ways, number):
            on: Any = {item.name: True for item in some}
            then = {each.code for each in checks_of(replace(chosen, **on)) if each.holds}
            found |= {code: tuple(item.flag for item in some) for code in (open_ & then) - found.keys()}
    return found
