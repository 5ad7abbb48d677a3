"""The planner: graph, state and what is live give a plan. Pure; each rule is a row that a test can name.

For every address it answers four questions: is it there, is it ours, is it equal, is it still wanted?
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bootstrap.core import commands
from bootstrap.core.account import Account
from bootstrap.core.conflicts import check_combination, keep_on_recreate, refuse_until_chosen, settle_or_overwrite
from bootstrap.core.difference import Difference, differences
from bootstrap.core.edited_state import discard_unproven
from bootstrap.core.flags import REPLACE, RETAG
from bootstrap.core.graph import Node, ordered
from bootstrap.core.live import Live, Outputs
from bootstrap.core.name_conflicts import planned_taken_advice
from bootstrap.core.owner import Owner
from bootstrap.core.ownership import NOT_OURS, Ownership, ownership_of
from bootstrap.core.plan import Action, Change, Plan, blocked, removed_unless_refused, unreadable
from bootstrap.core.previous_record import applicable_record, last_known, with_kept_settings
from bootstrap.core.reasons import (
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
    """The changes that make `nodes`, and nothing else of this deployment, exist.

    An empty `nodes` is the plan to destroy everything. `live` has an entry for every address of nodes and state;
    `restore` turns a record into its resource; `allowed` are the flags for what a delete may take along, and of create;
    `brought` are (kind, name) of things that the user says exist already, `flags` what the commands that are advised need.
    """
    state = discard_unproven(state, nodes)
    there = {address for address in state.records if live.get(address) is not None}
    going = replaced_addresses(nodes, allowed) & there
    after = replace(state, records={address: each for address, each in state.records.items() if address not in going})
    recorded = {address: restore(record) for address, record in state.records.items()}
    for record in (*state.records.values(), *state.earlier.values()):
        restore(replace(record, properties={**record.properties, **record.kept}))  # an edited state may say anything
    outputs: dict[str, Mapping[str, str]] = {}
    wanted: list[Change] = []
    for address in ordered({address: node.depends_on for address, node in nodes.items()}):
        node = nodes[address]
        resource = node.resource.resolved(lambda found, name: outputs[found].get(name))
        now = live.get(address)
        change = _wanted(node, resource, after, None if address in going else now, flags, allowed)
        if address in going:
            change = replace(change, reason=f"created again, because of --{REPLACE}")
        if change.action is Action.CREATE and (
            seen := last_known(state.records.get(address), state.earlier.get(address), now)
        ):
            old, now = seen
            change = keep_on_recreate(change, old, now, state, flags, allowed)
        account = accounts[node.account]
        change = check_combination(change, now, account)
        above = [each.address for each in wanted if each.refusal and each.address in change.after]
        if above and not resource.taggable and change.action not in (Action.NOOP, Action.UNREADABLE, Action.BLOCKED):
            change = replace(
                change, refusal=f"it depends on {', '.join(above)}, which the plan refuses", advice="", undecided=()
            )
        known = resource.predicted_outputs(account)
        outputs[address] = known if change.action is Action.CREATE else {**known, **_kept(change)}
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
    theirs = {each.address for each in unwanted if _is_a_strangers(each, live, state)}
    unwanted = [_with_parents(change, live, unwanted, theirs) for change in unwanted]
    both = (*wanted, *unwanted)
    # What is only forgotten puts nothing on our things: what hangs there by its name is the stranger's.
    forgotten = {change.address for change in unwanted if change.action is Action.FORGET}
    kept = [] if state.edited else [each for address, each in recorded.items() if address not in forgotten]
    ours = (*kept, *(change.resource for change in wanted), *_as_found(both, live))
    claimed = {part for resource in ours for part in resource.attachments()}
    changes = {
        change.address: with_others(change, live.get(change.address), claimed, allowed, destroying=not nodes)
        for change in both
    }
    # Only now: until here what is blocked counts as what it is, so that its parts stay ours.
    changes |= {change.address: removed_unless_refused(changes[change.address]) for change in unwanted}
    order = ordered({address: change.after for address, change in changes.items()})
    first = {
        address: removed_unless_refused(
            with_others(
                _to_replace(removals[address], going, changes[address]),
                live.get(address),
                claimed,
                allowed,
                destroying=False,
            )
        )
        for address in going
    }
    before = ordered({address: change.after for address, change in first.items()})
    kept_in = [address for address in order if changes[address].kept]
    set_back = overwrite_command(kept_in, state, flags) if kept_in else ""
    return Plan((*(first[address] for address in before), *(changes[address] for address in order)), set_back)


def _to_replace(change: Change, going: Collection[str], later: Change) -> Change:
    """The removal of what `later` makes again, with all that is lost by it, and a record of what is not."""
    after = tuple(address for address in change.after if address in going)
    if change.action is not Action.DELETE:  # somebody else's: what comes after would fail when ours is gone
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
        record=record,
        if_taken=planned_taken_advice(node, resource, state, flags),
    )
    destroy = commands.bootstrap("destroy", name=state.deployment, flags=flags)
    again = f"Keep the previous inputs. To create it again with the new ones, first run: {destroy}"
    if record and (record.kind, record.account) != (resource.kind, node.account):
        what = f"it is recorded as {record.kind} in account {record.account}"
        return blocked(change, "recorded as something else", what, again)
    if record and (renamed := _renamed(record, resource)) and live is None:
        return blocked(change, _STOPPED[record.status], renamed, again)
    if live is not None and live.unreadable:
        if not live.outputs:
            live = replace(live, advice=lines(live.advice, if_name_was_lost(resource, record, live, state, flags)))
        return unreadable(replace(change, outputs=live.outputs or (record.outputs if record else None)), live)
    if live is not None and resource.shared:
        shared = "exists already; the whole account shares it"
        return replace(change, action=Action.NOOP, reason=shared, outputs=live.outputs)
    if live is None:
        if record and record.status in (Status.READY, Status.UPDATING):
            return replace(change, reason="recorded, but no longer in AWS")
        missing = "an earlier run deleted it to create it again" if node.address in state.earlier else "will be created"
        return replace(change, reason=_STOPPED[record.status] + "; it does not exist" if record else missing)
    owner = owner_of(state, node.address)
    found_as = ownership_of(resource, record, live, owner)
    untagged = found_as is Ownership.UNTAGGED and resource.taggable
    if found_as not in (Ownership.OURS, Ownership.UNTAGGED) or (untagged and RETAG not in allowed):
        if found_as in (Ownership.UNTAGGED, Ownership.RETAGGED):  # it has the recorded id
            change = replace(change, outputs=live.outputs)
        refusal = ownership_refusal(resource, record, live, owner, found_as)
        way_out = ownership_advice(change, live, owner, found_as, state, flags)
        return blocked(change, ownership_summary(record, found_as), refusal, way_out)
    resource, born = _as_born(resource, record, node.address)
    settled = settle_or_overwrite(resource, live, record, node.address, state, allowed)
    resource = settled.resource
    found = differences(resource, live, record.properties if record else None) + _lost_tags(resource, live, owner)
    change = replace(change, resource=resource, action=Action.UPDATE, differences=found, outputs=live.outputs)
    change = replace(change, kept=settled.kept, outputs={**live.outputs, **settled.outputs})
    if settled.kept:
        change = replace(change, set_back=overwrite_command([node.address], state, flags))
    if fixed := [item for item in found if item.field in resource.immutable]:
        what = "; ".join(f"its {item.path} cannot change in place ({item.before!r} to {item.after!r})" for item in fixed)
        alone = (
            f"To replace only this one, run the same command again with --{REPLACE} {node.address}: it lists what is lost."
        )
        way_out = lines("Keep the previous inputs.", alone) if resource.lost_on_replace() else again
        return replace(change, reason="an immutable property changed", refusal=what, advice=way_out)
    if settled.unordered or settled.crossed:
        return refuse_until_chosen(change, settled)  # what to do depends on the other changes, too
    change = replace(change, along=resource.displaces(live, {item.field for item in found}))
    notes = "".join(f"; {note}" for note in (*live.notes, *born))
    if untagged:
        return replace(change, reason=f"its owner tags are restored, because of --{RETAG}" + notes)
    if record is None:
        return replace(change, reason="an earlier run created it but could not record it" + notes)
    if record.status is not Status.READY:
        return replace(change, reason=_STOPPED[record.status] + notes)
    if found:
        return replace(change, reason=update_reason(resource, record, found, edited=state.edited, kept=settled.kept) + notes)
    return replace(change, action=Action.NOOP, reason="up to date" + notes)


def _is_a_strangers(change: Change, live: Mapping[str, Live | None], state: State) -> bool:
    """Whether the record is only forgotten because what is there is somebody else's."""
    found = live.get(change.address)
    if found is None or change.action is not Action.FORGET or change.resource.shared:
        return False
    return ownership_of(change.resource, change.record, found, owner_of(state, change.address)) in NOT_OURS


