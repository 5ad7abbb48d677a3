"""A thing as AWS has it now, and what hangs on it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bootstrap.core.owner import Owner
from bootstrap.core.reference import literal
from bootstrap.errors import AwsError, lines

Properties = dict[str, Any]
Outputs = Mapping[str, str]


class Part(NamedTuple):
    """Something that hangs on a thing: (what, on which thing, its id), as ("attached policy", "UpsolverRole", arn).

    What a resource's own records do not claim, somebody else has put there.
    """

    what: str
    thing: str
    id: str


class Obstacle(NamedTuple):
    """Why something cannot be made, or deleted, and what to do about it; or, if it `stops` nothing, what to know of it."""

    what: str
    advice: str
    stops: bool = True


@dataclass(frozen=True)
class Live:
    """A thing as AWS has it now. `properties` has the shape of the resource's fields; a field may be missing.

    `parts` are what hangs on it; `notes` are remarks for the plan; `blockers` are reasons why a delete would be refused
    just now (objects in a bucket), which a flag may lift, and `obstacles` those that no flag lifts; `along` names, oldest
    first, what of ours a delete removes with it ("volume vol-1"); `unreadable`, when it is there but cannot be used or
    shown now, says why, and `advice` what to do; `denial` is what `permissions.denial.Denial` says as JSON, where the caller
    may not read it: whether it is there is not known then. `foreign` says so of what certainly is in another account.
    """

    outputs: Outputs
    properties: Properties
    owner: Owner | None = None
    parts: frozenset[Part] = frozenset()
    notes: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    along: tuple[str, ...] = ()
    unreadable: str = ""
    advice: str = ""
    denial: Mapping[str, Any] | None = None
    foreign: str = ""

    def __post_init__(self) -> None:
        # What somebody wrote into AWS (a description, a tag) is no reference of ours, whatever it looks like.
        object.__setattr__(self, "outputs", literal(self.outputs))
        object.__setattr__(self, "properties", literal(self.properties))


def check_deletable(live: Live | None) -> None:
    """Raises AwsError with all obstacles of a thing that is to be deleted."""
    if live and live.obstacles:
        what = "; ".join(obstacle.what for obstacle in live.obstacles)
        raise AwsError(what, lines(*dict.fromkeys(obstacle.advice for obstacle in live.obstacles)))
