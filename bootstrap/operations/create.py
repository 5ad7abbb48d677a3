"""Create what an integration needs, or repair it."""

from dataclasses import dataclass, replace
from itertools import chain, repeat

from bootstrap.aws.session import Session
from bootstrap.checks.policy_warnings import with_policy_warnings
from bootstrap.checks.simulation import looking
from bootstrap.core import commands
from bootstrap.core.backend import Backend
from bootstrap.core.integration import Integration
from bootstrap.core.plan_file import PlanFile
from bootstrap.core.state import State
from bootstrap.engine.graphs import resolve_lookups
from bootstrap.engine.prepare import Prepared, Report, prepare_create
from bootstrap.errors import StateError, lines
from bootstrap.integrations import missing_file, same
from bootstrap.operations.bound_plan import check_bound, check_not_destroyed, check_usable
from bootstrap.operations.cage import Confinement
from bootstrap.operations.callbacks import SILENT, Confirm, Interruptible, Show, uninterruptible
from bootstrap.operations.fleet_accounts import accounts_shown
from bootstrap.operations.invocation import Invocation
from bootstrap.operations.run import agreed, holding, review, run_plan
from bootstrap.operations.state_location import check_state_location, moving


@dataclass(frozen=True)
class Created:
    """The plan that was run, and its result: `report.handoff` is what to give to the vendor."""

    prepared: Prepared
    report: Report


def create(
    session: Session,
    backend: Backend,
    deployment: str,
    integration: Integration,
    *,
    confirm: Confirm | None = None,
    allowed: frozenset[str] = frozenset(),
    check_permissions: bool = True,
    accept_edited_state: bool = False,
    cage: bool = False,
    show: Show = SILENT,
    invocation: Invocation | None = None,
    interruptible: Interruptible = uninterruptible,
    bound: PlanFile | None = None,
) -> Created | None:
    """Creates what the integration needs in the session's accounts. None if `confirm` said no.

    `allowed` are the flags of create for what may be lost (`core/reasons`, `core/replacement`). With `cage`, AWS lets the
    run do only what the plan says (docs/cage.md). `bound` is a plan that was made before, with these inputs: exactly that is
    run, with the flags that it allows, or PlanRefused says what moved since. Raises PlanRefused for what AWS would refuse or
    the caller may not do, CredentialsError or AwsError if there is no cage, StateError for a state of another deployment,
    RunFailed if changes failed.
    """
    invocation = invocation or _invocation(session, deployment, integration)
    confinement = Confinement("create", session, show, cage, bound.digest if bound else "")
    if bound:
        check_usable(bound, session.accounts)
        allowed = frozenset(bound.allowed)
    with holding(backend, f"create {deployment}"):
        if bound:
            check_not_destroyed(bound, backend.destroyed())
        first = looking(session, simulating=check_permissions)
        recipe = resolve_lookups(first, integration)
        sessions = chain([first], repeat(session))  # a second plan reads everything again

        def propose() -> Prepared:
            found = _prepared(next(sessions), backend, deployment, recipe, allowed, invocation)
            return replace(found, state=replace(found.state, plan=bound.digest)) if bound else found

        def check(prepared: Prepared) -> None:
            if bound:
                check_bound(bound, prepared, backend.where)
            review(
                with_policy_warnings(prepared, recipe),
                backend.where,
                show,
                invocation,
                asked=confirm is not None,
                accept_edited_state=accept_edited_state,
                check_permissions=check_permissions,
            )
            confinement.enter(prepared)

        prepared = agreed(propose, check, confirm)
        if prepared is None:
            return None
        with accounts_shown(prepared, show):
            return Created(prepared, run_plan(confinement.enter(prepared), backend, show, invocation, interruptible))


def plan(
    session: Session,
    backend: Backend,
    deployment: str,
    integration: Integration,
    *,
    allowed: frozenset[str] = frozenset(),
    check_permissions: bool = True,
    cage: bool = False,
    show: Show = SILENT,
    invocation: Invocation | None = None,
) -> Prepared:
    """What `create` would do. Raises PlanRefused, after it was shown, for a plan that would be refused."""
    invocation = invocation or _invocation(session, deployment, integration)
    confinement = Confinement("create", session, show, cage)
    session = looking(session, simulating=check_permissions)
    recipe = resolve_lookups(session, integration)
    prepared = with_policy_warnings(_prepared(session, backend, deployment, recipe, allowed, invocation), recipe)
    review(prepared, backend.where, show, invocation, check_permissions=check_permissions)
    prepared.plan.check_feasible()
    confinement.shown(prepared)
    return prepared


def _prepared(
    session: Session,
    backend: Backend,
    deployment: str,
    recipe: Integration,
    allowed: frozenset[str],
    invocation: Invocation,
) -> Prepared:
    prepared = prepare_create(session, backend, deployment, recipe, allowed=allowed, instead=invocation.instead)
    _check_file(prepared.stored, type(recipe))
    check_state_location(backend.where, prepared.state, moving(deployment, invocation.state_flags), prepared.plan)
    return prepared


def _check_file(stored: State | None, integration: type[Integration]) -> None:
    """Raises StateError for another file than that of the last create, which is still there: which of the two is meant?"""
    before = stored.source if stored else None
    if not stored or not before or before.sha256 == integration.digest:
        return
    if not missing_file(stored) and not same(before.path, integration.file):
        move = commands.command("mv", arguments=[integration.file, before.path])
        raise StateError(
            f"deployment {stored.deployment!r} was created from {before.path}, which is still there; {integration.file} has "
            "other content",
            lines("Choose another --name for this one.", f"If it is a new version of the other one, run: {move}"),
        )


def _invocation(session: Session, deployment: str, integration: Integration) -> Invocation:
    return Invocation.of("create", deployment, session.flags, integration=integration.word())
