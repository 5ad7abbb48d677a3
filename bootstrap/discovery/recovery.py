"""Rebuilds a lost state, or one record of it, from what AWS has.

A resource is recorded when its owner tags name this deployment and its address; one that cannot have tags (an attachment),
when the resource that it belongs to has them. What is in the graph of the inputs is recorded as the inputs want it, so that
a plan then shows the differences. What is not (an earlier run had other inputs) is recorded as it is in AWS.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from bootstrap.aws.session import Session
from bootstrap.core import commands
from bootstrap.core.difference import differences
from bootstrap.core.graph import Graph, ordered
from bootstrap.core.integration import Handoff, Integration
from bootstrap.core.live import Live
from bootstrap.core.planner import owner_of
from bootstrap.core.recovered import Contradicted, Recovered, RecoveredResource
from bootstrap.core.reference import references
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State, Status
from bootstrap.core.strictness import Held, Stopped
from bootstrap.discovery.matcher import Match, Matcher
from bootstrap.discovery.next_create import with_later
from bootstrap.discovery.recovered_inputs import contradicted, omitted_options, tags_of_create, with_generated
from bootstrap.discovery.search import Search, as_created, search, verified
from bootstrap.engine.graphs import draft_graph, resolve_lookups, search_filter_for, services_of
from bootstrap.errors import PlanRefused, StateError, UnmanagedResource, UsageError, lines


class Rebuilt(NamedTuple):
    """The state as it would be saved, and what it was rebuilt from."""

    state: State
    found: Recovered


class Recorded(NamedTuple):
    """A new record, how it is reported, and what of the resource's creation could not be read ("" when all was)."""

    record: Record
    taken: RecoveredResource
    unread: str


def rebuild(session: Session, deployment: str, integration: Integration, lineage: str | None = None) -> Rebuilt:
    """The state of a deployment whose state is lost. Changes nothing.

    `lineage` chooses between several lost states of this name. Raises StateError when nothing is found, PlanRefused when
    the tags name several states and `lineage` is none of them.
    """
    searched = verified(session, search(session, deployment, services_of(integration, None), search_filter_for(integration)))
    wanted = resolve_lookups(session, integration)
    graph, _ = draft_graph(wanted, session.accounts.values())
    state = State(
        deployment=deployment,
        integration=integration.name,
        source=integration.source(),
        lineage="",
        accounts=session.accounts,
        sign_ins=wanted.sign_ins,
        recovered=int(time.time()),
    )
    state = replace(state, lineage=_lineage(Matcher(session, state, graph.nodes), searched, lineage))
    matcher = Matcher(session, state, graph.nodes)
    matcher.match_all([item for item in searched.found if item.owner.lineage == state.lineage])
    if not matcher.matches:
        raise _nothing_found(state, searched)
    wanted, regenerated = with_generated(integration, wanted, matcher.matches)
    tags = tags_of_create(wanted, matcher.matches.values())
    wanted = replace(wanted, tag=(*wanted.tag, *tags), given=wanted.given | {"tag"}) if tags else wanted
    graph, handoff = draft_graph(wanted, session.accounts.values())
    against = contradicted(wanted, graph, matcher.matches, session.accounts.values())
    rebuilt = _recorded(state, wanted, graph, handoff, matcher, [*searched.unknown, *regenerated], tags, tuple(against))
    omitted = omitted_options(wanted, graph, matcher.matches, tuple(session.accounts.values()), matcher.lookup)
    return rebuilt._replace(found=replace(rebuilt.found, omitted=omitted))


