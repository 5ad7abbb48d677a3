"""The answer of a report in short. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bootstrap.core.entrant import Entrant
from bootstrap.permissions.access import CHANGES, Level
from bootstrap.permissions.access_rows import AccessRow
from bootstrap.permissions.actions import table
from bootstrap.permissions.cannot import RAISING, Check
from bootstrap.permissions.claims import deletes
from bootstrap.permissions.powers import powers_of
from bootstrap.permissions.review import Review


@dataclass(frozen=True)
class Verdict:
    """What is granted. `raises` is whether somebody can gain more than that: None if that is unknown, and then nothing else
    is ruled out either. `starts` is whether they can start what costs money, as far as that is known. `everywhere` are the
    actions that are allowed on every resource, `changes_everywhere` those of them that change something; `limited` says that
    each has a condition."""

    resources: int
    outside: tuple[Entrant, ...]
    reads: bool
    writes: bool
    deletes: bool
    administers: bool
    raises: bool | None
    starts: bool
    everywhere: frozenset[str]
    changes_everywhere: frozenset[str]
    limited: bool


def verdict_of(
    resources: int,
    outside: Sequence[Entrant],
    levels: Iterable[Level],
    review: Review,
    checks: Sequence[Check],
    rows: Iterable[AccessRow],
) -> Verdict:
    """`rows` are those of all roles and buckets."""
    found, of_code = set(levels), {each.code: each for each in checks}
    powers = powers_of(review.roles, table()).found.values()
    wide = [row for row in rows if row.everywhere and not row.denies]
    reads = {name for each in review.access for name in each.named}
    return Verdict(
        resources=resources,
        outside=tuple(outside),
        reads=not found <= CHANGES,
        writes=not found.isdisjoint(CHANGES - {"permissions"}),
        deletes=any(deletes(power.action) for several in powers for power in several),
        administers="permissions" in found,
        raises={True: False, False: True, None: None}[of_code[RAISING].holds],
        starts=of_code["run-code"].holds is not True,
        everywhere=frozenset(name for row in wide for name in row.names),
        changes_everywhere=frozenset(name for row in wide if row.level in CHANGES for name in row.names - reads),
        limited=bool(wide) and all(row.conditions for row in wide),
    )
