"""The planner makes a plan from the graph, the state and what AWS has. Pure; tests name each rule as a row of a table.

For every address it answers four questions: does it exist, is it ours, is it equal, is it still wanted?
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bootstrap.core import commands
from bootstrap.core.account import Account
from bootstrap.core.conflicts import (
    check_combination,
    keep_on_recreate,
    refuse_immutable,
    refuse_until_chosen,
    settle_or_overwrite,
)
from bootstrap.core.difference import Difference, differences
from bootstrap.core.edited_state import discard_unproven
from bootstrap.core.flags import REPLACE, RETAG
from bootstrap.core.graph import Node, ordered
from bootstrap.core.live import Live, Outputs
from bootstrap.core.name_conflicts import planned_taken_advice
from bootstrap.core.owner import NOBODY, Owner
from bootstrap.core.ownership import NOT_OURS, Ownership, is_borrowed, ownership_of
from bootstrap.core.plan import Action, Change, Plan, blocked, removed_unless_refused, unreadable
from bootstrap.core.previous_record import applicable_record, last_known, renamed_since, with_kept_settings
from bootstrap.core.reasons import (
    detach_advice,
    if_name_was_lost,
    overwrite_command,
    ownership_advice,
    ownership_refusal,
    ownership_summary,
    update_reason,
    with_choice_advice,
)
from bootstrap.core.removal import removal, with_others
from bootstrap.core.replacement import replaced_addresses
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State, Status
from bootstrap.errors import lines

Restore = Callable[[Record], Resource]

_STOPPED = {
    Status.CREATING: "an earlier run stopped while creating it",
    Status.UPDATING: "an earlier run stopped while changing it",
    Status.DELETING: "an earlier run stopped while deleting it",
    Status.ADOPTING: "an adopt of it was cut off",
}


def make_plan(
    nodes: Mapping[str, Node],
    state: State,
    live: Mapping[str, Live | None],
    accounts: Mapping[str, Account],
    restore: Restore,
    *,
    allowed: frozenset[str] = frozenset(),
    existing: frozenset[tuple[str, str]] = frozenset(),
    flags: tuple[str, ...] = (),
) -> Plan:
    """The changes after which `nodes` exist, and nothing else of this deployment.

    With empty `nodes` it is the plan to destroy everything. `live` has an entry for every address of nodes and state;
    `restore` turns a record into its resource; `allowed` are the flags of create and destroy that allow a loss; `existing`
    are (kind, name) of resources that the user names as existing; `flags` are added to the commands in advice.
    """
    state = discard_unproven(state, nodes)
    there = {address for address in state.records if live.get(address) is not None}
    going = replaced_addresses(nodes, allowed) & there
    after = replace(state, records={address: each for address, each in state.records.items() if address not in going})
    recorded = {address: restore(record) for address, record in state.records.items()}
    for record in (*state.records.values(), *state.earlier.values()):
        restore(
            replace(record, properties={**record.properties, **record.kept})
        )  # raises for an edited state that makes no sense
    outputs: dict[str, Mapping[str, str]] = {}
    wanted: list[Change] = []
    for address in ordered({address: node.recorded_needs for address, node in nodes.items()}):
        node = nodes[address]
        resource = node.resource.resolved(lambda found, name: outputs[found].get(name))
        now = live.get(address)
        change = _wanted(node, resource, after, None if address in going else now, flags, allowed)
        if address in going:
            change = replace(change, reason=f"created again, because of --{REPLACE}")
        known_before = last_known(state.records.get(address), state.earlier.get(address), now)
        if change.action is Action.CREATE and known_before:
            old, now = known_before
            change = keep_on_recreate(change, old, now, state, flags, allowed)
        account = accounts[node.account]
        change = check_combination(change, now, account)
        above = [each.address for each in wanted if each.refusal and each.address in change.after]
        if above and not resource.taggable and change.action not in (Action.NOOP, Action.UNREADABLE, Action.BLOCKED):
            change = replace(
                change, refusal=f"it depends on {', '.join(above)}, which the plan refuses", advice="", undecided=()
            )
        outputs[address] = resource.predicted_outputs(account)
        if change.action is not Action.CREATE:
            outputs[address] = {**outputs[address], **_unchanged_outputs(change)}
        wanted.append(change)
    wanted = with_choice_advice(wanted, state, flags)
    removals = {
        address: removal(
            record, recorded[address], owner_of(state, address), state, live.get(address), nodes, allowed, existing, flags
        )
        for address, record in state.records.items()
        if address not in nodes or address in going
    }
    unwanted = [change for address, change in removals.items() if address not in going]
    unmanaged = {each.address for each in unwanted if _is_unmanaged(each, live, state)}
    unwanted = [_left_with_parent(change, live, unwanted, unmanaged) for change in unwanted]
    both = (*wanted, *unwanted)
    # A resource that is only forgotten attaches nothing to ours: an attachment of that name belongs to somebody else.
    # What the whole account shares is also ours to use.
    forgotten = {
        change.address for change in unwanted if change.action is Action.FORGET and not change.resource.identifiers.shared
    }
    ours = [*(change.resource for change in wanted), *_as_found(both, live)]
    if not state.edited:
        ours += [each for address, each in recorded.items() if address not in forgotten]
    claimed = {part for resource in ours for part in resource.attachments()}
    changes = {
        change.address: with_others(change, live.get(change.address), claimed, allowed, destroying=not nodes)
        for change in both
    }
    # Not earlier: until here a blocked removal keeps its action, so that its attachments count as ours.
    changes |= {change.address: removed_unless_refused(changes[change.address]) for change in unwanted}
    order = ordered({address: (*change.after, *change.deleted_before) for address, change in changes.items()})
    first: dict[str, Change] = {}
    for address in going:
        removed = _to_replace(removals[address], going, changes[address])
        removed = with_others(removed, live.get(address), claimed, allowed, destroying=False)
        first[address] = removed_unless_refused(removed)
    before = ordered({address: change.after for address, change in first.items()})
    kept_in = [address for address in order if changes[address].kept]
    set_back = overwrite_command(kept_in, state, flags) if kept_in else ""
    attached = nodes and any(change.detachable and not change.detached for change in changes.values())
    detach = detach_advice(state, flags) if attached else ""
    ordered_changes = (*(first[address] for address in before), *(changes[address] for address in order))
    return Plan(ordered_changes, set_back, detach=detach)


def _to_replace(change: Change, going: Collection[str], later: Change) -> Change:
    """The removal of the resource that `later` creates again, with what is lost, and a record of what is kept."""
    after = tuple(address for address in change.after if address in going)
    if change.action is not Action.DELETE:  # it belongs to somebody else, so the create after it would fail
        return replace(change, after=after, refusal=change.refusal or change.reason)
    along = (*change.along, *change.resource.lost_on_replace())
    record = with_kept_settings(change.record, later)
    return replace(change, reason=f"replaced, because of --{REPLACE}", after=after, along=along, record=record)


def owner_of(state: State, address: str) -> Owner:
    return Owner(state.deployment, address, state.lineage)


def _wanted(
    node: Node, resource: Resource, state: State, live: Live | None, flags: Sequence[str], allowed: frozenset[str]
) -> Change:
    record = applicable_record(resource, live, state.records.get(node.address), state.earlier.get(node.address))
    change = Change(
        address=node.address,
        action=Action.CREATE,
        resource=resource,
        reason="will be created",
        account=node.account,
        after=node.depends_on,
        deleted_before=node.deleted_before,
        record=record,
        if_taken=planned_taken_advice(node, resource, state, flags),
    )
    destroy = commands.bootstrap("destroy", name=state.deployment, flags=flags)
    again = f"Keep the previous inputs. To create it again with the new ones, first run: {destroy}"
    if record and (record.kind, record.account) != (resource.kind, node.account):
        what = f"it is recorded as {record.kind} in account {record.account}"
        return blocked(change, "recorded as something else", what, again)
    if record and (renamed := renamed_since(record, resource)) and live is None:
        return blocked(change, _STOPPED[record.status], renamed, again)
    if live is not None and live.unreadable:
        if not live.outputs:
            live = replace(live, advice=lines(live.advice, if_name_was_lost(resource, record, live, state, flags)))
        return unreadable(replace(change, outputs=live.outputs or (record.outputs if record else None)), live)
    owner = owner_of(state, node.address)
    if live is not None and is_borrowed(resource, record, live, owner):
        why = "created by this deployment" if record and record.created_here else "exists already"
        change = replace(change, action=Action.NOOP, reason=f"{why}; the whole account shares it", outputs=live.outputs)
        return refuse_immutable(change, differences(resource, live), again)
    if live is None:
        if record and record.status in (Status.READY, Status.UPDATING, Status.ADOPTING):
            return replace(change, reason="recorded, but no longer in AWS")
        if record:
            return replace(change, reason=f"{_STOPPED[record.status]}; it does not exist")
        if node.address in state.earlier:
            return replace(change, reason="an earlier run deleted it to create it again")
        return change
    ownership = ownership_of(resource, record, live, owner)
    untagged = ownership is Ownership.UNTAGGED and resource.taggable
    if ownership not in (Ownership.OURS, Ownership.UNTAGGED) or (untagged and RETAG not in allowed):
        if ownership in (Ownership.UNTAGGED, Ownership.RETAGGED):  # it has the recorded id
            change = replace(change, outputs=live.outputs)
        refusal = ownership_refusal(resource, record, live, owner, ownership)
        change = replace(change, taken_by=None if state.records else live.owner or NOBODY)
        way_out = ownership_advice(change, live, owner, ownership, state, flags)
        return blocked(change, ownership_summary(record, ownership), refusal, way_out)
    resource, create_notes = _as_created(resource, record, node.address)
    settled = settle_or_overwrite(resource, live, record, node.address, state, allowed)
    resource = settled.resource
    found = differences(resource, live, record.properties if record else None) + lost_tags(resource, live, owner)
    # What it is to use from now on must be there first: what it used before may be deleted after it.
    update = replace(change, action=Action.UPDATE, after=node.recorded_needs)
    change = replace(update, resource=resource, differences=found, outputs=live.outputs)
    change = replace(change, kept=settled.kept, added=settled.added, outputs={**live.outputs, **settled.outputs})
    if settled.kept:
        change = replace(change, set_back=overwrite_command([node.address], state, flags))
    if (refused := refuse_immutable(change, found, again)).refusal:
        return refused
    if settled.unordered or settled.crossed:
        return refuse_until_chosen(change, settled)  # what to do depends on the other changes, too
    change = replace(change, along=resource.displaces(live, {item.field for item in found}))
    notes = "".join(f"; {note}" for note in (*live.notes, *create_notes))
    if untagged:
        return replace(change, reason=f"its owner tags are restored, because of --{RETAG}" + notes)
    if record is None:
        return replace(change, reason="an earlier run created it but could not record it" + notes)
    if record.status is not Status.READY:
        return replace(change, reason=_STOPPED[record.status] + notes)
    if found:
        return replace(change, reason=update_reason(resource, record, found, edited=state.edited, kept=settled.kept) + notes)
    return replace(change, action=Action.NOOP, reason="up to date" + notes)


def _is_unmanaged(change: Change, live: Mapping[str, Live | None], state: State) -> bool:
    """Whether the record is only forgotten because the existing resource belongs to somebody else."""
    found = live.get(change.address)
    if found is None or change.action is not Action.FORGET or change.resource.identifiers.shared:
        return False
    return ownership_of(change.resource, change.record, found, owner_of(state, change.address)) in NOT_OURS


def _left_with_parent(
    change: Change, live: Mapping[str, Live | None], changes: Iterable[Change], unmanaged: Collection[str]
) -> Change:
    """What belongs to an unmanaged resource is left alone: its name proves nothing, as a profile often has its role's."""
    found = live.get(change.address)
    if found is None or change.action is not Action.DELETE or change.resource.taggable or change.refusal:
        return change
    own = set(change.resource.attachments())
    needs = change.record.depends_on if change.record else ()
    foreign = []
    for each in changes:
        under = live.get(each.address)
        if each.address in unmanaged and each.resource.taggable and (each.address in needs or (under and own & under.parts)):
            foreign.append(each.address)
    if foreign:
        reason = f"what it belongs to ({', '.join(foreign)}) was created by somebody else and is left alone"
        return replace(change, action=Action.FORGET, reason=reason)
    return change


