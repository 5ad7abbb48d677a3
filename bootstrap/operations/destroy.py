"""Delete exactly what a deployment created."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from bootstrap.aws.session import Session
from bootstrap.backends.uninterrupted import uninterrupted
from bootstrap.checks.simulation import looking
from bootstrap.core import commands
from bootstrap.core.backend import Backend
from bootstrap.core.integration import Integration
from bootstrap.core.plan import GONE, Action
from bootstrap.core.receipt import Destroyed, Receipt
from bootstrap.core.state import State
from bootstrap.discovery import receipts
from bootstrap.discovery.recorded_search import EarlySearch, search_for
from bootstrap.discovery.search import Search
from bootstrap.engine.handoff import handoff_of
from bootstrap.engine.prepare import Prepared, prepare_destroy, stored_state
from bootstrap.engine.refresh import beside
from bootstrap.errors import RunFailed, lines
from bootstrap.integrations import still_recorded
from bootstrap.operations.cage import Confinement
from bootstrap.operations.callbacks import SILENT, Confirm, Interruptible, Show, uninterruptible
from bootstrap.operations.fleet_accounts import accounts_followed
from bootstrap.operations.invocation import Invocation
from bootstrap.operations.run import agreed, finishing, holding, review, run_plan
from bootstrap.operations.state_location import check_state_location, moving
from bootstrap.operations.unsaved_state import UnsavedState
from bootstrap.resources import kinds, resource_kind


@dataclass(frozen=True)
class Deleted:
    """What is gone, by address: `deleted` in AWS, and `forgotten` records of what belongs to somebody else by now."""

    deployment: str
    deleted: tuple[str, ...]
    forgotten: tuple[str, ...]
    receipt: Receipt
    left_for_account: bool = False
    """Whether something that it created is left, because the whole account shares it."""


def destroy(
    session: Session,
    backend: Backend,
    *,
    confirm: Confirm | None = None,
    allowed: frozenset[str] = frozenset(),
    check_permissions: bool = True,
    accept_edited_state: bool = False,
    cage: bool = False,
    show: Show = SILENT,
    invocation: Invocation | None = None,
    interruptible: Interruptible = uninterruptible,
) -> Deleted | None:
    """Deletes what the state records, and searches for anything else with the deployment's tags. None if `confirm` said no.

    `allowed` are the flags of destroy for what may be lost ("delete-data", ...). With `cage`, AWS lets the run do only what
    the plan says (docs/cage.md). Raises PlanRefused for what would be refused, CredentialsError or AwsError if there is no
    cage, RunFailed if something is left, or is not known to be gone.
    """
    confinement = Confinement("destroy", session, show, cage)
    with holding(backend, "destroy"):
        stored = stored_state(backend)
        deployment = stored.deployment
        invocation = invocation or _invocation(session, stored)
        check_state_location(backend.where, stored, moving(deployment, invocation.state_flags))

        def check(prepared: Prepared) -> None:
            review(
                prepared,
                backend.where,
                show,
                invocation,
                asked=confirm is not None,
                accept_edited_state=accept_edited_state,
                check_permissions=check_permissions,
            )
            confinement.enter(prepared)

        prepared = agreed(lambda: _prepared(session, backend, allowed, stored, check_permissions), check, confirm)
        if prepared is None:
            return None
        prepared = confinement.enter(prepared)
        with accounts_followed(prepared, show) as accounts, beside(partial(_ahead, prepared, stored)) as ahead:
            searching = EarlySearch(lambda: ahead.result()[1](), session.aws.timing.fresh)
            report = run_plan(prepared, backend, show, invocation, interruptible, searching.begin)
        with finishing(commands.bootstrap("destroy", name=deployment, flags=session.flags)):
            receipt = receipts.receipt(prepared, ahead.result()[0], searching.result)
            receipt = replace(receipt, accounts=tuple(accounts()))
            try:
                show.receipt(receipt)
            finally:  # record what is left, whether it was shown or not
                kept = receipts.kept(report.outcome.state, prepared, receipt)
                _record(backend, invocation, report.outcome.state, kept, clean=receipt.clean)
    _check_clean(stored, receipt, session)
    by_action = {
        action: tuple(change.address for change in prepared.plan.changes if change.action is action)
        for action in (Action.DELETE, Action.FORGET)
    }
    forgotten = (change for change in prepared.plan.changes if change.action is Action.FORGET and change.reason != GONE)
    shared = any(change.record and change.record.created_here for change in forgotten)
    return Deleted(deployment, by_action[Action.DELETE], by_action[Action.FORGET], receipt, shared)


def plan_destroy(
    session: Session,
    backend: Backend,
    *,
    allowed: frozenset[str] = frozenset(),
    check_permissions: bool = True,
    cage: bool = False,
    show: Show = SILENT,
    invocation: Invocation | None = None,
) -> Prepared:
    """What `destroy` would do; its plan says what would be refused. Raises StateError for a state in its own bucket."""
    confinement = Confinement("destroy", session, show, cage)
    stored = stored_state(backend)
    invocation = invocation or _invocation(session, stored)
    check_state_location(backend.where, stored, moving(stored.deployment, invocation.state_flags))
    prepared = _prepared(session, backend, allowed, stored, check_permissions)
    review(prepared, backend.where, show, invocation, check_permissions=check_permissions)
    confinement.shown(prepared)
    return prepared


def _prepared(session: Session, backend: Backend, allowed: frozenset[str], stored: State, simulating: bool) -> Prepared:
    """The plan, which also names what the deployment uses and did not create, and what to do at the vendor first. The
    integration, which only the former needs, is imported during the calls to AWS."""
    with beside(partial(used_existing, stored)) as untouched:
        prepared = prepare_destroy(looking(session, simulating=simulating), backend, allowed=allowed)
    first = handoff_of(prepared.state, session.flags).before_destroy
    return replace(prepared, plan=replace(prepared.plan, untouched=untouched.result(), before_destroy=first))


def used_existing(stored: State) -> tuple[str, ...]:
    """What the deployment uses and did not create. To call it during the sign-in makes `destroy` faster: what it needs is
    imported then."""
    return receipts.used_existing(still_recorded(stored), stored)


def _ahead(prepared: Prepared, stored: State) -> tuple[type[Integration] | None, Callable[[], Search]]:
    """The integration, if it is still as the state says, and the search. What the receipt needs is imported and read here,
    during a call to AWS: it takes as long as one."""
    for kind in kinds():
        resource_kind(kind)
    integration = still_recorded(stored)
    return integration, search_for(prepared, integration)


def _invocation(session: Session, stored: State) -> Invocation:
    return Invocation.of("destroy", stored.deployment, session.flags)


def _record(backend: Backend, invocation: Invocation, before: State, after: State, *, clean: bool) -> None:
    """Saves what is left; if nothing is, a receipt replaces the state."""
    unsaved = UnsavedState(backend, invocation.state_flags, begun=True)
    with uninterrupted("Recording what is left; this ends in a moment."), unsaved.reported():
        if after != before:
            unsaved.save(after)
        elif clean and not after.records:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            backend.retire(Destroyed(after.deployment, after.integration, after.lineage, at))


def _check_clean(stored: State, receipt: Receipt, session: Session) -> None:
    """Raises RunFailed if something of the deployment is left, or could not be looked for."""
    deployment, here = stored.deployment, len(receipt.left) + len(receipt.unknown)
    if receipt.clean:
        return
    if not here:
        again = commands.bootstrap("destroy", name=deployment, flags=session.flags)
        flags = ["--for", "destroy", *commands.without_sign_in(session.flags)]
        policy = commands.bootstrap("permissions", integration=stored.word, name=deployment, flags=flags)
        raise RunFailed(
            f"everything that was recorded is gone; whether anything else of {deployment} is left could not be looked for",
            lines(f"Ask for what was refused above. To print all that destroy needs: {policy}", f"Then run: {again}"),
        )
    advice = lines(*dict.fromkeys(item.advice for item in (*receipt.left, *receipt.unknown)))
    raise RunFailed(f"{here} of {deployment} {'is' if here == 1 else 'are'} left, or not known to be gone", advice)
