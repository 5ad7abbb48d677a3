"""What is dangerous or impossible in a plan, as findings: for programs that collect findings of several tools."""

from bootstrap.core.integration import from_inputs
from bootstrap.engine.graphs import build_graph
from bootstrap.engine.prepare import Prepared
from bootstrap.integrations import integration as find
from bootstrap.permissions.graph_lint import graph_findings
from bootstrap.permissions.lint.finding import Finding

REFUSED = "refused"
"""The code of a change that cannot be made."""


def plan_findings(prepared: Prepared) -> list[tuple[str, Finding]]:
    """By address: the changes that are refused, and what the linter warns of in the policies that the plan sends. Makes no
    calls to AWS."""
    plan, accounts = prepared.plan, prepared.session.accounts
    refused = [(each.address, Finding("error", REFUSED, "", each.refusal)) for each in plan.refused]
    recipe = from_inputs(find(prepared.state.integration), prepared.state.inputs)
    graph, _ = build_graph(recipe, accounts.values())
    sent = {change.address for change in plan.work}
    found = [(at, item) for at, item in graph_findings(graph, recipe.statements) if at in sent and item.severity != "note"]
    return [*refused, *dict.fromkeys(found)]