def import_resource(
    session: Session, state: State, integration: Integration, address: str, which: str = ""
) -> tuple[State, tuple[RecoveredResource, ...]]:
    """The state with the resource of this address, which must carry the deployment's owner tags; `which` is its id, name
    or ARN where there are several. Resources without tags that belong to it are recorded with it: destroy would otherwise
    take them for somebody else's. Changes nothing in AWS.

    Raises UnmanagedResource for somebody else's resource, because destroy deletes what is recorded.
    """
    graph, _ = draft_graph(integration, session.accounts.values())
    services = {*services_of(integration, None), *services_of(None, state)}
    searched = search(session, state.deployment, services, search_filter_for(integration))
    of_address = [item for item in searched.found if item.owner == owner_of(state, address)]
    node = graph.nodes.get(address)
    lookup = Matcher(session, state, graph.nodes).lookup
    matcher = Matcher(session, state, {address: replace(node, resource=node.resource.resolved(lookup))} if node else {})
    found = matcher.candidates(address, of_address)
    chosen = [match for match in found if which in ("", match.name, *match.live.outputs.values())]
    if len(chosen) > 1:
        ids = ", ".join(commands.shell_word(_id(match)) for match in chosen)
        raise UsageError(f"there are several resources with the owner tags of {address}", f"Add one of: {ids}")
    if not chosen:
        raise _not_importable(session, state, searched, matcher, address, which)
    matcher.matches, matcher.nodes = {address: chosen[0]}, graph.nodes
    imported = _record(state, matcher, address, graph)
    after = state.put(imported.record)
    lookup = Matcher(session, after, graph.nodes).lookup
    attached = {
        each: replace(node, resource=node.resource.resolved(lookup))
        for each, node in graph.nodes.items()
        if address in node.depends_on and not node.resource.taggable and each not in after.records
    }
    attachments = Matcher(session, after, attached)
    attachments.match_all(())
    attachments.nodes = graph.nodes
    also = [_record(after, attachments, each, graph) for each in attached if each in attachments.matches]
    return after.put(*(each.record for each in also)), (imported.taken, *(each.taken for each in also))


def _not_importable(
    session: Session, state: State, searched: Search, matcher: Matcher, address: str, which: str
) -> UnmanagedResource | StateError:
    if theirs := matcher.unmanaged.get(address):
        return UnmanagedResource(
            f"{theirs} exists, and its owner tags are not those of {address} of this deployment",
            "Only a resource with these tags is recorded, because destroy deletes what is recorded. To use it as it is, "
            "name it in an input, if the integration has one for it.",
        )
    what = f" with the id {which}" if which else ""
    return StateError(
        f"nothing{what} carries the owner tags of {address} of {state.deployment}",
        lines(
            *_unsearched(searched),
            "If the inputs ask for it, create creates it.",
            f"To see what is recorded, run: "
            f"{commands.bootstrap('state', 'show', name=state.deployment, flags=session.flags)}",
        ),
    )


def _lineage(matcher: Matcher, searched: Search, chosen: str | None) -> str:
    """The lineage of the lost state. Raises what `rebuild` raises."""
    owners = [item.owner for item in searched.found if item.kind] + matcher.owners()
    deployment = matcher.state.deployment
    addresses: dict[str, set[str]] = {}
    for owner in owners:
        if owner.deployment == deployment and owner.lineage:
            addresses.setdefault(owner.lineage, set()).add(owner.address)
    if not addresses:
        raise _nothing_found(matcher.state, searched)
    if chosen in addresses:
        return chosen
    if chosen is None and len(addresses) == 1:
        return next(iter(addresses))
    found = f"the tags name {len(addresses)} state{'s' if len(addresses) > 1 else ''} of {deployment}"
    raise PlanRefused(
        f"{found}, not {chosen}" if chosen else f"{found}; nothing was recorded",
        [f"{lineage}: {', '.join(sorted(each))}" for lineage, each in sorted(addresses.items())],
        f"Add --lineage with one of: {', '.join(map(commands.shell_word, sorted(addresses)))}",
    )


def _nothing_found(state: State, searched: Search) -> StateError:
    where = ", ".join(f"account {account.id}, region {account.region}" for account in state.accounts.values())
    check = "Check --name, --region and the account. If nothing is there, create creates everything."
    return StateError(
        f"nothing that carries the owner tags of a deployment {state.deployment!r} was found in {where}",
        lines(*_unsearched(searched), check),
    )


def _unsearched(searched: Search) -> list[str]:
    return [f"Could not be looked for: {line}." for line in searched.unknown]