def _unchanged_outputs(change: Change) -> Outputs:
    """The outputs that the change does not recompute."""
    changed = {item.field for item in change.differences}
    renewed = {name for name, fields in change.resource.updates.recomputed_outputs.items() if changed & set(fields)}
    return {name: value for name, value in (change.outputs or {}).items() if name not in renewed}


def _as_found(changes: Iterable[Change], live: Mapping[str, Live | None]) -> Iterator[Resource]:
    """Our resources with the properties that they have in AWS: an interrupted change left their attachments as they were."""
    for change in changes:
        found = live.get(change.address)
        if found and change.action in (Action.UPDATE, Action.DELETE, Action.NOOP):
            fields = change.resource.properties()
            yield replace(change.resource, **{name: value for name, value in found.properties.items() if name in fields})


def _as_created(resource: Resource, record: Record | None, address: str) -> tuple[Resource, tuple[str, ...]]:
    """The resource with its create-only fields as they were, and a note if other values are wanted now."""
    had = {}
    if record:
        had = {name: record.properties[name] for name in sorted(resource.updates.create_only) if name in record.properties}
    changed = ", ".join(name for name, value in had.items() if value != resource.properties()[name])
    if not changed:
        return replace(resource, **had), ()
    how = f": run the same command again with --{REPLACE} {address}" if resource.lost_on_replace() else ""
    return replace(resource, **had), (f"a change of {changed} takes effect only when it is created again{how}",)


def lost_tags(resource: Resource, live: Live, owner: Owner) -> tuple[Difference, ...]:
    """The owner tags that it lacks, or that have another value."""
    if not resource.taggable or live.owner == owner:
        return ()
    before = live.owner.tags() if live.owner else {}
    return tuple(
        Difference("tags", key, before.get(key) or None, value)
        for key, value in owner.tags().items()
        if before.get(key) != value
    )
