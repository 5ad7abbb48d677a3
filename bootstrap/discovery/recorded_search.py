"""The search for all that a recorded deployment has: by its owner tags, and where its inputs say that it may be."""

import json
import math
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration, examples
from bootstrap.core.search_filter import SearchFilter
from bootstrap.core.state import State
from bootstrap.discovery.search import Search, search
from bootstrap.engine.graphs import possible_services, search_filter_for
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
