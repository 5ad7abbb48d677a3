"""Ours or not, asked of AWS right before something is done that would be wrong with somebody else's thing."""

import time
from typing import Any

from bootstrap.core.owner import Owner
from bootstrap.core.plan import Change
from bootstrap.core.planner import is_a_strangers
from bootstrap.core.resource import Live, Resource
from bootstrap.errors import AlreadyExists, AwsError, NotOurs

_OTHER_CASE = "Run the same command again in a minute. If it stays so, the name is taken in other letter case:"
_WITHOUT_NAME = "Run the same command again in a minute. If it stays so, run destroy and then create."


def bring(resource: Resource, aws: Any, owner: Owner, settle: float = 0) -> Live:
    """The thing, made now; or found, when an answer was lost and AWS says that it exists: if the owner tags are ours.

    What exists may take up to `settle` seconds to show, with its tags. Raises NotOurs when somebody else's thing has
    the name, AwsError when it does not show.
    """
    try:
        return resource.create(aws)
    except AlreadyExists as error:
        deadline = time.monotonic() + settle
        while not resource.shows(live := resource.read(aws, {})) and time.monotonic() < deadline:
            aws.progress("AWS says that it exists, waiting for it to show")
            time.sleep(min(1, settle / 10))
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


def still_ours(change: Change, aws: Any, owner: Owner) -> bool:
    """A second look before a delete whose plan has grown old: id and owner tags as the record says.

    Raises NotOurs when that cannot be told any more.
    """
    live = change.resource.read(aws, change.outputs or {})
    assert change.record is not None
    if live is None or is_a_strangers(change.resource, change.record, live, owner):
        return False
    told = change.resource.taggable or change.resource.unique_id
    if live.unreadable or (told and live.owner != owner):
        what = live.unreadable or f"{change.resource.label} lost its owner tags while this ran"
        raise NotOurs(what, "Run destroy again and read its plan.")
    return True