def _with_parents(
    change: Change, live: Mapping[str, Live | None], changes: Iterable[Change], theirs: Collection[str]
) -> Change:
    """What hangs on somebody else's thing is left alone, as a name alone does not tell: a profile often has its role's."""
    found = live.get(change.address)
    if found is None or change.action is not Action.DELETE or change.resource.taggable or change.refusal:
        return change
    own = set(change.resource.attachments())
    needs = change.record.depends_on if change.record else ()
    foreign = []
    for each in changes:
        under = live.get(each.address)
        if each.address in theirs and each.resource.taggable and (each.address in needs or (under and own & under.parts)):
            foreign.append(each.address)
    if foreign:
        reason = f"what it hangs on ({', '.join(foreign)}) was made by somebody else and is left alone"
        return replace(change, action=Action.FORGET, reason=reason)
    return change


def _kept(change: Change) -> Outputs:
    """The outputs that stay as they are."""
    changed = {item.field for item in change.differences}
    renewed = {name for name, fields in change.resource.recomputed_outputs.items() if changed & set(fields)}
    return {name: value for name, value in (change.outputs or {}).items() if name not in renewed}


def _as_found(changes: Iterable[Change], live: Mapping[str, Live | None]) -> Iterator[Resource]:
    """Our things with the properties that they have now: a change that was cut off left them on what they hung on."""
    for change in changes:
        found = live.get(change.address)
        if found and change.action in (Action.UPDATE, Action.DELETE, Action.NOOP):
            fields = change.resource.properties()
            yield replace(change.resource, **{name: value for name, value in found.properties.items() if name in fields})


