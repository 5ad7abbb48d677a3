"""Explains an integration with a person's inputs, and example values for those that are missing; and what a recorded
deployment grants. Makes no calls to AWS, but for what `demands_on` reads."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bootstrap.aws.session import Session, check_same_accounts, explained
from bootstrap.core.account import Account
from bootstrap.core.approval import Approval, Proof
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.input import Input
from bootstrap.core.integration import Integration, examples, inputs_of
from bootstrap.core.policy import Document
from bootstrap.core.resource import plain
from bootstrap.core.state import State
from bootstrap.engine.graphs import build_graph, draft_graph
from bootstrap.engine.organization import organization_demands
from bootstrap.errors import UsageError
from bootstrap.operations.bound_plan import inputs_of_whole
from bootstrap.operations.inputs import Values
from bootstrap.operations.permissions import named, needs_for, policies
from bootstrap.permissions.organization import Demands as Demands
from bootstrap.permissions.plan_summary import Planned as Planned
from bootstrap.permissions.report import Changed, Made as Made, Recorded, Report as Report, Since, report
from bootstrap.permissions.review import Review as Review, review as _review
from bootstrap.permissions.settings_since import has_settings, moved, rewritten, settings_since
from bootstrap.permissions.since import access_of, check_access, since

Approved = tuple[Approval, Proof]


def review(integration: type[Integration], given: Values) -> Review:
    """`given` are checked inputs. Raises UsageError where they contradict each other."""
    return _review(from_inputs(integration, with_examples(integration, given), given.keys()).granting)


def report_of_inputs(
    integration: type[Integration],
    given: Values,
    made: Made,
    approved: Approved | None = None,
    *,
    name: str | None = None,
    flags: Sequence[str] = (),
) -> Report:
    """The report on an integration that nobody recorded: example accounts stand for the customer's, example values for what
    is not given. `approved` is what it is compared with, `name` what the deployment would be called, and `flags` the words
    with which a command would find it. Raises UsageError."""
    chosen = from_inputs(integration, with_examples(integration, given), given.keys())
    accounts = {account.alias: account for account in examples(chosen)}
    compared = _since(approved, chosen, accounts, examples=True)
    if compared and (flags := [item.flag for item in inputs_of(integration) if _is_stand_in(chosen, item)]):
        raise UsageError(
            f"an approval can be compared only with real values, and nobody gave: {', '.join(flags)}",
            "Give them, or name the plan of a file (--plan) or a recorded deployment (--name).",
        )
    found = report(chosen, made, _operator(chosen, accounts, name or chosen.name, None), since=compared)
    return replace(found, named=name or "", flags=tuple(flags))


def report_of_deployment(
    chosen: Integration,
    stored: State,
    made: Made,
    approved: Approved | None = None,
    flags: Sequence[str] = (),
    demands: Demands | None = None,
) -> Report:
    """The report on a recorded deployment, with the inputs that its next create would have. `flags` are the words with which
    a command finds it, and `demands` what AWS said about its accounts. Raises UsageError."""
    graph, _ = build_graph(chosen, stored.accounts.values())
    differs = {
        address
        for address in (*graph.nodes, *stored.records)
        if address not in graph.nodes
        or address not in stored.records
        or graph.nodes[address].resource.resolved(stored.output).properties() != stored.records[address].properties
    }
    operator, compared = (
        _operator(chosen, stored.accounts, stored.deployment, stored),
        _since(approved, chosen, stored.accounts),
    )
    recorded = Recorded(stored.deployment, tuple(flags), tuple(sorted(differs)), stored.edited, demands)
    return report(chosen, made, operator, accounts=tuple(stored.accounts.values()), recorded=recorded, since=compared)


def demands_on(session: Session, chosen: Integration, stored: State, where: str) -> Demands:
    """What the organization demands of the resources of a deployment, by one read each. Raises StateError for a session of
    other accounts."""
    check_same_accounts(stored, session.accounts, where)
    with explained(session.aws.logins):
        return organization_demands(session, build_graph(chosen, stored.accounts.values())[0].nodes)


def report_of_plan(planned: Planned, made: Made, approved: Approved | None = None) -> Report:
    """The report on the plan of a file, with its inputs and accounts. Raises PlanRefused for one that cannot be run, or that
    was forged, UsageError."""
    chosen, accounts = inputs_of_whole(planned.plan), planned.plan.places
    compared = _since(approved, chosen, accounts, versions=planned.plan.versions)
    operator = _operator(chosen, accounts, planned.plan.deployment, None)
    here = tuple(accounts.values())
    return report(chosen, made, operator, accounts=here, planned=planned, since=compared)


def _since(
    approved: Approved | None,
    chosen: Integration,
    accounts: Mapping[str, Account],
    *,
    examples: bool = False,
    versions: Mapping[str, Mapping[str, str]] | None = None,
) -> Since | None:
    """What is different from what was approved; `examples` says that the accounts only stand for the customer's, and
    `versions` which ones count of the managed policies of others, if AWS was asked. Raises UsageError for the approval of
    another integration."""
    if approved is None:
        return None
    approval, proof = approved
    if approval.integration.get("name") != chosen.name:
        raise UsageError(
            f"the approval is about {approval.integration.get('name')}, not {chosen.name}", "Name the approval of this one."
        )
    try:
        check_access(approval.access)
    except ValueError as error:
        raise UsageError(f"the approval cannot be compared: {error}", "Name one that the verb approve wrote.") from error
    graph, _ = draft_graph(chosen.granting, accounts.values())
    found = [
        *(() if examples else moved(approval.accounts, accounts)),
        *since(approval.access, access_of(graph)),
        *settings_since(approval.access, graph, chosen),
        *rewritten(approval.versions, versions),
    ]
    changes = tuple(
        Changed(each.line, each.widens, each.is_setting, each.is_place)
        for each in sorted(found, key=lambda each: not each.widens)
    )
    return Since(approval.by, approval.when, approval.plan, changes, proof.value, has_settings(approval.access))


def _is_stand_in(chosen: Integration, item: Input) -> bool:
    """Whether its value is an example's, also where create would generate one."""
    value = plain(getattr(chosen, item.name))
    return item.name not in chosen.given and value not in (None, "", [], False) and value != plain(item.default)


def _operator(
    chosen: Integration, accounts: Mapping[str, Account], deployment: str, stored: State | None
) -> Mapping[str, Document]:
    """The policies of who runs bootstrap, from create to destroy."""
    return named(policies(needs_for(chosen, accounts, {}, stored, deployment, "all")), deployment)


def with_examples(integration: type[Integration], given: Values) -> Values:
    """The inputs, with the example's for the others: not for those that these inputs make needless, or that belong to
    another way to answer the same question."""
    needless = set(integration.required({})) - set(integration.required(given))
    for choice in integration.alternatives:
        if choice.exclusive and not choice.names.isdisjoint(given):
            needless |= choice.names
    example = {name: value for name, value in integration.example().to_json().items() if value not in (None, [], "")}
    return {**{name: value for name, value in example.items() if name not in needless}, **given}
