"""Who owns a resource in AWS: the one rule, used by the planner, right before a call goes out, and by the receipt. Pure.

A resource with tags is ours when the recorded unique id and all owner tags say so. Tags of another deployment, lineage or
address outweigh any record. The tags decide alone only where no id was recorded (a crash before it was known, a lost
answer). What cannot have tags belongs to the owner of its parent: its `read` reports that as `Live.owner`.
"""

from enum import Enum, auto

from bootstrap.core.live import Live
from bootstrap.core.owner import Owner
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, Status


class Ownership(Enum):
    """What the id and the owner tags of a resource say."""

    OURS = auto()
    UNTAGGED = auto()
    """It has the recorded id, but it or its parent lacks owner tags. No tag names another owner."""
    RETAGGED = auto()
    """It has the recorded id, and the owner tags of somebody else."""
    REPLACED = auto()
    """It has our owner tags, but not the recorded id: ours is gone, and somebody copied its tags."""
    THEIRS = auto()
    UNPROVEN = auto()
    """Nothing says who owns it."""


NOT_OURS = frozenset({Ownership.REPLACED, Ownership.THEIRS})
"""Proven not to be the recorded resource."""


def ownership_of(resource: Resource, record: Record | None, live: Live, owner: Owner) -> Ownership:
    """Who owns the resource that AWS has, when `owner` is what our owner tags say."""
    if live.foreign:
        return Ownership.THEIRS
    if live.unreadable and (not live.outputs or live.owner is None):
        return Ownership.UNPROVEN
    same = _same_id(resource, record, live)
    never_known = record is not None and record.status is Status.CREATING and live.owner is None
    if not resource.taggable:
        if live.owner == owner:
            return Ownership.OURS
        if same:
            return Ownership.UNTAGGED
        return Ownership.THEIRS if same is False or live.owner or never_known else Ownership.UNPROVEN
    if same is False:
        return Ownership.REPLACED if live.owner == owner else Ownership.THEIRS
    if live.owner == owner:
        return Ownership.OURS
    if live.owner and live.owner.contradicts(owner):
        return Ownership.RETAGGED if same else Ownership.THEIRS
    if same:
        return Ownership.UNTAGGED
    return Ownership.THEIRS if never_known else Ownership.UNPROVEN


def is_borrowed(resource: Resource, record: Record | None, live: Live, owner: Owner) -> bool:
    """Whether it is what the whole account shares, and is used without being ours: somebody else created it, or it is never
    deleted. Where it has tags, they say who created it; otherwise the record does."""
    if not resource.identifiers.shared:
        return False
    found = ownership_of(resource, record, live, owner)
    created_here = bool(record and record.created_here) or (resource.taggable and found is Ownership.OURS)
    return resource.deletion.never or found in NOT_OURS or not created_here


def _same_id(resource: Resource, record: Record | None, live: Live) -> bool | None:
    """Whether it has the recorded id; None if none could be recorded. Batch reports an id only after the creating call."""
    name = resource.identifiers.unique_id
    if not name or record is None or not record.outputs or (name not in record.outputs and name not in live.outputs):
        return None
    if name not in record.outputs and record.status in (Status.CREATING, Status.DELETING):
        return None
    return record.outputs.get(name) == live.outputs.get(name)
