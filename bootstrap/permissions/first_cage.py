"""The cage that a run would have, from the graph alone: as if nothing existed yet, or all of it did. Pure."""

from dataclasses import replace

from bootstrap.core.graph import Graph
from bootstrap.core.plan import Action, Change
from bootstrap.core.state import State
from bootstrap.errors import PlanRefused
from bootstrap.permissions.cage import Cage, cage_of

_ANY = State(deployment="", integration="any", lineage="0" * 16, accounts={})


def first_cage(graph: Graph, deployment: str) -> Cage | None:
    """The cage of the first create; None where a policy of it would be too long, as create --cage then refuses."""
    accounts = {account.alias: account for account in graph.accounts}
    try:
        return cage_of("create", changes_of(graph, Action.CREATE), accounts, replace(_ANY, deployment=deployment))
    except PlanRefused:
        return None


def changes_of(graph: Graph, action: Action, unknown: str = "") -> list[Change]:
    """What a plan would do at each address. `unknown` stands for each id that only AWS knows, of what exists."""
    found = []
    for address, node in graph.nodes.items():
        resource = graph.predicted(node)
        outputs = resource.predicted_outputs(graph.account(node.account))
        if action is not Action.CREATE:
            outputs = {**dict.fromkeys(resource.identifiers.outputs, unknown), **outputs}
        found.append(
            Change(address=address, account=node.account, action=action, resource=resource, reason="", outputs=outputs)
        )
    return found
