"""Rebuilds a lost state, or one record of it, from what AWS has: by owner tags, names that follow from the inputs, and ids.

A thing is taken when its owner tags say this deployment and its address; what has no tags (an attachment), when what it
hangs on has them. What the inputs name is recorded as they want it, so that a plan then shows what differs; what they do
not name (an earlier run had other inputs) is recorded as it is.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from bootstrap.aws.session import Session
from bootstrap.core import commands
from bootstrap.core.difference import differences
from bootstrap.core.graph import Graph, ordered
from bootstrap.core.input import Input
from bootstrap.core.integration import Handoff, Integration, inputs_of
from bootstrap.core.live import Live
from bootstrap.core.planner import owner_of
from bootstrap.core.recovered import Recovered, RecoveredResource
from bootstrap.core.reference import references
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State, Status
from bootstrap.discovery.matching import Match, Matcher
from bootstrap.discovery.search import Search, as_created, search, verified
from bootstrap.engine.graphs import draft_graph, resolve_lookups, search_filter_for, services_of
from bootstrap.errors import PlanRefused, StateError, UnmanagedResource, UsageError, lines

DRAWN = "bootstrap-drawn"
"""Stands for an input that an earlier run drew at random, until what was made with it tells its value."""


class Rebuilt(NamedTuple):
    """The state as it would be saved, and what it was rebuilt from."""

    state: State
    found: Recovered


def rebuilt(session: Session, deployment: str, integration: Integration, lineage: str | None = None) -> Rebuilt:
    """The state of a deployment whose state is lost. Changes nothing.

    `lineage` chooses between several lost states of this name. Raises StateError when there are several and none is
    chosen, or when nothing is found.
    """
    searched = verified(session, search(session, deployment, services_of(integration, None), search_filter_for(integration)))
    drawn = [item.name for item in inputs_of(type(integration)) if item.generated and not getattr(integration, item.name)]
    signs: dict[str, Any] = dict.fromkeys(drawn, DRAWN)
    wanted = resolve_lookups(session, replace(integration, **signs))
    graph, _ = draft_graph(wanted, session.accounts.values())
    state = State(
        deployment=deployment,
        integration=integration.name,
        lineage="",
        accounts=session.accounts,
        sign_ins=wanted.sign_ins,
        recovered=int(time.time()),
    )
    state = replace(state, lineage=_lineage(Matcher(session, state, graph.nodes), searched, lineage))
    finds = Matcher(session, state, graph.nodes)
    finds.gather([item for item in searched.found if item.owner.lineage == state.lineage])
    if not finds.things:
        raise _nothing(state, searched)
    told: dict[str, Any] = {item.name: _told(finds, item) for item in inputs_of(type(integration)) if item.name in drawn}
    wanted = replace(wanted, **told)
    if unknown := [name for name, value in told.items() if value is None]:
        wanted = resolve_lookups(session, wanted)
    graph, handoff = draft_graph(wanted, session.accounts.values())
    return _recorded(state, wanted, graph, handoff, finds, [*searched.unknown, *map(_not_told, unknown)])


def imported(
    session: Session, state: State, integration: Integration, address: str, which: str = ""
) -> tuple[State, tuple[RecoveredResource, ...]]:
    """The state with the thing of this address, which must carry the deployment's owner tags; `which` is its id, name or
    ARN where there are several. With it comes what has no tags and hangs on it: destroy would take that for somebody
    else's. Changes nothing in AWS.

    Raises UnmanagedResource for somebody else's thing: what is recorded, destroy deletes.
    """
    graph, _ = draft_graph(integration, session.accounts.values())
    services = {*services_of(integration, None), *services_of(None, state)}
    searched = search(session, state.deployment, services, search_filter_for(integration))
    of_address = [item for item in searched.found if item.owner == owner_of(state, address)]
    node = graph.nodes.get(address)
    lookup = Matcher(session, state, graph.nodes).lookup
    finds = Matcher(session, state, {address: replace(node, resource=node.resource.resolved(lookup))} if node else {})
    found = finds.candidates(address, of_address)
    chosen = [thing for thing in found if which in ("", thing.name, *thing.live.outputs.values())]
    if len(chosen) > 1:
        ids = ", ".join(commands.shell_word(_id(thing)) for thing in chosen)
        raise UsageError(f"there are several things with the owner tags of {address}", f"Add one of: {ids}")
    if not chosen:
        if theirs := finds.strangers.get(address):
            raise UnmanagedResource(
                f"{theirs} exists, and its owner tags are not those of {address} of this deployment",
                "Only what carries them is recorded, because destroy deletes what is recorded. Bring it as an input, if "
                "there is one for it, or leave it.",
            )
        what = f" with the id {which}" if which else ""
        raise StateError(
            f"nothing{what} carries the owner tags of {address} of {state.deployment}",
            lines(
                *_unsearched(searched),
                "What the inputs want and is not there, create makes.",
                f"See what is recorded: {commands.bootstrap('state', 'show', name=state.deployment, flags=session.flags)}",
            ),
        )
    finds.things, finds.nodes = {address: chosen[0]}, graph.nodes
    record, taken, _ = _record(state, finds, address, graph)
    after = state.put(record)
    lookup = Matcher(session, after, graph.nodes).lookup
    hanging = {
        each: replace(node, resource=node.resource.resolved(lookup))
        for each, node in graph.nodes.items()
        if address in node.depends_on and not node.resource.taggable and each not in after.records
    }
    on_it = Matcher(session, after, hanging)
    on_it.gather(())
    on_it.nodes = graph.nodes
    also = [_record(after, on_it, each, graph) for each in hanging if each in on_it.things]
    return after.put(*(item for item, _, _ in also)), (taken, *(item for _, item, _ in also))


def _lineage(finds: Matcher, searched: Search, chosen: str | None) -> str:
    """Which state's things are meant."""
    owners = [item.owner for item in searched.found if item.kind] + finds.owners()
    there: dict[str, set[str]] = {}
    for owner in owners:
        if owner.deployment == finds.state.deployment and owner.lineage:
            there.setdefault(owner.lineage, set()).add(owner.address)
    if not there:
        raise _nothing(finds.state, searched)
    if chosen in there or (chosen is None and len(there) == 1):
        return chosen or next(iter(there))
    rows = [f"{lineage}: {', '.join(sorted(addresses))}" for lineage, addresses in sorted(there.items())]
    raise PlanRefused(
        f"the tags name {len(there)} state{'s' if len(there) > 1 else ''} of {finds.state.deployment}, not {chosen}"
        if chosen
        else f"the tags name {len(there)} states of {finds.state.deployment}; nothing was recorded",
        rows,
        f"Add --lineage with one of: {', '.join(map(commands.shell_word, sorted(there)))}",
    )


