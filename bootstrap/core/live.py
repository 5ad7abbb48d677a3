"""A resource as AWS has it now, and what is attached to it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bootstrap.core.loss import Loss
from bootstrap.core.owner import Owner
from bootstrap.core.reference import literal
from bootstrap.errors import AwsError, lines

Properties = dict[str, Any]
Outputs = Mapping[str, str]


class Part(NamedTuple):
    """Something that is attached to a resource: (what, on which resource, its id), as ("attached policy", "UpsolverRole",
    arn). Somebody else attached it if no resource of ours claims it (`Resource.attachments`).
    """

    what: str
    on: str
    id: str


class Obstacle(NamedTuple):
    """Why a resource cannot be created or deleted, and what to do about it. If it `stops` nothing, it is a warning."""

    what: str
    advice: str
    stops: bool = True


@dataclass(frozen=True)
class Live:
    """A resource as AWS has it now. `properties` has the shape of the resource's fields; a field may be missing.

    `parts` are what is attached to it, `statements` the content of those that are statements of a policy, by id, and `notes`
    remarks for the plan. `blockers` are reasons why a delete would be
    refused now (objects in a bucket) that a flag may lift; `obstacles` are those that no flag lifts. `along` names, oldest
    first, what of ours a delete also removes ("volume vol-1"); `holds` is the data and the work that a delete destroys, read
    only where one is planned. `unreadable` says why an existing resource cannot be used or
    read now, and `advice` what to do. `denial` is `permissions.denial.Denial` as JSON, if the caller may not read it: then
    it is not known whether it exists. `foreign` says why the resource is certainly in another account.
    `stack` is the CloudFormation stack that manages it, as far as its tags say.
    `created_at` is the time of its creation in seconds since 1970, where nothing else tells it from an earlier one of its
    name; else 0.
    """

    outputs: Outputs
    properties: Properties
    owner: Owner | None = None
    parts: frozenset[Part] = frozenset()
    statements: Mapping[str, Any] = field(default_factory=dict)
    documents: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Of policies that are not desired, by their name in `Change.others`, where they may be read: only to warn of them."""
    notes: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    along: tuple[str, ...] = ()
    holds: tuple[Loss, ...] = ()
    unreadable: str = ""
    advice: str = ""
    denial: Mapping[str, Any] | None = None
    foreign: str = ""
    drifted: int = field(default=0, compare=False)
    """Of a fleet, the accounts in which somebody changed something, as the last detection found."""
    stack: str = field(default="", compare=False)
    created_at: float = field(default=0, compare=False)

    def __post_init__(self) -> None:
        # A text that somebody wrote into AWS (a description, a tag) is never a reference of ours, whatever it looks like.
        object.__setattr__(self, "outputs", literal(self.outputs))
        object.__setattr__(self, "properties", literal(self.properties))


def check_deletable(live: Live | None) -> None:
    """Raises AwsError with all obstacles of a resource that should be deleted."""
    if live and live.obstacles:
        what = "; ".join(obstacle.what for obstacle in live.obstacles)
        raise AwsError(what, lines(*dict.fromkeys(obstacle.advice for obstacle in live.obstacles)))
