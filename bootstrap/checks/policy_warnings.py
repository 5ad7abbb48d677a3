"""Warnings about the policies of a plan: what is valid but dangerous, and what a permissions boundary blocks.

They are shown before the first change and do not stop a plan.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bootstrap.aws.session import Session, explained
from bootstrap.core import commands
from bootstrap.core.build import statements_of
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration
from bootstrap.core.query import Query
from bootstrap.core.warning import PlanWarning
from bootstrap.engine.graphs import build_graph
from bootstrap.engine.prepare import Prepared
from bootstrap.engine.refresh import ask
from bootstrap.errors import AwsError
from bootstrap.permissions import lint
from bootstrap.permissions.actions import table
from bootstrap.permissions.graph_lint import documents_by_role, graph_findings
from bootstrap.permissions.lint import Finding
from bootstrap.permissions.lint.boundary import blocked_by
from bootstrap.permissions.review import entrants_in, standing_dangers

_GONE = ("NoSuchEntity",)


def with_policy_warnings(prepared: Prepared, integration: Integration) -> Prepared:
    """The same, with the warnings at the changes that they are about, each once. Those about what the plan does not change
    were accepted before: they are only counted."""
    session, plan = prepared.session, prepared.plan
    graph, _ = build_graph(integration, session.accounts.values())
    sent = {change.address for change in plan.work}
    found: dict[str, dict[PlanWarning, None]] = defaultdict(dict)
    dangers = list(standing_dangers(integration, graph))
    explained_dangers = {(address, policy) for address, danger in dangers for policy in danger.policies}
    for address, item in (*graph_findings(graph, statements_of(integration)), *_boundaries(session, graph, sent)):
        if item.severity == "warning" and (address, item.sid) not in explained_dangers:
            found[address][PlanWarning(item.text, item.code, item.sid or item.where, item.why)] = None
    known = {(address, item.statement) for address, items in found.items() for item in items}
    for address, danger in dangers:
        if not any((address, sid) in known for sid in danger.sids):
            end = f". {danger.flag} ends that" if danger.flag else ""
            about = (*danger.policies, *danger.sids)[0]
            found[address][PlanWarning(f"{danger.danger}{end}", "high-risk", about)] = None
    about = integration.about_warnings if sent & found.keys() else ""
    own = {account.id for account in session.accounts.values()}
    trusted = entrants_in(graph, statements_of(integration)) if sent else ()
    entrants = (each for each in trusted if each.is_outside(own))
    changes = tuple(
        replace(change, warnings=(*change.warnings, *found[change.address])) if change.address in sent else change
        for change in plan.changes
    )
    accepted = sum(len(items) for address, items in found.items() if address not in sent)
    see = commands.bootstrap("integrations", arguments=[integration.word()])
    return replace(
        prepared,
        plan=replace(plan, changes=changes, accepted=accepted, about_warnings=about, see=see, entrants=tuple(entrants)),
    )


def _boundaries(session: Session, graph: Graph, sent: set[str]) -> Iterator[tuple[str, Finding]]:
    """Errors in the boundaries of the roles that the plan changes, and what the boundaries block."""
    roles: dict[tuple[str, str], list[str]] = defaultdict(list)
    for node in graph.nodes.values():
        boundary = node.resource.properties().get("permissions_boundary")
        if boundary and node.address in sent:
            roles[node.account, boundary].append(node.address)
    documents = documents_by_role(graph)
    for (alias, arn), addresses in roles.items():
        name = f"the boundary {arn.rpartition('/')[2]}"
        try:
            content = _document(session, alias, arn)
        except AwsError as error:
            text = f"{name} could not be read, so what it blocks is unknown: {error.message}"
            yield addresses[0], Finding("warning", "boundary", "permissions boundary", text)
            continue
        if content is None:
            continue  # the plan is refused for a boundary that does not exist
        for item in lint.findings(content, table()):
            if item.severity == "error":
                yield addresses[0], Finding("warning", item.code, f"{name}, {item.where}", item.text, item.sid)
        for address in addresses:
            identity = [each for each in documents[address].values() if lint.kind_of(each) == "identity"]
            if blocked := blocked_by(content, identity, table()):
                text = f"{name} blocks actions that its policies allow: {', '.join(blocked)}"
                yield address, Finding("warning", "boundary", "permissions boundary", text)


def _document(session: Session, alias: str, arn: str) -> Any:
    """The default version of a managed policy, or None when the policy does not exist."""
    with explained(session.aws.logins):
        [found] = ask(session, Query("iam", "get_policy", {"PolicyArn": arn}, _GONE), account=alias)
        if not found:
            return None
        which = {"PolicyArn": arn, "VersionId": found["Policy"]["DefaultVersionId"]}
        [version] = ask(session, Query("iam", "get_policy_version", which, _GONE), account=alias)
    return version and version["PolicyVersion"]["Document"]