def _recorded(
    state: State,
    wanted: Integration,
    graph: Graph,
    handoff: Handoff,
    matcher: Matcher,
    unsearched: list[str],
    tags: tuple[str, ...],
    against: tuple[Contradicted, ...],
) -> Rebuilt:
    matcher.nodes = graph.nodes
    in_graph = [address for address in graph.nodes if address in matcher.matches]
    made = [_record(state, matcher, each, graph) for each in (*in_graph, *sorted(set(matcher.matches) - set(graph.nodes)))]
    records = [each.record for each in made]
    unsearched += [f"{each.record.address}: {each.unread}" for each in made if each.unread]
    try:
        ordered({record.address: record.depends_on for record in records})
    except PlanRefused:  # outside the graph the dependencies are a guess
        records = [record if record.address in graph.nodes else replace(record, depends_on=()) for record in records]
    given = tuple(sorted(wanted.given))
    state = replace(state, inputs=wanted.to_json(), given=given, handoff=handoff.to_json(), wanted=tuple(graph.nodes))
    state = state.put(*records)
    unreadable = [f"{address}: {why}" for address, why in matcher.unreadable.items() if address not in matcher.matches]
    found = Recovered(
        deployment=state.deployment,
        lineage=state.lineage,
        taken=with_later(matcher.session, graph.nodes, state, matcher.matches, (each.taken for each in made)),
        missing=state.missing,
        tags=tags,
        unclaimed=tuple(matcher.unclaimed),
        unsearched=(*unsearched, *unreadable),
        contradicted=against,
    )
    return Rebuilt(state, found)


def _record(state: State, matcher: Matcher, address: str, graph: Graph) -> Recorded:
    match, node = matcher.matches[address], graph.nodes.get(address)
    resource, live, differs = match.resource, match.live, set[str]()
    wanted = node is not None and (node.resource.kind, node.account) == (resource.kind, match.account)
    depends_on = _dependencies(matcher.matches, address)
    if node and wanted:
        resource = node.resource.resolved(matcher.lookup)
        differs = {item.field for item in differences(resource, live) if not any(references(item.after))}
        resource = _as_desired(resource, live)
        depends_on = set(node.recorded_needs) & {*matcher.matches, *state.records}
    resource, unread = as_created(matcher.session, match.account, owner_of(state, address), resource, live)
    record = Record(
        address=address,
        kind=resource.kind,
        account=match.account,
        status=Status.READY,  # never unfinished: what is stricter than the inputs ask for may be somebody's decision
        properties=resource.properties(),
        outputs=dict(live.outputs),
        depends_on=tuple(sorted(depends_on)),
        generation=state.generation,
    )
    rules = resource.updates.strictness
    switched_off = tuple(name for name in sorted(differs) if isinstance(rules.get(name), Stopped | Held))
    taken = RecoveredResource(
        address, resource.kind, resource.label, _id(match), match.account, wanted, tuple(sorted(differs)), switched_off
    )
    return Recorded(record, taken, unread)


def _as_desired(resource: Resource, live: Live) -> Resource:
    """As the inputs want it, except for immutable fields and references to what is not there: these as they are."""

    def recorded(name: str, value: Any) -> Any:
        if any(references(value)):
            return live.properties.get(name, "")
        if name not in resource.updates.force_new or name not in live.properties:
            return value
        current = live.properties[name]
        return value if resource.canonical(name, current) == resource.canonical(name, value) else current

    return resource.from_properties({name: recorded(name, value) for name, value in resource.properties().items()})


def _dependencies(matches: Mapping[str, Match], address: str) -> set[str]:
    """The addresses of what a resource belongs to or names by id or ARN: it must be deleted before those."""
    resource = matches[address].resource
    named, attachments = set(_texts(resource.properties())), set(resource.attachments())

    def depends_on(other: Match) -> bool:
        outputs = other.live.outputs.items()
        handles = {
            value for name, value in outputs if name == other.resource.identifiers.unique_id or value.startswith("arn:")
        }
        return bool(named & handles or attachments & other.live.parts)

    return {other for other, match in matches.items() if other != address and depends_on(match)}


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


def _id(match: Match) -> str:
    outputs = match.live.outputs
    return outputs.get(match.resource.identifiers.unique_id) or next(iter(outputs.values()), match.resource.label)
