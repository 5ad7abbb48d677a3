"""Checks in AWS who owns a resource, right before a call that must not hit somebody else's."""

from collections.abc import Callable
from dataclasses import replace

from bootstrap.aws.retry import read_consistent
from bootstrap.core.cloud import Cloud
from bootstrap.core.live import Live, Outputs, check_deletable
from bootstrap.core.name_conflicts import suggest_other_names
from bootstrap.core.owner import OWNER_TAGS, Owner
from bootstrap.core.ownership import NOT_OURS, Ownership, ownership_of
from bootstrap.core.plan import Action, Change
from bootstrap.core.previous_record import applicable_record
from bootstrap.core.reasons import owner_name
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record
from bootstrap.core.tightening import settle as settled_with
from bootstrap.errors import AlreadyExists, AwsError, StalePlan, UnmanagedResource, lines

_OTHER_CASE = "Run the same command again in a minute. If that does not help, the name is taken in other letter case:"
_WITHOUT_NAME = "Run the same command again in a minute. If that does not help, run destroy and then create."


def create_or_adopt(
    resource: Resource,
    aws: Cloud,
    owner: Owner,
    settle: float = 0,
    if_taken: str = "",
    record: Record | None = None,
    earlier: Record | None = None,
) -> Live:
    """Creates the resource. If AWS says that it exists already (an answer was lost), adopts it when the owner tags are ours.

    An existing resource may take up to `settle` seconds to show with its tags. `if_taken` is as in `Change`, the records
    are as in `applicable_record`. Raises UnmanagedResource when the name belongs to somebody else, AwsError when AWS does
    not show the resource, and StalePlan when somebody made it stricter since it was recorded: only a plan can keep that.
    """
    try:
        return resource.well_formed(resource.create(aws))
    except AlreadyExists as error:
        aws.read_at_creation.clear()
        if_taken = if_taken or suggest_other_names(resource.identifiers.if_taken, owner.deployment, resource.label)
        live = _shown(resource, aws, {}, settle, "AWS says that it exists; waiting until AWS shows it")
        if live is not None and not live.unreadable and ownership_of(resource, None, live, owner) is Ownership.OURS:
            check_nothing_lost(resource, live, applicable_record(resource, live, record, earlier))
            return live
        if live is None:
            raise AwsError(
                f"AWS says that {resource.kind} {resource.label} exists, but does not show it: {error.message}",
                lines(_OTHER_CASE, if_taken) if if_taken else _WITHOUT_NAME,
                error.code,
            ) from error
        reason = live.unreadable or live.foreign or error.message
        if not (live.unreadable or live.foreign) and live.owner and live.owner.contradicts(owner):
            reason = f"it belongs to {owner_name(replace(live.owner, address=''))}"
        raise UnmanagedResource(
            f"{resource.kind} {resource.label} exists, and this deployment did not create it: {reason}", if_taken
        ) from error


def check_nothing_lost(resource: Resource, live: Live, record: Record | None) -> None:
    """Raises StalePlan if adopting the existing resource would remove what somebody made stricter or added."""
    settled = settled_with(resource, live, record)
    items = (*settled.kept, *settled.unordered, *settled.crossed)
    if what := ", ".join((*(item.path for item in items), *settled.added)):
        raise StalePlan(
            f"{resource.kind} {resource.label} exists after all, and was changed outside bootstrap: {what}",
            "AWS did not show it when the plan was made. Run the same command again: the plan then shows what was changed.",
        )


def still_ours(change: Change, resource: Resource, aws: Cloud, owner: Owner, settle: float = 0) -> bool:
    """A second check before a change of an old plan: whether the resource still has the same id and the same tags.

    Returns False for a delete if it is gone, or proven to belong to somebody else now; its record is then forgotten. Its
    absence is believed after `settle` seconds. Raises UnmanagedResource when it must no longer be changed.
    """
    live = _shown(resource, aws, change.outputs or {}, settle, "looking again: AWS does not show it")
    found = ownership_of(resource, change.record, live, owner) if live else Ownership.THEIRS
    if live and live.outputs.get(resource.identifiers.unique_id, "") != change.id:
        found = Ownership.THEIRS
    again = "Run the same command again and read its plan."
    if live and live.unreadable:
        raise UnmanagedResource(live.unreadable, again)
    if found in NOT_OURS and change.action is Action.DELETE:
        return False
    if found in NOT_OURS:
        raise UnmanagedResource(f"{resource.label} was deleted or replaced by somebody else during this run", again)
    if change.action is Action.DELETE:
        check_deletable(live)
    retags = any(item.field == "tags" and item.key in OWNER_TAGS for item in change.differences)
    if found is Ownership.OURS or (
        found is Ownership.UNTAGGED and change.action is Action.UPDATE and (retags or not resource.taggable)
    ):
        return True
    raise UnmanagedResource(f"{resource.label} lost its owner tags during this run", again)


def still_nobodys(change: Change, resource: Resource, aws: Cloud, owner: Owner) -> None:
    """A second check before a change of an old plan that gives the resource our owner tags: whether it is the same one, and
    nobody else's. Raises UnmanagedResource."""
    live = resource.checked_read(aws, (change.outputs or {}) if change.id else {})  # without an id, as `discovery.adoption`
    unique = resource.identifiers.unique_id
    if (
        live is None
        or live.unreadable
        or live.foreign
        or (live.outputs.get(unique, ""), live.created_at) != (change.id, change.created_at)
    ):
        what = f"{resource.label} was deleted or replaced by somebody else during this run"
    elif live.owner and live.owner.contradicts(owner):
        what = f"{resource.label} was taken by {owner_name(live.owner)} during this run"
    else:
        return
    raise UnmanagedResource(what, "Run the same command again and read its plan.")


def _shown(resource: Resource, aws: Cloud, outputs: Outputs, settle: float, waiting: str) -> Live | None:
    """The resource with its tags, which may take up to `settle` seconds to show."""
    progress: Callable[[str], None] = aws.progress
    return read_consistent(
        lambda _: {resource.label: resource.checked_read(aws, outputs)},
        [resource.label],
        lambda _, live: None if resource.is_visible(live) or not settle else settle,
        min(1, settle / 10),
        lambda _: progress(waiting),
    )[resource.label]