def _as_born(resource: Resource, record: Record | None, address: str) -> tuple[Resource, tuple[str, ...]]:
    """With what only its creation could use as it was then, and a remark on what is wanted otherwise now."""
    had = (
        {name: record.properties[name] for name in sorted(resource.create_only) if name in record.properties}
        if record
        else {}
    )
    other = ", ".join(name for name, value in had.items() if value != resource.properties()[name])
    way = f": run the same command again with --{REPLACE} {address}" if resource.lost_on_replace() else ""
    return replace(resource, **had), (f"a new {other} takes effect only when it is created again{way}",) if other else ()


def _renamed(record: Record | None, resource: Resource) -> str:
    """After a create that was cut off, what it made (if it did) can only be looked for under the name it had then."""
    if record is None or record.status is not Status.CREATING or record.outputs:
        return ""
    for name in sorted(resource.immutable):
        had, wants = record.properties.get(name), resource.properties().get(name)
        if resource.canonical(name, had) != resource.canonical(name, wants):
            return f"an earlier run stopped while creating it with the {name} {had!r}; now it is {wants!r}"
    return ""


def _lost_tags(resource: Resource, live: Live, owner: Owner) -> tuple[Difference, ...]:
    if not resource.taggable or live.owner == owner:
        return ()
    before = live.owner.tags() if live.owner else {}
    return tuple(
        Difference("tags", key, before.get(key) or None, value)
        for key, value in owner.tags().items()
        if before.get(key) != value
    )
