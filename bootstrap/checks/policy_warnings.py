"""What works and is dangerous in the policies that a plan sends, and what a boundary keeps from its roles.

For a person to read before the first change; nothing here stops a plan.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from bootstrap.aws.session import Session, explained
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration
from bootstrap.core.query import Query
from bootstrap.engine.graphs import build_graph
from bootstrap.engine.prepare import Prepared
from bootstrap.engine.refresh import ask
from bootstrap.errors import AwsError
from bootstrap.permissions import lint
from bootstrap.permissions.graph_lint import describe, graph_findings, of_roles, table
from bootstrap.permissions.lint import Finding
from bootstrap.permissions.lint.boundary import kept_back

_GONE = ("NoSuchEntity",)


def warnings(prepared: Prepared, integration: Integration) -> list[str]:
    """A line each, with the vendor's reason for it. What the plan leaves as it is is not told again."""
    session = prepared.session
    graph, _ = build_graph(integration, session.accounts.values())
    sent = {change.address for change in prepared.plan.work}
    found = [*graph_findings(graph, integration.statements), *_boundaries(session, graph, sent)]
    return [describe(address, item) for address, item in found if item.severity == "warning" and address in sent]


def _boundaries(session: Session, graph: Graph, sent: set[str]) -> Iterator[tuple[str, Finding]]:
    """What is wrong in the boundaries of the roles that are sent, and what they keep from them."""
    roles: dict[tuple[str, str], list[str]] = defaultdict(list)
    for node in graph.nodes.values():
        boundary = node.resource.properties().get("permissions_boundary")
        if boundary and node.address in sent:
            roles[node.account, boundary].append(node.address)
    documents = of_roles(graph)
    for (alias, arn), addresses in roles.items():
        name = f"the boundary {arn.rpartition('/')[2]}"
        try:
            content = _document(session, alias, arn)
        except AwsError as error:
            text = f"{name} could not be read, so nobody knows what it keeps from the role: {error.message}"
            yield addresses[0], Finding("warning", "boundary", "permissions boundary", text)
            continue
        if content is None:
            continue  # the plan is refused for it
        for item in lint.findings(content, table()):
            if item.severity == "error":
                yield addresses[0], Finding("warning", item.code, f"{name}, {item.where}", item.text, item.sid)
        for address in addresses:
            allowing = [each for each in documents[address].values() if lint.kind_of(each) == "identity"]
            if kept := kept_back(content, allowing, table()):
                text = f"{name} does not let it do what its policies allow: {', '.join(kept)}"
                yield address, Finding("warning", "boundary", "permissions boundary", text)


def _document(session: Session, alias: str, arn: str) -> Any:
    """The default version of a managed policy, or None when there is no such policy."""
    with explained(session.aws.logins):
        [found] = ask(session, Query("iam", "get_policy", {"PolicyArn": arn}, _GONE), account=alias)
        if not found:
            return None
        which = {"PolicyArn": arn, "VersionId": found["Policy"]["DefaultVersionId"]}
        [version] = ask(session, Query("iam", "get_policy_version", which, _GONE), account=alias)
    return version and version["PolicyVersion"]["Document"]
