"""What happens to a recorded resource that is no longer wanted: it is deleted, forgotten, or refused. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from bootstrap.core.account import Account
from bootstrap.core.commands import aws, connection_options, option_value
from bootstrap.core.deleted_in_two import DeletedInTwo
from bootstrap.core.difference import others
from bootstrap.core.edited_state import recorded_entries, recorded_only
from bootstrap.core.flags import DELETE_FOREIGN, DETACH_FOREIGN, TERMINATE_JOBS
from bootstrap.core.live import Live, Part
from bootstrap.core.owner import Owner
from bootstrap.core.ownership import NOT_OURS, Ownership, is_borrowed, ownership_of
from bootstrap.core.plan import GONE, Action, Change, unreadable
from bootstrap.core.reasons import (
    ADOPT_AGAIN,
    consent_advice,
    forget_command,
    if_name_was_lost,
    owner_name,
    restore_tags_advice,
    tags_advice,
)
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State, Status
from bootstrap.core.tightening import names_of_added
from bootstrap.errors import lines

LOST_TAGS = "its owner tags were removed or changed, so it may belong to somebody else"


def removal(
    record: Record,
    resource: Resource,
    owner: Owner,
    state: State,
    live: Live | None,
    wanted: Collection[str],
    allowed: frozenset[str],
    existing: frozenset[tuple[str, str]],
    flags: Sequence[str],
) -> Change:
    """`wanted` are the addresses that are kept: none in a destroy. The other parameters are those of `make_plan`."""
    change = Change(
        address=record.address,
        action=Action.DELETE,
        resource=_as_it_is(resource, live),
        reason="no longer needed" if wanted else "recorded in this deployment",
        account=record.account,
        after=tuple(sorted(other.address for other in state.records.values() if record.address in other.depends_on)),
        record=replace(record, kept={}),
        outputs=live.outputs if live else record.outputs,
    )
    if live is None:
        return replace(change, action=Action.FORGET, reason=GONE)
    if live.unreadable:
        if not live.outputs:
            live = replace(live, advice=lines(live.advice, if_name_was_lost(resource, record, live, state, flags)))
        return unreadable(replace(change, outputs=live.outputs or record.outputs), live)
    if is_borrowed(resource, record, live, owner):
        by_us = "created by this deployment; " if record.created_here else ""
        return replace(change, action=Action.FORGET, reason=f"{by_us}the whole account shares it, so it is kept")
    found = ownership_of(resource, record, live, owner)
    if found in NOT_OURS:
        reason = "ours is gone; an unmanaged resource has its name now and is left alone"
        return replace(change, action=Action.FORGET, reason=reason)
    if found is not Ownership.OURS:
        return _refused(change, live, owner, state, found, flags, destroying=not wanted)
    names = {(resource.kind, name) for name in (resource.label, *live.outputs.values())}
    if names & existing:
        return replace(
            change,
            refusal=f"the inputs name {resource.label} as an existing resource, but this deployment created it",
            advice="Omit that input: the deployment keeps using what it created.",
        )
    change = replace(change, holds=live.holds)
    blockers = () if resource.deletion.force_flag in allowed else live.blockers
    if blockers or live.obstacles:
        return replace(
            change,
            refusal="; ".join([*(obstacle.what for obstacle in live.obstacles), *blockers]),
            advice=lines(
                *dict.fromkeys(obstacle.advice for obstacle in live.obstacles),
                _unblock_advice(resource, destroying=not wanted) if blockers else "",
                *(_copy_advice(state.accounts[change.account], live, flags) if blockers and not wanted else ()),
            ),
        )
    if DETACH_FOREIGN not in allowed and (why := _doubt(resource, record, live, state)):
        return replace(change, refusal=why, advice=consent_advice(record.address, state, bool(wanted), allowed, flags))
    lifted = (f"{blocker} (--{resource.deletion.force_flag})" for blocker in live.blockers)
    return replace(change, along=(*live.along, *recorded_entries(resource, record, live), *lifted))


def _unblock_advice(resource: Resource, *, destroying: bool) -> str:
    flag = ""
    if resource.deletion.force_flag and (destroying or resource.deletion.force_flag == TERMINATE_JOBS):
        flag = f", or add --{resource.deletion.force_flag} to also delete it"
    return f"Remove what blocks the delete, and run the same command again{flag}."


def _copy_advice(account: Account, live: Live, flags: Sequence[str]) -> Iterator[str]:
    """How to keep the objects of a bucket and delete the rest: a bucket is deleted with its deployment, or nothing is."""
    reach = connection_options(option_value("--profile", flags) or account.sign_in.profile, account.region)
    for item in live.holds:
        if item.kind == "objects":
            copy = aws("s3", "sync", arguments=[f"s3://{item.name}", "s3://YOUR-BUCKET"], flags=reach)
            then = "." if "--sandbox" in flags else f": {copy}"  # the AWS CLI would ask the real AWS
            yield f"To keep its objects and delete the rest, first copy them into a bucket of yours{then}"


def with_others(
    change: Change, live: Live | None, claimed: Iterable[Part], allowed: frozenset[str], *, destroying: bool = True
) -> Change:
    """Adds what somebody else added to our resource. Refuses a delete that would also delete it or fail because of it."""
    stays = change.action in (Action.UPDATE, Action.BLOCKED) and change.outputs is not None  # it has the recorded id
    if live is None or change.action is Action.FORGET or (change.refusal and not stays):
        return change
    parts = live.parts - set(claimed)
    attached = _names(parts)
    detachable = _names(part for part in parts if part.what == change.resource.deletion.detachable)
    outlive = _names(part for part in parts if part.what not in change.resource.deletion.deleted_with)
    added = others(change.resource, live, change.record.properties if change.record else None)
    found = (*attached, *added, *names_of_added(change.resource, change.added))
    read = {**{f"statement {sid}": each for sid, each in live.statements.items()}, **live.documents}
    change = replace(change, others=found, contents={text: read[text] for text in found if text in read})
    blocking = attached + tuple(entry for entry in added if not entry.startswith("tag "))
    if change.action in (Action.NOOP, Action.UPDATE) and not change.refusal and detachable and DETACH_FOREIGN in allowed:
        why = f"what others attached is detached, because of --{DETACH_FOREIGN}"
        reason = why if change.action is Action.NOOP else f"{change.reason}; {why}"
        return replace(change, action=Action.UPDATE, detached=detachable, reason=reason)
    if change.action is not Action.DELETE or not blocking:
        return change
    contained = tuple(entry for entry in blocking if entry not in outlive)
    detached = detachable if DETACH_FOREIGN in allowed else ()
    deleted = contained if DELETE_FOREIGN in allowed else ()
    left = [each for each in blocking if each not in (*detached, *deleted)]
    if not left:
        return replace(change, detached=detached)
    advice = ["If nobody needs what was added, remove it and run the same command again."]
    if detachable and not detached:
        advice.append(f"With --{DETACH_FOREIGN}, {_are(detachable)} detached and kept.")
    if contained and not deleted and destroying:
        advice.append(f"With --{DELETE_FOREIGN}, {_are(contained)} also deleted.")
    if len(advice) > 2:
        advice.append("This takes both flags.")
    elif len(advice) > 1 and (given := [*[DETACH_FOREIGN] * bool(detached), *[DELETE_FOREIGN] * bool(deleted)]):
        advice.append(f"Keep --{given[0]}: this takes both flags.")
    return replace(change, refusal=f"somebody else added to it: {', '.join(left)}", advice=" ".join(advice))


def _are(names: Sequence[str]) -> str:
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"


def _names(parts: Iterable[Part]) -> tuple[str, ...]:
    return tuple(sorted(f"{part.what} {part.id}" for part in parts))


def _refused(
    change: Change, live: Live, owner: Owner, state: State, found: Ownership, flags: Sequence[str], *, destroying: bool
) -> Change:
    """The removal of a resource that is proven neither ours nor somebody else's."""
    resource, forget = change.resource, forget_command(change.address, state, flags)
    needs = change.record.depends_on if change.record else ()
    if any(state.records[each].status is Status.ADOPTING for each in (change.address, *needs) if each in state.records):
        return replace(
            change,
            refusal="an adopt of it was cut off, so nothing proves yet that it belongs to this deployment",
            advice=lines(ADOPT_AGAIN, f"To leave it as it is: {forget}"),
        )
    if found is Ownership.RETAGGED and live.owner:
        tags = ", ".join(f"{key}={value}" for key, value in owner.tags().items())
        return replace(
            change,
            refusal=f"it now has the owner tags of {owner_name(live.owner)}, so it was given to somebody else",
            advice=lines(
                f"Forget it: {forget}", f"If it still belongs to this deployment, put these tags back by hand: {tags}."
            ),
        )
    if not resource.taggable:
        return replace(
            change,
            refusal="nothing that it belongs to has the owner tags of this deployment, so it may belong to somebody else",
            advice="Put the tags back where they were, or delete it by hand. Then run the same command again.",
        )
    back = tags_advice(resource, owner, state, flags) if destroying else restore_tags_advice(owner)
    if_ours = lines(f"If it still belongs to this deployment, {back}", f"Then run the same command again. If not: {forget}")
    return replace(change, refusal=LOST_TAGS, advice=if_ours)


def _doubt(resource: Resource, record: Record, live: Live, state: State) -> str:
    if resource.why_protected:
        return resource.why_protected
    what = recorded_only(resource, record, live) if state.edited else ()
    if not what:
        return ""
    return f"the state was edited by hand, and nothing else says that this deployment added {', '.join(what)}"


def _as_it_is(resource: Resource, live: Live | None) -> Resource:
    """The resource with the name that AWS shows. It cannot change in place, so a record with another name is wrong. Of what
    is stripped first, it also has what others made of our entries: a policy that denies by now is not deleted early."""
    if live is None:
        return resource
    properties = resource.properties()
    names = resource.updates.force_new & set(properties)
    found = {name: live.properties[name] for name in names if isinstance(live.properties.get(name), str)}
    for name in resource.updates.additive if isinstance(resource, DeletedInTwo) else ():
        entries = live.properties.get(name) or {}
        found[name] = {key: entries.get(key) or value for key, value in properties[name].items()}
    return replace(resource, **found)
