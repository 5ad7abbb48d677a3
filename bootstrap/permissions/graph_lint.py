"""Lints the policies of a graph before they are sent to AWS."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from bootstrap.core.graph import Graph
from bootstrap.core.policy import Statement
from bootstrap.core.reference import references
from bootstrap.permissions import lint
from bootstrap.permissions.actions import table
from bootstrap.permissions.attached import attached_findings
from bootstrap.permissions.lint import Finding


def graph_findings(graph: Graph, statements: Sequence[Statement] = ()) -> Iterator[tuple[str, Finding]]:
    """What is wrong or dangerous in the policies of a graph, by address, beyond what `Resource.validate` finds.

    `statements` are the integration's, with the vendor's reason for each.
    """
    own = {graph.account(node.account).id for node in graph.nodes.values()}
    reasons = {item.sid: item.why for item in reversed(statements)}
    attached = dict(_attached(graph))
    of_each_role = documents_by_role(graph)
    for node in graph.nodes.values():
        if node.address in attached:
            continue  # it is linted together with the other policies of its role
        if node.resource.kind == "iam_role_attachment":
            properties = node.resource.properties()
            if not list(references(properties["policy_arn"])):
                for item in attached_findings(properties["policy_arn"]):
                    yield node.address, replace(item, why=properties["why"])
        documents = of_each_role.get(node.address) or graph.predicted(node).policies(graph.account(node.account))
        named = {f"{name}: " if len(documents) > 1 else "": content for name, content in documents.items()}
        for item in _findings(json.dumps(named), frozenset(own)):
            yield node.address, replace(item, why=reasons.get(item.sid, ""))


@lru_cache(maxsize=1024)
def _findings(documents: str, own: frozenset[str]) -> tuple[Finding, ...]:
    """Remembered: a run builds its graph several times, with mostly the same documents."""
    return tuple(lint.statement_findings(json.loads(documents), table(), own))


def documents_by_role(graph: Graph) -> dict[str, dict[str, Any]]:
    """The policy documents of each role, by its address: inline policies and trust by name, and the attached policies that
    the graph creates by their address."""
    found = {
        node.address: dict(graph.predicted(node).policies(graph.account(node.account)))
        for node in graph.nodes.values()
        if node.resource.kind == "iam_role"
    }
    for policy, role in _attached(graph):
        node = graph.nodes[policy]
        [content] = graph.predicted(node).policies(graph.account(node.account)).values()
        found[role][policy] = content
    return found


def _attached(graph: Graph) -> Iterator[tuple[str, str]]:
    """(policy, role) by address, where the graph creates both and attaches one to the other."""
    for node in graph.nodes.values():
        if node.resource.kind == "iam_role_attachment":
            properties = node.resource.properties()
            policies = [address for address, _ in references(properties["policy_arn"])]
            roles = [address for address, _ in references(properties["role"])]
            yield from ((policy, role) for policy in policies for role in roles)


def describe(address: str, item: Finding) -> str:
    """The finding in one line, with the vendor's reason."""
    return f"{address}, {item.sid or item.where}: {item.text}" + (f". Reason: {item.why}" if item.why else "")
