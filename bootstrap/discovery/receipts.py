"""The receipt of a destroy: each recorded resource is looked up again, and the owner tags are searched for."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import NamedTuple, TypeVar

from bootstrap.aws.reads import Reads
from bootstrap.aws.retry import read_consistent
from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session, explained
from bootstrap.core import commands
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration
from bootstrap.core.live import Live, Outputs
from bootstrap.core.ownership import NOT_OURS, is_borrowed, ownership_of
from bootstrap.core.plan import Action, Change
from bootstrap.core.planner import owner_of
from bootstrap.core.receipt import Item, Receipt
from bootstrap.core.state import State, Status
from bootstrap.discovery.recorded_search import from_state, search_for
from bootstrap.discovery.search import Search, TaggedResource, look_at
from bootstrap.engine.prepare import Prepared
from bootstrap.engine.refresh import beside, in_parallel, read_or_explain
from bootstrap.errors import BootstrapError, lines

K = TypeVar("K", bound=Hashable)

_BY_IAM = "IAM itself was asked for all that this deployment names in it, by path and by name"

Seen = Live | BootstrapError | None
"""The result of a look: the resource, the error with which AWS refused to show it, or None when it is not there."""


class Look(NamedTuple):
    """`is_ours` says whether what `read` gives should be gone."""

    read: Callable[[Reads], Live | None]
    is_ours: Callable[[Live], bool] = lambda live: True


def receipt(
    prepared: Prepared, integration: type[Integration] | None, searched_early: Callable[[], Search] | None = None
) -> Receipt:
    """What is there after the plan to destroy ran. `integration` is as in `search_for`; `searched_early` may give what a
    search has found. Changes nothing, and raises no error of AWS."""
    session, state, changes = prepared.session.looking(), prepared.state, prepared.plan.changes
    recorded = from_state(integration, state)
    find = searched_early or search_for(prepared, integration)
    looks = {each.address: Look(partial(_look, prepared, each), partial(_is_ours, prepared, each)) for each in changes}
    around, by_tags = partial(_side_effects, session, prepared), partial(_ask_by_tags, session, prepared)
    with beside(find) as searching, beside(around) as found_around, beside(by_tags):
        seen, searched, side_effects = _after_settling(session, looks), searching.result(), found_around.result()
    named = _named_in_iam(prepared, recorded) if searched.away and recorded else None
    away = searched.away if named is not None else ()
    tagged = [*(item for item in searched.found if item.owner.lineage == state.lineage), *(named or ())]
    strays = _strays(tagged, changes, seen)
    seen_strays = _after_settling(
        session, {key: Look(partial(_look_at_stray, session, item)) for key, item in strays.items()}
    )
    found = _of_plan(prepared, seen)
    reported = [(change.address, _outputs(change, seen[change.address])) for change in changes]
    left, unsearched = list(found.left), [line for line in searched.unknown if line not in away]
    for number, item in strays.items():
        now, address = seen_strays[number], item.owner.address
        if now is None or any(address == other and item.outputs.items() <= outputs.items() for other, outputs in reported):
            continue
        reported.append((address, now.outputs if isinstance(now, Live) else item.outputs))
        if isinstance(now, BootstrapError) or now.denial is not None:
            why = now.message if isinstance(now, BootstrapError) else now.unreadable
            unsearched.append(f"{item.kind} {item.name}, which has this deployment's tags: {why}")
        else:
            left.append(_unrecorded(prepared, item))
    return replace(
        found,
        left=tuple(left),
        kept=(*found.kept, *prepared.plan.untouched),
        unsearched=tuple(unsearched),
        unseen=tuple(item.name for item in tagged if not item.kind),
        notes=tuple(f"{line}. {_BY_IAM}" for line in away),
        others=(*found.others, *side_effects),
        side_effects=tuple(state.handoff.get("side_effects", ())),
    )


def kept(state: State, prepared: Prepared, given: Receipt) -> State:
    """The state with the records of what was deleted but may still be there: another destroy needs them."""
    here = {item.address for item in (*given.left, *given.unknown) if item.recorded}
    records = [change.record for change in prepared.plan.changes if change.record and change.address in here]
    there = {*here, *state.records}
    return state.put(
        *(
            replace(record, status=Status.DELETING, depends_on=tuple(need for need in record.depends_on if need in there))
            for record in records
            if record.address not in state.records
        )
    )


def used_existing(integration: type[Integration] | None, state: State) -> tuple[str, ...]:
    """What the recorded inputs name as existing, in words: no destroy touches it."""
    recorded, graph = from_state(integration, state), Graph(state.accounts.values())
    if recorded is None or not set(recorded.sign_ins) <= set(state.accounts):
        return ()
    try:
        recorded.build(graph)
    except BootstrapError:  # a destroy needs only the state
        return ()
    return tuple(
        f"{resource.kind} {resource.label} in account {state.accounts[alias].id}, which existed before"
        for alias, resource in graph.existing
    )


def _named_in_iam(prepared: Prepared, recorded: Integration) -> list[TaggedResource]:
    """What the integration names in IAM and no record has, as a search would have found it by its tags."""
    state, accounts = prepared.state, prepared.session.accounts
    graph, addresses = Graph(accounts.values()), {change.address for change in prepared.plan.changes}
    recorded.build(graph)
    nodes = [
        node
        for node in graph.nodes.values()
        if node.resource.services == ("iam",) and node.resource.identifiers.arn_prefixes
    ]
    return [
        TaggedResource(
            node.account,
            node.resource.kind,
            node.resource.label,
            graph.predicted(node).predicted_outputs(accounts[node.account]),
            owner_of(state, node.address),
        )
        for node in nodes
        if node.address not in addresses
    ]


def _of_plan(prepared: Prepared, seen: Mapping[str, Seen]) -> Receipt:
    """What became of each resource of the plan."""
    gone, left, unknown, others, kept = list[Item](), list[Item](), list[Item](), list[str](), list[str]()
    again = _command(prepared, "destroy")
    for change in prepared.plan.changes:
        now, resource = seen[change.address], change.resource
        named = (
            (change.outputs or {}).get(resource.identifiers.unique_id, resource.label)
            if resource.taggable
            else resource.label
        )
        item = Item(change.address, resource.kind, resource.label, named, change.account)
        where = f"{resource.kind} {resource.label} in account {prepared.session.accounts[change.account].id}"
        if isinstance(now, BootstrapError):
            unknown.append(replace(item, why=now.message, advice=lines(now.advice, f"Then run: {again}")))
        elif now is None:
            gone.append(replace(item, lost=change.loses))
        elif now.denial is not None:
            unknown.append(replace(item, why=now.unreadable, advice=lines(now.advice, f"Then run: {again}")))
        elif resource.identifiers.shared and change.action is Action.FORGET:
            by_us = "created by this deployment; " if change.record and change.record.created_here else ""
            kept.append(f"{where}: {by_us}left because the whole account shares it")
        elif not _is_ours(prepared, change, now):
            others.append(f"{where}, which somebody else created")
        else:
            reasons = [*(each.what for each in now.obstacles), *now.blockers]
            why = now.unreadable or "; ".join(reasons) or "it was deleted, but AWS still shows it"
            left.append(replace(item, why=why, advice=f"Run: {again}"))
    return Receipt(tuple(gone), tuple(left), tuple(unknown), others=tuple(others), kept=tuple(kept))


def _unrecorded(prepared: Prepared, item: TaggedResource) -> Item:
    which = next(iter(item.outputs.values()), item.name)
    record_it = _command(prepared, "state", "import", arguments=[item.owner.address, which])
    return Item(
        address=item.owner.address,
        kind=item.kind,
        name=item.name,
        id=which,
        account=item.account,
        why="it carries this deployment's owner tags, but the state has no record of it",
        advice=lines(f"Run: {record_it}", f"then: {_command(prepared, 'destroy')}"),
        recorded=False,
    )


def _strays(
    tagged: Iterable[TaggedResource], changes: Iterable[Change], seen: Mapping[str, Seen]
) -> dict[int, TaggedResource]:
    """The tagged resources that no look at a change was about, numbered; those with an id come last."""
    by_address = {each.address: each for each in changes}

    def was_seen(item: TaggedResource) -> bool:
        """The change has the same id, and the look found that id or nothing."""
        change = by_address.get(item.owner.address)
        if change is None or item.kind != change.resource.kind or not item.outputs:
            return False
        now = seen[change.address]
        same = (change.outputs or {}, *([now.outputs] if isinstance(now, Live) and now.denial is None else []))
        return all(item.outputs.items() <= outputs.items() for outputs in same)

    return dict(enumerate(sorted((x for x in tagged if x.kind and not was_seen(x)), key=lambda item: not item.outputs)))


def _look(prepared: Prepared, change: Change, reads: Reads) -> Live | None:
    session = prepared.session
    owner = owner_of(prepared.state, change.address)
    account = session.accounts[change.account]
    scope = Scope(session.aws, account, owner, destroying=True, expects_gone=True, reads=reads)
    return read_or_explain(scope, change.resource, change.outputs or {})


def _is_ours(prepared: Prepared, change: Change, live: Live) -> bool:
    assert change.record is not None
    owner = owner_of(prepared.state, change.address)
    proofs = change.resource, change.record, live, owner
    return not is_borrowed(*proofs) and ownership_of(*proofs) not in NOT_OURS


def _look_at_stray(session: Session, item: TaggedResource, reads: Reads) -> Live | None:
    found = look_at(replace(session, reads=reads), item, destroying=True)
    return found[1] if found else None


def _ask_by_tags(session: Session, prepared: Prepared) -> None:
    """Asks ahead for what has the tags of a machine: its volumes have them, too, and the search may find these for some time
    after all of it is gone."""

    def ask(change: Change) -> None:
        item = TaggedResource(change.account, change.resource.kind, "", {}, owner_of(prepared.state, change.address))
        with suppress(BootstrapError):  # whoever needs the answer gets the error
            _look_at_stray(session, item, session.look())

    tagged_together = [each for each in prepared.plan.changes if "" in each.resource.identifiers.arn_prefixes.values()]
    in_parallel(session, ask, tagged_together)


def _after_settling(session: Session, looks: Mapping[K, Look]) -> dict[K, Seen]:
    """The result of each look, by its key. AWS may show a deleted resource for some seconds (`Timing.vanish`), so whatever
    is left is looked at again during that time."""
    vanish = session.aws.timing.vanish

    def seen(reads: Reads, key: K) -> Seen:
        try:
            with explained(session.aws.logins):
                return looks[key].read(reads)
        except BootstrapError as error:
            return error

    def look_again_for(key: K, now: Seen) -> float | None:
        is_left = isinstance(now, Live) and now.denial is None and looks[key].is_ours(now)
        return vanish if vanish and is_left else None

    each_time = chain([session.look()], iter(lambda: Reads(session.aws), None))
    return read_consistent(
        lambda keys: dict(zip(keys, in_parallel(session, partial(seen, next(each_time)), keys), strict=True)),
        list(looks),
        look_again_for,
        session.aws.timing.pause,
        lambda left: session.tell("Looking again: AWS may still show what was deleted."),
    )


def _side_effects(session: Session, prepared: Prepared) -> list[str]:
    """What AWS or the workload created around the deleted resources: it never belonged to this deployment."""
    reads = session.look()

    def of(change: Change) -> Sequence[str]:
        account, owner = session.accounts[change.account], owner_of(prepared.state, change.address)
        try:
            with explained(session.aws.logins):
                return change.resource.side_effects(Scope(session.aws, account, owner, reads=reads), change.outputs or {})
        except BootstrapError as error:  # the resource itself is deleted all the same
            return [f"what may be left of {change.address} could not be looked for ({error.message})"]

    return list(dict.fromkeys(each for found in in_parallel(session, of, prepared.plan.work) for each in found))


def _outputs(change: Change, now: Seen) -> Outputs:
    """By which a tagged resource is recognized as the one of this change."""
    if isinstance(now, Live):
        return now.outputs
    return (change.outputs or {}) if now else {}


def _command(prepared: Prepared, *words: str, arguments: Sequence[str] = ()) -> str:
    return commands.bootstrap(*words, arguments=arguments, name=prepared.state.deployment, flags=prepared.session.flags)
