"""Plans as files, and each way to change one value of JSON."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bootstrap import __version__
from bootstrap.core.account import EXAMPLE
from bootstrap.core.build import build
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration
from bootstrap.core.plan_file import PlanFile
from bootstrap.core.plan_moves import observed
from bootstrap.core.planner import make_plan
from bootstrap.core.state import State, digest
from bootstrap.integrations import integration as find
from bootstrap.permissions.settings_since import settings_in
from bootstrap.permissions.since import access_of
from bootstrap.resources import restore

MADE = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)


def graph_of(integration: Integration) -> Graph:
    graph = Graph([EXAMPLE])
    build(integration, graph)
    return graph


def first_plan(
    integration: Integration | None = None, created: datetime = MADE, lasts: timedelta = timedelta(days=1)
) -> PlanFile:
    """The plan of a create in an account where nothing exists."""
    integration = integration or find("upsolver-data-access").example()
    graph = graph_of(integration)
    state = State(deployment="acme", integration=integration.name, lineage="0" * 16, accounts={"default": EXAMPLE})
    plan = make_plan(graph.nodes, state, dict.fromkeys(graph.nodes), {"default": EXAMPLE}, restore)
    return PlanFile.of(
        integration,
        graph,
        plan,
        None,
        place=".bootstrap/acme.json",
        version=__version__,
        deployment="acme",
        allowed=frozenset(),
        access={**access_of(graph), **settings_in(graph, integration)},
        observed=observed(plan),
        versions={"role": {"arn:aws:iam::111111111111:policy/Limit": "v1 of ANPA1"}},
        demands={"read": "2026-11-27T09:30:00Z", "lines": ["The organization demands a tag"]},
        created=created,
        lasts=lasts,
    )


def changed(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The content with one value changed, once for each value in it, and once without each entry; with the path to it."""
    for at, value in _values(content):
        for other in _others(value):
            yield at, _with(content, at, other)
        if at:
            yield at, _with(content, at, ...)


def sealed(content: dict[str, Any]) -> str:
    """The text of a plan with the digest that it should have: as somebody edits it who knows how that is made."""
    return json.dumps({**content, "digest": digest(content)})


def _values(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in items:
        yield (*path, name), each
        yield from _values(each, (*path, name))


def _others(value: Any) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
        case str():
            yield f"{value}x"
        case int():
            yield value + 1
        case None:
            yield "x"
        case []:
            yield ["x"]
        case {} if not value:
            yield {"x": "x"}


def _with(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    found = copy.deepcopy(content)
    place = found
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return found
