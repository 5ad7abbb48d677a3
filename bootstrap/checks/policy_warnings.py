"""Warnings about the policies of a plan: what is valid but dangerous, and what a permissions boundary blocks.

They are shown before the first change and do not stop a plan.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from typing import Any

from bootstrap.aws.session import Session, explained
from bootstrap.core import commands
from bootstrap.core.account import Account
from bootstrap.core.build import statements_of
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration
from bootstrap.core.plan import Action
from bootstrap.core.query import Query
from bootstrap.core.warning import PlanWarning
from bootstrap.engine.free_names import given_words
from bootstrap.engine.graphs import build_graph
from bootstrap.engine.prepare import Prepared
from bootstrap.engine.refresh import ask
from bootstrap.errors import AwsError
from bootstrap.permissions import lint
from bootstrap.permissions.actions import table
from bootstrap.permissions.concerns import Concern, addresses, standing_concerns
from bootstrap.permissions.graph_lint import documents_by_role, graph_findings
from bootstrap.permissions.hardened import ends_and_lessens, limited_ways
from bootstrap.permissions.lint import Finding
from bootstrap.permissions.lint.boundary import blocked_by
from bootstrap.permissions.review import entrants_in, reviewed_roles
from bootstrap.permissions.whose import named_by_inputs, names_whole_account

_GONE = ("NoSuchEntity",)


def with_policy_warnings(prepared: Prepared, integration: Integration) -> Prepared:
    """The same, with the warnings at the changes that they are about, each once. Those about what the plan does not change
    were accepted before: they are only counted."""
    session, plan, sent_at = prepared.session, prepared.plan, integration.granted_at
    planned, _ = build_graph(integration, session.accounts.values())
    integration, planned_as = integration.granting, integration
    graph, _ = build_graph(integration, session.accounts.values()) if sent_at else (planned, None)
    sent = {change.address for change in plan.work}
    found: dict[str, dict[PlanWarning, None]] = defaultdict(dict)
    complete = graph
    if integration.pending:  # the locked roles say nothing about whom they let in
        integration.build(complete := Graph(session.accounts.values()))
    dangers = standing_concerns(integration, reviewed_roles(integration, complete))
    high = [(address, each) for each in dangers if each.risk == "high" for address in addresses(each, complete)]
    shown = {each for address, each in high if (sent_at or address) in sent}
    ends = _ends(integration, tuple(session.accounts.values()), dangers, shown)
    explained_dangers = {(address, name) for address, each in high if each.deviation for name in each.deviation.policies}
    for address, item in graph_findings(graph, statements_of(integration)):
        if (address, item.sid) not in explained_dangers:
            _add(found[sent_at or address], item)
    known = {(address, item.statement) for address, items in found.items() for item in items}
    for address, danger in high:
        if not (danger.deviation and any((sent_at or address, sid) in known for sid in danger.deviation.sids)):
            text = f"{danger.text}. {ends[danger]}"
            found[sent_at or address][PlanWarning(text.removesuffix(". "), "high-risk", danger.about[0])] = None
    own = {account.id for account in session.accounts.values()}
    trusted = entrants_in(complete, statements_of(integration), integration.vendor) if sent else ()
    entrants = [each for each in named_by_inputs(integration, trusted) if each.is_outside(own)]
    for address, node in complete.nodes.items():
        properties = complete.predicted(node).properties()
        for each in entrants:
            is_here = each.role in (properties.get("name"), properties.get("role"))
            if is_here and names_whole_account(integration, each):
                text = (
                    f"{each.named_by} names the whole account {each.account}, and no role or user in it: everybody there "
                    f"who may assume roles gets in. Compare it with what {integration.vendor} shows you"
                )
                found[sent_at or address][PlanWarning(text, "whole-account", "trust")] = None
    about = integration.about_warnings if any(found[address] for address in sent) else ""
    if about and plan.opened:
        about = f"About the warnings of what was not opened outside bootstrap: {about}"
    for address, item in _boundaries(session, planned, sent):  # not the vendor's
        _add(found[address], item)
    changes = tuple(
        replace(change, warnings=(*change.warnings, *found[change.address])) if change.address in sent else change
        for change in plan.changes
    )
    accepted = sum(len(items) for address, items in found.items() if address not in sent)
    creates = any(change.action is Action.CREATE for change in plan.changes)
    medium = _without_warning(dangers, {sid for _, sid in known}) if creates else 0
    words = [*given_words(planned_as, {}), *session.flags]
    see = commands.bootstrap("integrations", arguments=[integration.word()])
    return replace(
        prepared,
        plan=replace(
            plan,
            changes=changes,
            accepted=accepted,
            medium_risks=medium,
            about_warnings=about,
            see=see,
            see_risks=commands.bootstrap("review", arguments=[integration.word()], flags=words),
            entrants=tuple(entrants),
        ),
    )


def _ends(
    chosen: Integration, accounts: Sequence[Account], dangers: Sequence[Concern], shown: Set[Concern]
) -> dict[Concern, str]:
    """What ends each danger, in a sentence. For what is shown only, as it takes a while, what a rule found is compared
    with what each option leaves."""
    options: dict[Concern, list[str]] = {each: [] for each in dangers if each in shown and each.code}
    for item, limited in limited_ways(chosen) if options else ():
        limited.build(graph := Graph(accounts))
        ends, lessens = ends_and_lessens(dangers, standing_concerns(limited, reviewed_roles(limited, graph)))
        for each in {*ends, *(was for was, _ in lessens)} & options.keys():
            options[each].append(item.flag)
    found = {each: f"{each.limited_by} ends that" if each.limited_by else "" for each in dangers}
    for each, flags in options.items():
        found[each] = f"{' and '.join(flags)} {'end' if flags[1:] else 'ends'} that" if flags else "No option limits that"
    return found


def _without_warning(dangers: Iterable[Concern], warned: Set[str]) -> int:
    """How many dangers of medium risk no warning is about; a deviation needs one for each of its statements. What is read
    of everything is what the linter warns of."""
    medium = [each for each in dangers if each.risk == "medium" and not (each.code == "content" and warned >= {*each.sids})]
    return len([each for each in medium if not (each.deviation and each.deviation.sids and warned >= {*each.about})])


def _add(found: dict[PlanWarning, None], item: Finding) -> None:
    if item.severity == "warning":
        found[PlanWarning(item.text, item.code, item.sid or item.where, item.why)] = None


def _boundaries(session: Session, graph: Graph, sent: set[str]) -> Iterator[tuple[str, Finding]]:
    """Errors in the boundaries of the roles that the plan changes, and what the boundaries block."""
    roles: dict[tuple[str, str], list[str]] = defaultdict(list)
    for node in graph.nodes.values():
        boundary = node.resource.properties().get("permissions_boundary")
        if boundary and node.address in sent:
            roles[node.account, boundary].append(node.address)
    documents = documents_by_role(graph)
    for (alias, arn), bounded in roles.items():
        name = f"the boundary {arn.rpartition('/')[2]}"
        try:
            content = _document(session, alias, arn)
        except AwsError as error:
            text = f"{name} could not be read, so what it blocks is unknown: {error.message}"
            yield bounded[0], Finding("warning", "boundary", "permissions boundary", text)
            continue
        if content is None:
            continue  # the plan is refused for a boundary that does not exist
        for item in lint.findings(content, table()):
            if item.severity == "error":
                yield bounded[0], Finding("warning", item.code, f"{name}, {item.where}", item.text, item.sid)
        for address in bounded:
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
