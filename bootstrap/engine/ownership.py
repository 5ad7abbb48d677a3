"""Ours or not, asked of AWS right before something is done that would be wrong with somebody else's thing."""

from collections.abc import Callable
from dataclasses import replace

from bootstrap.aws.retry import read_consistent
from bootstrap.core.claim import NOT_OURS, Claim, claim
from bootstrap.core.cloud import Cloud
from bootstrap.core.earlier import told_by
from bootstrap.core.live import Live, Outputs, check_deletable
from bootstrap.core.names_taken import other_names
from bootstrap.core.owner import OWNER_TAGS, Owner
from bootstrap.core.plan import Action, Change
from bootstrap.core.reasons import called
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record
from bootstrap.core.tightening import settle as settled_with
from bootstrap.errors import AlreadyExists, AwsError, NotOurs, ThereAfterAll, lines

_OTHER_CASE = "Run the same command again in a minute. If it stays so, the name is taken in other letter case:"
_WITHOUT_NAME = "Run the same command again in a minute. If it stays so, run destroy and then create."


def create_or_adopt(
    resource: Resource,
    aws: Cloud,
    owner: Owner,
    settle: float = 0,
    if_taken: str = "",
    record: Record | None = None,
    earlier: Record | None = None,
) -> Live:
    """The thing, made now; or found, when an answer was lost and AWS says that it exists: if the owner tags are ours.

    What exists may take up to `settle` seconds to show, with its tags. `if_taken` as in `Change`, records as in `told_by`.
    Raises NotOurs when somebody else's thing has the name, AwsError when it does not show, ThereAfterAll when it was found
    and somebody has made it stricter since it was recorded: only a plan can keep that.
    """
    try:
        return resource.well_formed(resource.create(aws))
    except AlreadyExists as error:
        if_taken = if_taken or other_names(resource.identifiers.if_taken, owner.deployment, resource.label)
        live = _shown(resource, aws, {}, settle, "AWS says that it exists, waiting for it to show")
        if live is not None and not live.unreadable and claim(resource, None, live, owner) is Claim.OURS:
            check_nothing_lost(resource, live, told_by(resource, live, record, earlier))
            return live
        if live is None:
            raise AwsError(
                f"AWS says that {resource.kind} {resource.label} exists, and does not show it: {error.message}",
                lines(_OTHER_CASE, if_taken) if if_taken else _WITHOUT_NAME,
                error.code,
            ) from error
        theirs = replace(live.owner, address="") if live.owner and live.owner.contradicts(owner) else None
        whose = live.unreadable or live.foreign or (f"it belongs to {called(theirs)}" if theirs else error.message)
        raise NotOurs(
            f"{resource.kind} {resource.label} exists, and this deployment did not make it: {whose}", if_taken
        ) from error


def check_nothing_lost(resource: Resource, live: Live, record: Record | None) -> None:
    """Raises ThereAfterAll where creating what is there already would take off what somebody tightened."""
    settled = settled_with(resource, live, record)
    if items := (*settled.kept, *settled.unordered, *settled.crossed):
        what = ", ".join(item.path for item in items)
        raise ThereAfterAll(
            f"{resource.kind} {resource.label} is there after all, and was changed outside bootstrap: {what}",
            "AWS did not show it when the plan was made. Run the same command again: the plan then shows what was changed.",
        )


def still_ours(change: Change, resource: Resource, aws: Cloud, owner: Owner, settle: float = 0) -> bool:
    """A second look before a change whose plan has grown old: the same thing, with the id and the tags that it had then.

    False of a delete when it is gone, or proven to be somebody else's by now: its record is forgotten then. That it is not
    there is believed after `settle` seconds. Raises NotOurs when it must not be changed any more.
    """
    live = _shown(resource, aws, change.outputs or {}, settle, "looking again: AWS does not show it")
    found = claim(resource, change.record, live, owner) if live else Claim.THEIRS
    if live and live.outputs.get(resource.identifiers.unique_id, "") != change.id:
        found = Claim.THEIRS
    again = "Run the same command again and read its plan."
    if live and live.unreadable:
        raise NotOurs(live.unreadable, again)
    if found in NOT_OURS and change.action is Action.DELETE:
        return False
    if found in NOT_OURS:
        raise NotOurs(f"{resource.label} was deleted, or replaced by somebody else's, while this ran", again)
    if change.action is Action.DELETE:
        check_deletable(live)
    retags = any(item.field == "tags" and item.key in OWNER_TAGS for item in change.differences)
    if found is Claim.OURS or (
        found is Claim.UNTAGGED and change.action is Action.UPDATE and (retags or not resource.taggable)
    ):
        return True
    raise NotOurs(f"{resource.label} lost its owner tags while this ran", again)


def _shown(resource: Resource, aws: Cloud, outputs: Outputs, settle: float, waiting: str) -> Live | None:
    """The thing with its tags, which may take up to `settle` seconds to show."""
    progress: Callable[[str], None] = aws.progress
    return read_consistent(
        lambda _: {resource.label: resource.checked_read(aws, outputs)},
        [resource.label],
        lambda _, live: None if resource.is_visible(live) or not settle else settle,
        min(1, settle / 10),
        lambda _: progress(waiting),
    )[resource.label]
