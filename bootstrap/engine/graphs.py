"""Build the graph of an integration, and what follows from a graph alone: services, and what a search looks for."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from bootstrap.aws.session import Session, explained
from bootstrap.core import commands
from bootstrap.core.account import Account
from bootstrap.core.build import build
from bootstrap.core.checked_inputs import checked
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Handoff, Integration, inputs_of
from bootstrap.core.live import Outputs
from bootstrap.core.partitions import stand_ins
from bootstrap.core.policy import TooLong
from bootstrap.core.search_filter import SearchFilter
from bootstrap.core.state import State
from bootstrap.engine.refresh import Lookups, ask
from bootstrap.errors import PlanRefused, UsageError, lines
from bootstrap.permissions.graph_lint import describe, graph_findings
from bootstrap.resources import restore


def draft_graph(integration: Integration, accounts: Iterable[Account]) -> tuple[Graph, Handoff]:
    """The graph and the hand-off, without validation: for what an earlier version created."""
    graph = Graph(accounts)
    effects = tuple(map(integration.provenance().says, integration.side_effects))
    return graph, replace(build(integration, graph), side_effects=effects)


def build_graph(integration: Integration, accounts: Iterable[Account]) -> tuple[Graph, Handoff]:
    """The graph and the hand-off. Raises PlanRefused for what AWS would refuse."""
    accounts = list(accounts)
    graph, handoff = draft_graph(integration, accounts)
    wrong = [describe(address, item) for address, item in graph_findings(graph) if item.severity == "error"]
    if problems := [*graph.validate(), *wrong]:
        room = () if _fits(graph) else _room(integration, accounts)
        raise PlanRefused("AWS would refuse this", problems, lines(*room) or _advice(integration))
    return graph, handoff


def _advice(integration: Integration) -> str:
    if not integration.file:
        return "Fix the inputs; nothing was changed."
    check = commands.bootstrap("integrations", "check", arguments=[integration.file])
    return lines("Nothing was changed. Fix the inputs; if they are right, the file is wrong.", f"To check it, run: {check}")


def _fits(graph: Graph) -> bool:
    """Whether no policy is too long."""
    nodes = graph.nodes.values()
    return not any(
        isinstance(each, TooLong) for node in nodes for each in node.resource.validate(graph.account(node.account))
    )


def _room(integration: Integration, accounts: Iterable[Account]) -> Iterator[str]:
    """For policies that are too long: how many values of an input fit, for each input that makes them so long."""
    for item in inputs_of(type(integration)):
        values = getattr(integration, item.name)
        if item.kind != "list" or len(values) < 2:
            continue

        def too_long(number: int, name: str = item.name, values: tuple[str, ...] = values) -> bool:
            fewer: dict[str, Any] = {name: values[:number]}
            return not _fits(draft_graph(replace(integration, **fewer), accounts)[0])

        with suppress(UsageError):  # another input is about a value that was omitted
            if most := bisect_left(range(1, len(values)), True, key=too_long):
                prefixes = "/PREFIX" in item.metavar and any("/" in value for value in values)
                less = ", or whole buckets instead of prefixes: they need less room" if prefixes else ""
                yield f"{item.flag}: the first {most} of {len(values)} fit. Name fewer{less}."


def services_of(integration: Integration | None, state: State | None) -> set[str]:
    """The AWS services whose clients a run will need, known before the first call.

    Raises PlanRefused for what AWS would refuse, as far as that is clear without knowing the account.
    """
    graph = build_graph(integration, stand_ins(integration))[0] if integration else None
    return _services(graph, state)


def possible_services(integration: type[Integration] | None, state: State | None) -> set[str]:
    """The same for what an earlier version created, with whatever inputs: nothing is refused."""
    return _services(example_graph(integration) if integration else None, state)


@lru_cache(maxsize=4)
def example_graph(integration: type[Integration]) -> Graph:
    """To read from only: a search takes from it both services and names."""
    example = integration.example()
    return draft_graph(example, stand_ins(example))[0]


def _services(graph: Graph | None, state: State | None) -> set[str]:
    nodes = graph.nodes.values() if graph else ()
    records = state.records.values() if state else ()
    resources = (*(node.resource for node in nodes), *map(restore, records))
    return {service for resource in resources for service in resource.services}


def lookups_of(nodes: Mapping[str, Node], state: State, accounts: Mapping[str, Account]) -> Lookups:
    """What to read for a plan of these nodes, as far as references are known before anything exists."""

    def lookup(address: str, attribute: str) -> str | None:
        node = nodes[address]
        known = node.resource.resolved(lookup).predicted_outputs(accounts[node.account])
        return state.output(address, attribute) or known.get(attribute)

    def recorded(address: str) -> Outputs:
        record = state.records.get(address)
        return record.outputs if record else {}

    return {address: (node.resource.resolved(lookup), node.account, recorded(address)) for address, node in nodes.items()}


def search_filter_for(integration: Integration) -> SearchFilter:
    """Matches what a deployment of the integration may have created, with these inputs or others."""
    graph, _ = draft_graph(integration, stand_ins(integration))
    return SearchFilter.by(integration.path, graph, example_graph(type(integration)))


def resolve_lookups(session: Session, integration: Integration) -> Integration:
    """The integration, with the values that are looked up in the account. Call it once per run, as it may generate values.

    Raises PlanRefused for a resource whose name or path cannot be an input, because it would widen what a policy grants.
    """
    with explained(session.aws.logins):
        looking = session if session.reads else session.looking()
        found = integration.resolve_lookups(session.accounts, partial(ask, looking))
    try:
        return replace(found, **checked(type(found), found.to_json()))
    except UsageError as error:
        raise PlanRefused(
            "the account has a resource that no policy can name safely", [error.message], "Name another one."
        ) from error
