"""Start here. This is where the pieces meet; its docstring is the architecture.

    integration --build--> graph ---+
    backend ----load-----> state ---+--> planner --> plan --> executor --> state --save--> backend
    AWS --------look-----> live ----+                            |
                                                                 +--> events --> view

An **integration** (`integrations/`, a vendor's recipe a file) is a dataclass whose fields are the inputs. Its `build`
puts **resources** (`resources/`, an AWS type a file) into a **graph**; a property that refers to another resource's
output is an edge. `look` reads everything that graph and state name, all at once. The **planner** (`core/planner.py`)
is pure: it compares graph, **state** and what is live, and gives a **plan**, plain data that a view shows and that
`--json` prints. The **executor** runs it on threads, each change as soon as what it needs is done; it saves each
intent before the call goes out and each result after it, so that a killed run is found again by the owner tags that
travel in every creating call. Destroying is the same with an empty graph: the records know their dependencies, and
neither inputs nor vendor code are needed.

Between plan and executor `checks/simulation.py` asks AWS whether the caller may do all of it.

What this module does not do: parse arguments, ask, or print. That is `cli/` and `views/`.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session, check_same, explained
from bootstrap.core import commands
from bootstrap.core.account import Account
from bootstrap.core.backend import Backend, Saver
from bootstrap.core.doubt import believable
from bootstrap.core.events import Event
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Handoff, Integration, checked
from bootstrap.core.live import Outputs
from bootstrap.core.named import check_named
from bootstrap.core.partitions import check_inputs, check_one, check_vendor, stand_ins
from bootstrap.core.plan import Action, Change, Plan, refreshed_state
from bootstrap.core.planner import make_plan, owner_of
from bootstrap.core.prechecks import apply_prechecks
from bootstrap.core.reasons import check_overwritten
from bootstrap.core.replacement import check_replaced, replaced
from bootstrap.core.resource import Resource
from bootstrap.core.sought import Sought
from bootstrap.core.state import Record, State, Status
from bootstrap.engine import executor, stages
from bootstrap.engine.prechecks import precheck_changes, with_warnings
from bootstrap.engine.refresh import ask, look, why_unusable
from bootstrap.errors import PlanRefused, StateError, UsageError, lines
from bootstrap.permissions.graph_lint import describe, graph_findings
from bootstrap.resources import restore


@dataclass(frozen=True)
class Prepared:
    """A plan with all that is needed to run it, the state to save first, and what a person should know."""

    session: Session
    state: State
    plan: Plan
    stored: State | None = None
    allowed: frozenset[str] = frozenset()
    looked: float = field(default_factory=time.monotonic, compare=False)
    notes: tuple[str, ...] = ()

    @property
    def is_edited(self) -> bool:
        """Whether the stored state was edited since bootstrap wrote it."""
        return self.stored is not None and self.stored.edited


@dataclass(frozen=True)
class Report:
    """What a run came to."""

    outcome: executor.Outcome
    handoff: Handoff = field(default_factory=lambda: Handoff({}))


def services_of(integration: Integration | None, state: State | None) -> set[str]:
    """The services whose clients a run will need; known before AWS is asked anything.

    Raises PlanRefused for what AWS would refuse, so far as that can be told without knowing the account.
    """
    found: set[str] = set()
    if integration:
        graph, _ = built(integration, stand_ins(integration))
        found |= {service for node in graph.nodes.values() for service in node.resource.services}
    for record in state.records.values() if state else ():
        found |= set(restore(record).services)
    return found


def sought(integration: Integration) -> Sought:
    """What a deployment of the integration could have made, with these inputs or with others."""
    recipes = (integration, integration.example())
    return Sought.by(integration.path, *(built(recipe, stand_ins(recipe))[0] for recipe in recipes))


def resolve_lookups(session: Session, integration: Integration) -> Integration:
    """The integration with what only the account can say. Once for a run: it may draw something at random.

    Raises PlanRefused for a thing of the account whose name or path cannot be an input: it would widen what a policy grants.
    """
    with explained(session.aws.logins):
        found = integration.resolve_lookups(session.accounts, partial(ask, session))
    try:
        return replace(found, **checked(type(found), found.to_json()))
    except UsageError as error:
        raise PlanRefused("the account has what no policy can name safely", [error.message], "Name another one.") from error


def prepare_create(
    session: Session,
    backend: Backend,
    deployment: str,
    integration: Integration,
    *,
    allowed: frozenset[str] = frozenset(),
) -> Prepared:
    """The plan that makes what the integration, `completed`, wants. Changes nothing. `allowed` as in `make_plan`.

    Raises PlanRefused for what AWS would refuse (names, sizes, policies), StateError for a state of something else.
    """
    stored = backend.load()
    check_named(stored, deployment, backend.where)
    check_same(stored, session.accounts, backend.where)
    if stored and stored.integration != integration.name:
        raise StateError(
            f"deployment {deployment!r} in {backend.where} is one of {stored.integration}, not {integration.name}",
            "Choose another --name for this one.",
        )
    check_one(session.accounts.values())
    check_vendor(type(integration), session.accounts.values())
    check_inputs(integration, session.accounts.values())
    graph, handoff = built(integration, session.accounts.values())
    state = replace(
        believable(stored, graph.nodes)
        if stored
        else State(deployment=deployment, integration=integration.name, lineage=uuid.uuid4().hex[:16], accounts={}),
        accounts=session.accounts,
        sign_ins=integration.sign_ins,
        inputs=integration.to_json(),
        given=tuple(sorted(integration.given)),
        handoff=handoff.to_json(),
        wanted=tuple(graph.nodes),
    ).only_earlier_of(graph.nodes)
    if absent := why_unusable(session, graph.brought, state):
        advice = lines(*graph.if_missing, "Name another one; nothing was changed.")
        raise PlanRefused("what the inputs bring cannot be used", absent, advice)
    check_overwritten(allowed, graph.nodes)
    check_replaced(graph.nodes, allowed)
    brought = frozenset((resource.kind, resource.label) for _, resource in graph.brought)
    is_new = stored is None or (stored.inputs, stored.given) != (state.inputs, state.given)
    seen = replace(state, has_new_inputs=is_new)
    plan = _plan(session, graph.nodes, seen, allowed=allowed, brought=brought, creating=True)
    with explained(session.aws.logins):
        plan, notes = apply_prechecks(plan, integration.prechecks(session.accounts, partial(ask, session)))
    plan = plan.with_working_commands
    state = replace(state, edited=False)  # what is left of an edit is proven, or refused, or was allowed
    refreshed = state if plan.work else refreshed_state(state, plan)
    return Prepared(session, refreshed, plan, stored, allowed, notes=notes)


def prepare_destroy(session: Session, backend: Backend, *, allowed: frozenset[str] = frozenset()) -> Prepared:
    """The plan that takes away everything that the state records. Needs no inputs.

    `allowed` are the flags for what may go along with things (`Resource.takes_along`).
    """
    state = existing(backend)
    check_same(state, session.accounts, backend.where)
    plan = _plan(session, {}, state, allowed=allowed)
    return Prepared(session, state.only_earlier_of(state.records), plan, state, allowed)


def prepare_status(session: Session, backend: Backend) -> Prepared:
    """What is recorded against what is there: a plan that would bring the recorded things back."""
    state = existing(backend)
    check_same(state, session.accounts, backend.where)
    nodes = {
        address: Node(address, restore(record), record.account, tuple(x for x in record.depends_on if x in state.records))
        for address, record in state.records.items()
    }
    return Prepared(session, state, _plan(session, nodes, state).with_working_commands, state)


def apply(prepared: Prepared, backend: Saver, emit: Callable[[Event], None], stop: executor.Stop | None = None) -> Report:
    """Runs the plan, which was shown. Raises PlanRefused, before the first change, when any change of it is refused."""
    prepared.plan.check_feasible()
    session, state = prepared.session, prepared.state
    state.check_room()
    if not prepared.plan.work and (prepared.is_edited or state != prepared.stored):
        state = backend.save(state)

    def scoped(change: Change, record: Record, progress: Callable[[str], None]) -> Scope:
        return Scope(
            session.aws,
            session.accounts[change.account],
            owner_of(state, change.address),
            progress,
            destroying=change.action is Action.DELETE,  # a second look must see what the plan's saw
            allowed=prepared.allowed,
            along=frozenset((*change.along, *(change.others if change.action is Action.DELETE else ()))),
            generation=record.generation,
            again=change.record is not None and change.record.status is Status.CREATING,
            looked=prepared.looked,
            stopping=lambda: stop is not None and stop.asked,
        )

    timing = session.aws.timing
    stale_at = prepared.looked + timing.fresh
    outcome = stages.run(prepared.plan, state, scoped, backend.save, emit, stop, stale_at, timing.settle)
    return Report(outcome, handoff_of(outcome.state, session.flags))


def handoff_of(state: State, flags: Iterable[str] = ()) -> Handoff:
    """What to give to the vendor, with the outputs filled in that are known; `flags` lead to the state."""

    def lookup(address: str, attribute: str) -> str | None:
        if (known := state.output(address, attribute)) or not (record := state.records.get(address)):
            return known
        resource = restore(record)
        return resource.creation_facts().get(attribute, None if attribute in resource.identifiers.outputs else "(unknown)")

    return Handoff.from_json(state.handoff, lookup, ["--name", state.deployment, *flags])


def existing(backend: Backend) -> State:
    """The stored state. Raises StateError when there is none."""
    if state := backend.load():
        return state
    advice = f"See what there is: {commands.bootstrap('state', 'list')}"
    raise StateError(f"there is no deployment at {backend.where}", advice)


def drafted(integration: Integration, accounts: Iterable[Account]) -> tuple[Graph, Handoff]:
    """The graph and what is handed over, also where AWS would refuse it: for what an earlier version made."""
    graph = Graph(accounts)
    return graph, integration.build(graph)


def built(integration: Integration, accounts: Iterable[Account]) -> tuple[Graph, Handoff]:
    """As `drafted`. Raises PlanRefused for what AWS would refuse."""
    graph, handoff = drafted(integration, accounts)
    wrong = [describe(address, item) for address, item in graph_findings(graph) if item.severity == "error"]
    if problems := [*graph.validate(), *wrong]:
        raise PlanRefused("AWS would refuse this", problems, "Fix the inputs; nothing was changed.")
    return graph, handoff


def _plan(
    session: Session,
    nodes: Mapping[str, Node],
    state: State,
    *,
    allowed: frozenset[str] = frozenset(),
    brought: frozenset[tuple[str, str]] = frozenset(),
    creating: bool = False,
) -> Plan:
    things: dict[str, tuple[Resource, str, Outputs]] = {}
    for address, record in state.records.items():
        if address not in nodes:
            things[address] = (restore(record), record.account, record.outputs)

    def lookup(address: str, attribute: str) -> str | None:
        node = nodes[address]
        known = node.resource.resolved(lookup).predicted_outputs(session.accounts[node.account])
        return state.output(address, attribute) or known.get(attribute)

    for address, node in nodes.items():
        kept = state.records.get(address)
        things[address] = (node.resource.resolved(lookup), node.account, kept.outputs if kept else {})
    leaving = set(state.records) - (set(nodes) - replaced(nodes, allowed))
    live = look(session, things, state, leaving=leaving, allowed=allowed)
    plan = make_plan(nodes, state, live, session.accounts, restore, allowed=allowed, brought=brought, flags=session.flags)
    return with_warnings(session, precheck_changes(session, plan, state, allowed) if creating else plan, state)
