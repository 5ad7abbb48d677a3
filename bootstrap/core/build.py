"""The graph of an integration as it is sent to AWS: locked while the vendor is still to show something, and with both
external ids during a rotation. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bootstrap.core import commands
from bootstrap.core.graph import Graph
from bootstrap.core.handoff import Handoff, Waiting
from bootstrap.core.input import EXTERNAL_ID, PREVIOUS
from bootstrap.core.integration import Integration
from bootstrap.core.pending import lock
from bootstrap.core.policy import Statement
from bootstrap.core.rotation import accept_both, joined_statements


def build(integration: Integration, graph: Graph) -> Handoff:
    """Adds what should exist to the graph. Raises UsageError if inputs contradict each other."""
    handoff = _said(integration, graph, integration.build(graph))
    if names := integration.pending:
        create = ["create", *commands.option("integration", integration.word())]
        return lock(graph, handoff, Waiting(integration.vendor, names), create)
    if previous := integration.previous_external_id:
        before = Graph(graph.accounts)
        _before(integration).build(before)
        return accept_both(graph, before, handoff, integration.current_external_id, previous, integration.vendor)
    return handoff


def _said(integration: Integration, graph: Graph, handoff: Handoff) -> Handoff:
    """Sentences of an integration that nobody reviewed say whose they are."""
    says = integration.provenance().says
    graph.if_missing[:] = map(says, graph.if_missing)
    for address, node in graph.nodes.items():
        if node.if_taken:
            graph.nodes[address] = replace(node, if_taken=says(node.if_taken))
    texts: dict[str, Any] = {name: tuple(map(says, getattr(handoff, name))) for name in ("steps", "later", "before_destroy")}
    return replace(handoff, **texts)


def statements_of(integration: Integration) -> Sequence[Statement]:
    """`Integration.statements`, as the graph has them."""
    if not integration.previous_external_id:
        return integration.statements
    return joined_statements(integration.statements, _before(integration).statements)


def _before(integration: Integration) -> Integration:
    """The integration as it was before the rotation."""
    inputs: dict[str, Any] = {EXTERNAL_ID: integration.previous_external_id, PREVIOUS: None}
    return replace(integration, **inputs)