def _nothing(state: State, searched: Search) -> StateError:
    where = ", ".join(f"account {account.id}, region {account.region}" for account in state.accounts.values())
    check = "Check --name, --region and the account. If nothing is there, create starts anew."
    return StateError(
        f"nothing that carries the owner tags of a deployment {state.deployment!r} was found in {where}",
        lines(*_unsearched(searched), check),
    )


def _unsearched(searched: Search) -> list[str]:
    return [f"Could not be looked for: {line}." for line in searched.unknown]


def _recorded(
    state: State, wanted: Integration, graph: Graph, handoff: Handoff, finds: Matcher, unsearched: list[str]
) -> Rebuilt:
    finds.nodes = graph.nodes
    order = [*(address for address in graph.nodes if address in finds.things), *sorted(set(finds.things) - set(graph.nodes))]
    made = [_record(state, finds, address, graph) for address in order]
    records = [record for record, _, _ in made]
    unsearched += [f"{record.address}: {unread}" for record, _, unread in made if unread]
    try:
        ordered({record.address: record.depends_on for record in records})
    except PlanRefused:  # guessed from what the things name, where the inputs do not say
        records = [record if record.address in graph.nodes else replace(record, depends_on=()) for record in records]
    given = tuple(sorted(wanted.given))
    state = replace(state, inputs=wanted.to_json(), given=given, handoff=handoff.to_json(), wanted=tuple(graph.nodes))
    state = state.put(*records)
    return Rebuilt(
        state,
        Recovered(
            deployment=state.deployment,
            lineage=state.lineage,
            taken=tuple(taken for _, taken, _ in made),
            missing=state.missing,
            unclaimed=tuple(finds.unclaimed),
            unsearched=(
                *unsearched,
                *(f"{address}: {why}" for address, why in finds.unreadable.items() if address not in finds.things),
            ),
        ),
    )


