"""The IAM policies of the person who runs bootstrap, derived from what the resources declare."""

from collections import defaultdict
from typing import Any

from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration, examples
from bootstrap.core.policy import VERSION
from bootstrap.core.reference import resolve


def operator_policies(integration: Integration) -> dict[str, dict[str, Any]]:
    """A policy document for each account, by alias; in it one statement for each set of ARNs.

    Partition, account and region are patterns, names real.
    """
    graph = Graph(examples(integration))
    integration.build(graph)
    arns_of: dict[str, dict[str, set[str]]] = {alias: defaultdict(set) for alias in integration.sign_ins}
    for found in arns_of.values():
        found["tag:GetResources"].add("*")  # by which owner tags are searched for
        for permission in integration.looks:
            found[permission.action].add(permission.arn)
    first = next(iter(arns_of.values()))
    for sign_in in integration.sign_ins.values():
        if sign_in.role_arn:  # it is taken from the first account
            first["sts:AssumeRole"].add(sign_in.role_arn)
    for node in graph.nodes.values():
        fields = resolve(node.resource.properties(), graph.known)
        for permission in node.resource.permissions:
            arn = permission.arn.format(partition="*", account="*", region="*", **fields)
            arns_of[node.account][permission.action].add(arn)
    return {alias: _document(found) for alias, found in arns_of.items()}


def _document(arns_of: dict[str, set[str]]) -> dict[str, Any]:
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
