"""Prepare a plan for create, destroy or status, and run it. The architecture is in `bootstrap/operations/__init__.py`.

Between `prepare_create` and `apply`, `checks/simulation.py` asks AWS whether the caller may do all of it.

Nothing here parses arguments, asks a person or prints: `cli/` and `views/` do.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session, check_same_accounts, explained
from bootstrap.core.backend import Backend, Saver
from bootstrap.core.deployment_name import check_deployment_name
from bootstrap.core.edited_state import discard_unproven
from bootstrap.core.events import Event
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Handoff, Integration
from bootstrap.core.lockout import lockout
from bootstrap.core.partitions import check_inputs, check_one, check_vendor
from bootstrap.core.pending import check_not_locked_again
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.plan_records import refreshed_state
from bootstrap.core.planner import make_plan, owner_of
from bootstrap.core.prechecks import apply_prechecks
from bootstrap.core.reasons import check_overwritten
from bootstrap.core.replacement import check_replaced, replaced_addresses
from bootstrap.core.rotation import retired_by
from bootstrap.core.source import Provenance, described
from bootstrap.core.state import Record, State, Status
from bootstrap.engine import executor, stages
from bootstrap.engine.free_names import Instead, offer_free_names
from bootstrap.engine.graphs import build_graph, lookups_of
from bootstrap.engine.handoff import handoff_of
from bootstrap.engine.organization import ask_organization
from bootstrap.engine.policy_versions import Versions, ask_versions
from bootstrap.engine.prechecks import precheck_changes, with_warnings
from bootstrap.engine.refresh import ask, beside, refresh, why_unusable
from bootstrap.errors import PlanRefused, StateError, lines
from bootstrap.permissions.organization import Demands
from bootstrap.resources import restore


@dataclass(frozen=True)
class Prepared:
    """A plan with everything that is needed to run it, the state to save first, and notes for a person."""

    session: Session
    state: State
    plan: Plan
    stored: State | None = None
    allowed: frozenset[str] = frozenset()
    looked: float = field(default_factory=time.monotonic, compare=False)
    notes: tuple[str, ...] = ()
    integration: Integration | None = None
    """With what was looked up, for a create."""
    versions: Callable[[], Versions] = field(default=dict, compare=False)
    """Waits for answers of AWS that only a plan in a file needs, as `demands` does."""
    demands: Callable[[], Demands | None] = field(default=lambda: None, compare=False)
    """What the organization demands, for people."""

    @property
    def is_edited(self) -> bool:
        """Whether the stored state was edited since bootstrap wrote it."""
        return self.stored is not None and self.stored.edited


class Draft(NamedTuple):
    """What a plan is made of, beside what AWS has: the graph, and the state as the run begins with it."""

    stored: State | None
    graph: Graph
    handoff: Handoff
    state: State


@dataclass(frozen=True)
class Report:
    """The result of a run."""

    outcome: executor.Outcome
    handoff: Handoff = field(default_factory=lambda: Handoff({}))


def prepare_create(
    session: Session,
    backend: Backend,
    deployment: str,
    integration: Integration,
    *,
    allowed: frozenset[str] = frozenset(),
    instead: Instead | None = None,
) -> Prepared:
    """The plan that creates what the integration wants, after `resolve_lookups`. Changes nothing. `allowed` is as in
    `make_plan`. `instead` gives the command of this run with other inputs. What `Session.looking` gave was read for this
    plan already.

    Raises PlanRefused for what AWS would refuse (names, sizes, policies), StateError for a state of another deployment.
    """
    session = session if session.reads else session.looking()
    draft = draft_state(session, backend, deployment, integration)
    stored, graph, handoff, state = draft.stored, draft.graph, draft.handoff, draft.state
    check_overwritten(allowed, graph.nodes)
    check_replaced(graph.nodes, allowed)
    existing = frozenset((resource.kind, resource.label) for _, resource in graph.existing)
    is_new = stored is None or (stored.inputs, stored.given) != (state.inputs, state.given)
    seen = replace(state, has_new_inputs=is_new)
    organization, versions = ask_organization(session, graph.nodes), ask_versions(session, graph.nodes)
    with beside(lambda: list(integration.prechecks(session.accounts, partial(ask, session)))) as prechecks:
        plan = _plan(session, graph.nodes, seen, allowed=allowed, existing=existing, creating=True)
        plan = offer_free_names(session, integration, graph.nodes, plan, seen, instead)
        with explained(session.aws.logins):
            plan, notes = apply_prechecks(plan, prechecks.result())
    notes += organization.notes(plan)
    notes += (f"{waiting.text}; until then, the role lets nobody in",) if (waiting := handoff.waiting) else ()
    notes += (warning,) if (warning := lockout(graph, plan, stored, integration, session.flags)) else ()
    provenance = integration.provenance(stored.source if stored else None)
    plan = replace(plan.with_working_commands, integration=provenance)
    state = replace(state, edited=False)  # what remains of an edit is proven, refused, or allowed
    refreshed = state if plan.work else refreshed_state(state, plan)
    began = session.look().began
    return Prepared(
        session,
        refreshed,
        plan,
        stored,
        allowed,
        looked=began,
        notes=notes,
        integration=integration,
        versions=versions,
        demands=organization.demands,
    )


def draft_state(session: Session, backend: Backend, deployment: str, integration: Integration, lineage: str = "") -> Draft:
    """The graph and the state of a plan that is about to be made. A new state gets this `lineage`, or a random one. Raises
    what `prepare_create` raises, but for what only the plan shows."""
    stored = backend.load()
    check_deployment_name(stored, deployment, backend.where)
    check_same_accounts(stored, session.accounts, backend.where)
    check_integration(stored, type(integration), backend.where)
    check_one(session.accounts.values())
    check_vendor(type(integration), session.accounts.values())
    check_inputs(integration, session.accounts.values())
    graph, handoff = build_graph(integration, session.accounts.values())
    if handoff.waiting and stored:
        check_not_locked_again(graph, stored.records, handoff.waiting, deployment)
    lineage = lineage or uuid.uuid4().hex[:16]
    state = replace(
        discard_unproven(stored, graph.nodes)
        if stored
        else State(deployment=deployment, integration=integration.name, lineage=lineage, accounts={}),
        source=integration.source(),
        accounts=session.accounts,
        sign_ins=integration.sign_ins,
        inputs=integration.to_json(),
        given=tuple(sorted(integration.given)),
        retired=retired_by(stored, integration.to_json()),
        handoff=handoff.to_json(),
        wanted=tuple(graph.nodes),
        plan="",
    ).only_earlier_of(graph.nodes)
    if absent := why_unusable(session, graph.existing, state):
        advice = lines(*graph.if_missing or ["Name another one."], "Nothing was changed.")
        raise PlanRefused("what the inputs name as existing cannot be used", absent, advice)
    return Draft(stored, graph, handoff, state)


def prepare_destroy(session: Session, backend: Backend, *, allowed: frozenset[str] = frozenset()) -> Prepared:
    """The plan that deletes everything that the state records. Needs no inputs.

    `allowed` are the flags that allow it to delete more (`Deletion.force_flag`). What `Session.looking` gave was read for
    this plan already.
    """
    state = replace(stored_state(backend), plan="")
    check_same_accounts(state, session.accounts, backend.where)
    session = session if session.reads else session.looking()
    plan = _plan(session, {}, state, allowed=allowed)
    return Prepared(session, state.only_earlier_of(state.records), plan, state, allowed, looked=session.look().began)


def prepare_status(session: Session, backend: Backend) -> Prepared:
    """The plan that would restore the recorded resources: it compares the state with AWS."""
    state = stored_state(backend)
    check_same_accounts(state, session.accounts, backend.where)
    nodes = {
        address: Node(address, restore(record), record.account, tuple(x for x in record.depends_on if x in state.records))
        for address, record in state.records.items()
    }
    return Prepared(session, state, _plan(session.looking(), nodes, state).with_working_commands, state)


def apply(prepared: Prepared, backend: Saver, emit: Callable[[Event], None], stop: executor.Stop | None = None) -> Report:
    """Runs the plan. Raises PlanRefused before the first change if any of its changes is refused."""
    prepared.plan.check_feasible()
    session, state = prepared.session, prepared.state
    state.check_room()
    if not prepared.plan.work and (prepared.is_edited or state != prepared.stored):
        state = backend.save(state)

    def scoped(change: Change, record: Record, progress: Callable[[str], None]) -> Scope:
        return Scope(
            session.aws.within(change.address),
            session.accounts[change.account],
            owner_of(state, change.address),
            progress,
            destroying=change.action is Action.DELETE,  # a second check must see what the plan saw
            allowed=prepared.allowed,
            also_removed=frozenset((*change.along, *(change.others if change.action is Action.DELETE else change.detached))),
            generation=record.generation,
            may_exist=change.record is not None and change.record.status is Status.CREATING,
            looked=prepared.looked,
            stopping=lambda: stop is not None and stop.asked,
        )

    timing = session.aws.timing
    stale_at = prepared.looked + timing.fresh
    outcome = stages.run(prepared.plan, state, scoped, backend.save, emit, stop, stale_at, timing.settle)
    return Report(outcome, handoff_of(outcome.state, session.flags))


def check_integration(stored: State | None, integration: type[Integration], where: str) -> None:
    """Raises StateError for a deployment of another integration, also if that has the same name."""
    if not stored or (stored.integration, bool(stored.source)) == (integration.name, bool(integration.file)):
        return
    theirs, mine = stored.integration, integration.name
    if theirs == mine:
        theirs, mine = described(theirs, stored.source), described(mine, integration.source())
    raise StateError(
        f"deployment {stored.deployment!r} in {where} belongs to {theirs}, not {mine}", "Choose another --name for this one."
    )


def stored_state(backend: Backend) -> State:
    """The stored state. Raises StateError when there is none."""
    if state := backend.load():
        return state
    raise StateError(f"there is no deployment at {backend.where}", "Another run may have destroyed or moved it just now.")


def _plan(
    session: Session,
    nodes: Mapping[str, Node],
    state: State,
    *,
    allowed: frozenset[str] = frozenset(),
    existing: frozenset[tuple[str, str]] = frozenset(),
    creating: bool = False,
) -> Plan:
    going = {address: each for address, each in state.records.items() if address not in nodes}
    lookups = {address: (restore(record), record.account, record.outputs) for address, record in going.items()}
    lookups |= lookups_of(nodes, state, session.accounts)
    leaving = set(state.records) - (set(nodes) - replaced_addresses(nodes, allowed))
    live = refresh(session, lookups, state, leaving, allowed, creating=creating)
    plan = make_plan(nodes, state, live, session.accounts, restore, allowed=allowed, existing=existing, flags=session.flags)
    drifted = sum(each.drifted for each in live.values() if each)
    plan = replace(plan, integration=Provenance(state.integration, state.source), drifted=drifted)
    return with_warnings(session, precheck_changes(session, plan, state, allowed) if creating else plan, state, live)
