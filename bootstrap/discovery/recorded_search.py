"""The search for all that a recorded deployment has: by its owner tags, and where its inputs say that it may be."""

import json
import math
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Integration, examples
from bootstrap.core.search_filter import SearchFilter
from bootstrap.core.state import State
from bootstrap.discovery.search import Search, search
from bootstrap.engine.graphs import build_graph, example_graph, possible_services, search_filter_for
from bootstrap.engine.prepare import Prepared
from bootstrap.errors import BootstrapError


def search_for(prepared: Prepared, integration: type[Integration] | None) -> Callable[[], Search]:
    """The search for what carries the owner tags. `integration` is the one of the state, None when this version does not
    have it."""
    state = prepared.state
    services, matches = _services(integration, state), _search_filter(from_state(integration, state), state)
    return lambda: search(prepared.session.looking(), state.deployment, services, matches)


def from_state(integration: type[Integration] | None, state: State) -> Integration | None:
    """The integration with the recorded inputs; None when this version does not have it, or does not accept them."""
    return _from_inputs(integration, json.dumps(state.inputs)) if integration else None


@lru_cache(maxsize=4)
def _from_inputs(integration: type[Integration], inputs: str) -> Integration | None:
    """What a destroy asks for more than once."""
    try:
        found = from_inputs(integration, json.loads(inputs))
        found.build(Graph(examples(found)))
    except BootstrapError:
        return None
    return found


def _search_filter(recorded: Integration | None, state: State) -> SearchFilter:
    return search_filter_for(recorded) if recorded else SearchFilter(str(state.inputs.get("path") or "/"))


def _services(integration: type[Integration] | None, state: State) -> set[str]:
    """The services of everything that the integration creates, as records may be missing (`state rm`); without the
    integration, those of the records."""
    return possible_services(integration, state)


def unrecorded(integration: type[Integration] | None, state: State) -> list[Node]:
    """What the search may come across beside what is recorded, as after a destroy that was cut off: all that the recorded
    inputs make, and one of each other type that other inputs would make."""
    if integration is None:
        return []
    recorded, found = from_state(integration, state), list[Node]()
    graphs = [build_graph(recorded, state.accounts.values())[0]] if recorded else []
    for graph in (*graphs, example_graph(integration)):
        known = {node.resource.kind for node in found}
        nodes = [replace(node, resource=graph.predicted(node)) for node in graph.nodes.values()]
        found += [node for node in nodes if node.account in state.accounts and node.resource.kind not in known]
    return [node for node in found if node.address not in state.records]


class EarlySearch:
    """For a receipt: begun while the last changes run, as a search takes more round trips than looking at what is recorded.
    What began more than `fresh` seconds ago does not count."""

    def __init__(self, search: Callable[[], Search], fresh: float) -> None:
        self._search, self._fresh = search, fresh
        self._began, self.found = -math.inf, Future[Search]()

    def begin(self) -> None:
        pool = ThreadPoolExecutor(1)
        self._began, self.found = time.monotonic(), pool.submit(self._search)
        pool.shutdown(wait=False)

    def result(self) -> Search:
        """What was found; searches now if it was not begun, is too old or failed."""
        is_fresh = time.monotonic() - self._began <= self._fresh
        return self.found.result() if is_fresh and not self.found.exception() else self._search()
