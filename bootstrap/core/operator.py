"""The IAM policy of the person who runs bootstrap, derived from what the resources declare."""

from collections import defaultdict
from typing import Any

from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration, examples
from bootstrap.core.policy import VERSION
from bootstrap.core.reference import resolve


def operator_policy(integration: Integration) -> dict[str, Any]:
    """A policy document: one statement for each set of ARNs. Partition, account and region are patterns, names real."""
    graph = Graph(examples(integration))
    integration.build(graph)
    arns_of: dict[str, set[str]] = defaultdict(set)
    for permission in integration.looks:
        arns_of[permission.action].add(permission.arn)
    for node in graph.nodes.values():
        fields = resolve(node.resource.properties(), graph.known)
        for permission in node.resource.permissions:
            arns_of[permission.action].add(permission.arn.format(partition="*", account="*", region="*", **fields))
    actions_of: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for action, arns in arns_of.items():
        actions_of[tuple(sorted(arns))].append(action)
    return {
        "Version": VERSION,
        "Statement": [
            {"Effect": "Allow", "Action": sorted(actions), "Resource": list(arns)}
            for arns, actions in sorted(actions_of.items())
        ],
    }
