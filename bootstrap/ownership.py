"""Ours or not, asked of AWS right before something is done that would be wrong with somebody else's thing."""

from collections.abc import Callable
from typing import Any

from bootstrap.core.owner import Owner
from bootstrap.core.plan import Change
from bootstrap.core.planner import is_a_strangers
from bootstrap.core.resource import Live, Outputs, Resource
from bootstrap.errors import AlreadyExists, AwsError, NotOurs
from bootstrap.propagation import believed

_OTHER_CASE = "Run the same command again in a minute. If it stays so, the name is taken in other letter case:"
_WITHOUT_NAME = "Run the same command again in a minute. If it stays so, run destroy and then create."


def bring(resource: Resource, aws: Any, owner: Owner, settle: float = 0) -> Live:
    """The thing, made now; or found, when an answer was lost and AWS says that it exists: if the owner tags are ours.

    What exists may take up to `settle` seconds to show, with its tags. Raises NotOurs when somebody else's thing has
    the name, AwsError when it does not show.
    """
    try:
        return resource.well_formed(resource.create(aws))
    except AlreadyExists as error:
        live = _shown(resource, aws, {}, settle, "AWS says that it exists, waiting for it to show")
        if live is not None and live.owner == owner:
            return live
        if live is None:
            raise AwsError(
                f"AWS says that {resource.kind} {resource.label} exists, and does not show it: {error.message}",
                _WITHOUT_NAME if not resource.if_taken else f"{_OTHER_CASE} {resource.if_taken}",
                error.code,
            ) from error
        whose = f"it belongs to deployment {live.owner.deployment!r}" if live.owner else error.message
        raise NotOurs(
            f"{resource.kind} {resource.label} exists, and this deployment did not make it: {whose}", resource.if_taken
        ) from error


def still_ours(change: Change, aws: Any, owner: Owner, settle: float = 0) -> bool:
    """A second look before a delete whose plan has grown old: id and owner tags as the record says.

    That it is not there is believed after `settle` seconds: its record is forgotten then. Raises NotOurs when it cannot
    be told any more whose it is.
    """
    record = change.record
    assert record is not None
    live = _shown(change.resource, aws, change.outputs or {}, settle, "looking again: AWS does not show it")
    if live is None or is_a_strangers(change.resource, record, live, owner):
        return False
    told = change.resource.taggable or change.resource.unique_id
    if live.unreadable or (told and live.owner != owner):
        what = live.unreadable or f"{change.resource.label} lost its owner tags while this ran"
        raise NotOurs(what, "Run destroy again and read its plan.")
    return True


def _shown(resource: Resource, aws: Any, outputs: Outputs, settle: float, waiting: str) -> Live | None:
    """The thing with its tags, which may take up to `settle` seconds to show."""
    progress: Callable[[str], None] = aws.progress
    return believed(
        lambda _: {resource.label: resource.seen(aws, outputs)},
        [resource.label],
        lambda _, live: not resource.shows(live),
        settle,
        min(1, settle / 10),
        lambda _: progress(waiting),
    )[resource.label]