def _record(state: State, finds: Matcher, address: str, graph: Graph) -> tuple[Record, RecoveredResource, str]:
    """With what could not be read of how the thing was created."""
    thing, node = finds.things[address], graph.nodes.get(address)
    resource, live, differs = thing.resource, thing.live, set[str]()
    wanted = node is not None and (node.resource.kind, node.account) == (resource.kind, thing.account)
    known = {*finds.things, *state.records}
    needs = _needs(finds.things, address)
    if node and wanted:
        resource = node.resource.resolved(finds.lookup)
        differs = {item.field for item in differences(resource, live) if not any(references(item.after))}
        resource = _as_wanted(resource, live)
        needs = set(node.depends_on) & known
    resource, unread = as_created(finds.session, thing.account, owner_of(state, address), resource, live)
    record = Record(
        address=address,
        kind=resource.kind,
        account=thing.account,
        status=Status.READY,  # never unfinished work: what is stricter than the inputs want may be somebody's decision
        properties=resource.properties(),
        outputs=dict(live.outputs),
        depends_on=tuple(sorted(needs)),
        generation=state.generation,
    )
    taken = RecoveredResource(
        address, resource.kind, resource.label, _id(thing), thing.account, wanted, tuple(sorted(differs))
    )
    return record, taken, unread


def _as_wanted(resource: Resource, live: Live) -> Resource:
    """As the inputs want it; but what cannot change, and what refers to something that is not there, as it is."""
    own = resource.properties()

    def as_it_is(name: str, value: Any) -> Any:
        if any(references(value)):
            return live.properties.get(name, "")
        fixed = name in resource.immutable and name in live.properties
        same = not fixed or resource.canonical(name, live.properties[name]) == resource.canonical(name, value)
        return value if same else live.properties[name]

    return resource.from_properties({name: as_it_is(name, value) for name, value in own.items()})


def _needs(things: Mapping[str, Match], address: str) -> set[str]:
    """What a thing hangs on or names by id or ARN: it must be deleted before those."""
    resource = things[address].resource
    named, parts = set(_texts(resource.properties())), set(resource.attachments())

    def needed(other: Match) -> bool:
        outputs = other.live.outputs.items()
        handles = {value for name, value in outputs if name == other.resource.unique_id or value.startswith("arn:")}
        return bool(named & handles or parts & other.live.parts)

    return {other for other, thing in things.items() if other != address and needed(thing)}


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)


def _told(finds: Matcher, drawn: Input) -> str | None:
    """What stands now where the inputs want a value that was drawn, unless it could not be one."""
    for address, thing in finds.things.items():
        if node := finds.nodes.get(address):
            for value in _at(DRAWN, node.resource.properties(), thing.live.properties):
                with suppress(UsageError):
                    return str(drawn.checked(value))
    return None


def _at(sign: str, wanted: Any, live: Any) -> Iterator[str]:
    """The texts of `live` at the places where `wanted`, of the same shape, has the sign."""
    match wanted, live:
        case str(), str() if wanted == sign:
            yield live
        case dict(), dict():
            for key in wanted.keys() & live.keys():
                yield from _at(sign, wanted[key], live[key])
        case list(), list():
            for one, other in zip(wanted, live, strict=False):
                yield from _at(sign, one, other)


def _not_told(name: str) -> str:
    flag = "--" + name.replace("_", "-")
    return f"what {flag} was drawn as; another one was drawn now. Give {flag} if you know it"


def _id(thing: Match) -> str:
    outputs = thing.live.outputs
    return outputs.get(thing.resource.unique_id) or next(iter(outputs.values()), thing.resource.label)
