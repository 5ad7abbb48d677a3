"""The answer of a report in short. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bootstrap.core.entrant import Entrant
from bootstrap.permissions.access import CHANGES, Level
from bootstrap.permissions.actions import Table
from bootstrap.permissions.cannot import Check
from bootstrap.permissions.claims import deletes
from bootstrap.permissions.powers import powers_of
from bootstrap.permissions.review import ReviewedRole


@dataclass(frozen=True)
class Verdict:
    """What is granted. `raises` is whether somebody can gain more than that: None if that is unknown, and then nothing else
    is ruled out either. `starts` is whether they can start what costs money, as far as that is known."""

    resources: int
    outside: tuple[Entrant, ...]
    reads: bool
    writes: bool
    deletes: bool
    administers: bool
    raises: bool | None
    starts: bool


def verdict_of(
    resources: int,
    outside: Sequence[Entrant],
    levels: Iterable[Level],
    roles: Sequence[ReviewedRole],
    checks: Sequence[Check],
    table: Table,
) -> Verdict:
    found, of_code = set(levels), {each.code: each for each in checks}
    powers = powers_of(roles, table).found.values()
    return Verdict(
        resources=resources,
        outside=tuple(outside),
        reads=not found <= CHANGES,
        writes=not found.isdisjoint(CHANGES - {"permissions"}),
        deletes=any(deletes(power.action) for several in powers for power in several),
        administers="permissions" in found,
        raises={True: False, False: True, None: None}[of_code["raise-itself"].holds],
        starts=of_code["run-code"].holds is not True,
    )
