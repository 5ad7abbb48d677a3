"""The planner: graph, state and what is live give a plan. Pure; each rule is a row that a test can name.

For every address it answers four questions: is it there, is it ours, is it equal, is it still wanted?
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from bootstrap.core import commands
from bootstrap.core.account import Account
from bootstrap.core.difference import Difference, differences, others
from bootstrap.core.graph import Node, ordered
from bootstrap.core.owner import Owner
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.reasons import cause, if_taken, tags_back, whose
from bootstrap.core.resource import DETACH_FOREIGN, Live, Outputs, Part, Resource
from bootstrap.core.state import Record, State, Status

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
    brought: frozenset[tuple[str, str]] = frozenset(),
    flags: tuple[str, ...] = (),
) -> Plan:
    """The changes that make `nodes`, and nothing else of this deployment, exist.

    An empty `nodes` is the plan to destroy everything. `live` has an entry for every address of nodes and state;
    `restore` turns a record into its resource; `allowed` are the flags of destroy for what a delete may take
    along, `brought` are (kind, name) of things that the user says exist already, `flags` what the commands that are
    advised need.
    """
    recorded = {address: restore(record) for address, record in state.records.items()}
    outputs: dict[str, Mapping[str, str]] = {}
    wanted: list[Change] = []
    for address in ordered({address: node.depends_on for address, node in nodes.items()}):
        node = nodes[address]
        resource = node.resource.resolved(lambda found, name: outputs[found].get(name))
        change = _wanted(node, resource, state, live.get(address), flags)
        above = [each.address for each in wanted if each.refusal and each.address in change.after]
        if change.refusal and above and not resource.taggable:
            change = replace(change, refusal=f"it hangs on {', '.join(above)}, which cannot be done", advice="")
        known = resource.known(accounts[node.account])
        outputs[address] = known if change.action is Action.CREATE else {**known, **_kept(change)}
        wanted.append(change)
    unwanted = [
        _unwanted(record, recorded[address], state, live.get(address), bool(nodes), allowed, brought)
        for address, record in state.records.items()
        if address not in nodes
    ]
    both = (*wanted, *unwanted)
    # What is only forgotten puts nothing on our things: what hangs there by its name is the stranger's.
    forgotten = {change.address for change in unwanted if change.action is Action.FORGET}
    kept = [resource for address, resource in recorded.items() if address not in forgotten]
    ours = (*kept, *(change.resource for change in wanted), *_as_found(both, live))
    claimed = {part for resource in ours for part in resource.parts()}
    changes = {change.address: _with_others(change, live.get(change.address), claimed, allowed) for change in both}
    order = ordered({address: change.after for address, change in changes.items()})
    return Plan(tuple(changes[address] for address in order))


def owner_of(state: State, address: str) -> Owner:
    return Owner(state.deployment, address, state.lineage)


def is_ours(resource: Resource, record: Record | None, live: Live, owner: Owner) -> bool:
    """By the unique id where one is recorded; else (a crash before it was known, a lost answer) by the owner tags."""
    if recorded := record.outputs.get(resource.unique_id) if record else None:
        same = live.outputs.get(resource.unique_id) == recorded
        # What hangs on a thing that was made anew is ours where its mark, or the policy that hangs there, says so.
        return same or (not resource.taggable and live.owner == owner)
    return live.owner == owner


def is_a_strangers(resource: Resource, record: Record, live: Live, owner: Owner) -> bool:
    """Whether what has the name now is proven not to be ours: of a thing without id and tags nothing is proven."""
    proof = resource.unique_id in record.outputs or live.owner is not None or record.status is Status.CREATING
    return proof and not is_ours(resource, record, live, owner)


def _wanted(node: Node, resource: Resource, state: State, live: Live | None, flags: tuple[str, ...] = ()) -> Change:
    record = state.records.get(node.address)
    change = Change(
        address=node.address,
        action=Action.CREATE,
        resource=resource,
        reason="not there yet",
        account=node.account,
        after=node.depends_on,
        record=record,
    )
    destroy = commands.bootstrap("destroy", name=state.deployment, flags=flags)
    again = f"Keep what it was, or make it anew with create; before that, run: {destroy}"
    if record and (record.kind, record.account) != (resource.kind, node.account):
        return replace(change, refusal=f"it is recorded as {record.kind} in account {record.account}", advice=again)
    if (renamed := _renamed(record, resource)) and live is None:
        return replace(change, refusal=renamed, advice=again)
    if live is not None and resource.shared:
        shared = "there already; the whole account shares it"
        return replace(change, action=Action.NOOP, reason=shared, outputs=live.outputs)
    if live is None:
        if record and record.status in (Status.READY, Status.UPDATING):
            return replace(change, reason="recorded, but gone from AWS")
        return replace(change, reason=_STOPPED[record.status] + "; it is not there" if record else "not there yet")
    owner = owner_of(state, node.address)
    if live.unreadable:
        return replace(change, refusal=live.unreadable)
    if record and record.status is Status.READY and live.owner is None and not is_ours(resource, record, live, owner):
        lost = f"{resource.kind} {resource.label} has no owner tags any more"
        if not resource.unique_id:
            return replace(change, refusal=lost, advice=f"If it is still ours, {tags_back(resource, owner)}.")
    if not is_ours(resource, record, live, owner):
        return replace(change, refusal=whose(resource, live, owner), advice=if_taken(resource, live, state, flags))
    resource, kept = _as_born(resource, record)
    found = differences(resource, live, record.properties if record else None) + _lost_tags(resource, live, owner)
    change = replace(change, resource=resource, action=Action.UPDATE, differences=found, outputs=live.outputs)
    if fixed := [item for item in found if item.field in resource.immutable]:
        what = "; ".join(f"its {item.path} cannot change in place ({item.before!r} to {item.after!r})" for item in fixed)
        return replace(change, reason="an immutable property changed", refusal=what, advice=again)
    notes = "".join(f"; {note}" for note in (*live.notes, *kept))
    if record is None:
        return replace(change, reason="an earlier run made it but could not record it" + notes)
    if record.status is not Status.READY:
        return replace(change, reason=_STOPPED[record.status] + notes)
    if found:
        return replace(change, reason=cause(resource, record, found, edited=state.edited) + notes)
    return replace(change, action=Action.NOOP, reason="as wanted" + notes)


def _unwanted(
    record: Record,
    resource: Resource,
    state: State,
    live: Live | None,
    others_stay: bool,
    allowed: frozenset[str],
    brought: frozenset[tuple[str, str]],
) -> Change:
    owner = owner_of(state, record.address)
    change = Change(
        address=record.address,
        action=Action.DELETE,
        resource=resource,
        reason="no longer wanted" if others_stay else "made by this deployment",
        account=record.account,
        after=tuple(sorted(other.address for other in state.records.values() if record.address in other.depends_on)),
        record=record,
        outputs=live.outputs if live else record.outputs,
    )
    if live is None:
        return replace(change, action=Action.FORGET, reason="gone from AWS already")
    if resource.shared:
        return replace(change, action=Action.FORGET, reason="the whole account shares it, so it stays")
    if live.unreadable:
        return replace(change, refusal=live.unreadable)
    if is_a_strangers(resource, record, live, owner):
        reason = "ours is gone; what has its name now was made by somebody else and is left alone"
        return replace(change, action=Action.FORGET, reason=reason)
    if resource.taggable and live.owner != owner:
        return replace(
            change,
            refusal="its owner tags were taken away or changed, so it may have been given to somebody else",
            advice=f"If it is still this deployment's, {tags_back(resource, owner)}, and then run destroy.",
        )
    if resource.unique_id and live.owner != owner:
        return replace(
            change,
            refusal="nothing that it hangs on has the owner tags of this deployment, so it may be somebody else's",
            advice="Put the tags back where they were, or take it away by hand; then run destroy again.",
        )
    if (resource.kind, resource.label) in brought:
        return replace(
            change,
            refusal=f"the inputs bring {resource.label} as one that exists already, but this deployment made it",
            advice="Leave that input out: the deployment goes on using what it made.",
        )
    if live.blockers and resource.takes_along not in allowed:
        offered = resource.takes_along and not others_stay
        flag = f", or add --{resource.takes_along} to let it go with the rest" if offered else ""
        advice = f"Take away by hand what is in the way, and run the same command again{flag}."
        return replace(change, refusal="; ".join(live.blockers), advice=advice)
    return change


def _kept(change: Change) -> Outputs:
    """The outputs that stay as they are."""
    changed = {item.field for item in change.differences}
    renewed = {name for name, fields in change.resource.renewed.items() if changed & set(fields)}
    return {name: value for name, value in (change.outputs or {}).items() if name not in renewed}


def _as_found(changes: Iterable[Change], live: Mapping[str, Live | None]) -> Iterator[Resource]:
    """Our things with the properties that they have now: a change that was cut off left them on what they hung on."""
    for change in changes:
        found = live.get(change.address)
        if found and change.action in (Action.UPDATE, Action.DELETE, Action.NOOP):
            fields = change.resource.properties()
            yield replace(change.resource, **{name: value for name, value in found.properties.items() if name in fields})


def _with_others(change: Change, live: Live | None, claimed: Iterable[Part], allowed: frozenset[str]) -> Change:
    """Shows what somebody else added to our thing; where a delete would take it along or fail on it, refuses that."""
    if live is None or change.refusal or change.action is Action.FORGET:
        return change
    parts = live.parts - set(claimed)
    hanging, detachable = (
        tuple(sorted(f"{part.what} {part.id}" for part in found))
        for found in (parts, [part for part in parts if part.what == change.resource.detachable])
    )
    entries = others(change.resource, live, change.record.properties if change.record else None)
    change = replace(change, others=hanging + entries)
    blocking = hanging + tuple(entry for entry in entries if not entry.startswith("tag "))
    if change.action is not Action.DELETE or not blocking:
        return change
    if set(blocking) <= set(detachable) and DETACH_FOREIGN in allowed:
        return replace(change, detached=detachable)
    offer = f" With --{DETACH_FOREIGN} the {change.resource.detachable} is taken off, and stays." if detachable else ""
    return replace(
        change,
        refusal=f"somebody else added to it: {', '.join(blocking)}",
        advice=f"Take away what was added, if nobody needs it, and run destroy again.{offer}",
    )


def _as_born(resource: Resource, record: Record | None) -> tuple[Resource, tuple[str, ...]]:
    """With what only its creation could use as it was then, and remarks on what is wanted otherwise now."""
    had = {name: record.properties[name] for name in sorted(resource.at_birth)} if record else {}
    other = [name for name, value in had.items() if value != resource.properties()[name]]
    return replace(resource, **had), tuple(f"another {name} would count only if it were made anew" for name in other)


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
        Difference("tags", key, before.get(key), value) for key, value in owner.tags().items() if before.get(key) != value
    )
