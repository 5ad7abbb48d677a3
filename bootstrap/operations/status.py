"""Compares what a deployment recorded with what AWS has now."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session, explained
from bootstrap.checks.first_boot import first_boots
from bootstrap.checks.role_chain import checked_chain
from bootstrap.core.account_status import AccountStatus, differs
from bootstrap.core.backend import Backend
from bootstrap.core.events import Event, Failed, Progress, Started, Succeeded
from bootstrap.core.first_boot import FirstBoot
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.planner import owner_of
from bootstrap.core.role_chain import RoleCheck
from bootstrap.core.state import Record, State
from bootstrap.engine.prepare import prepare_status, stored_state
from bootstrap.errors import UsageError
from bootstrap.fleet.accounts import account_statuses, stack_set_of
from bootstrap.operations import edited_state
from bootstrap.operations.invocation import Invocation

_AGAIN = "Whether somebody changed something there is not known. Fix what the table names, and run the same command again."


@dataclass(frozen=True)
class Status:
    """`plan` would bring the recorded resources back; `chain` says whether the vendor's roles can be assumed, where that was
    asked for; `boots` what machines report of their first boot."""

    state: State
    plan: Plan
    chain: tuple[RoleCheck, ...]
    boots: tuple[FirstBoot, ...]
    accounts: tuple[AccountStatus, ...] | None = None
    """Those of a fleet."""

    @property
    def failed(self) -> bool:
        """Whether something cannot be read, or does not work."""
        verdicts = {*(each.verdict for each in self.chain), *(each.verdict for each in self.boots)}
        return bool(self.plan.count(Action.UNREADABLE) or self.plan.uncompared) or "failed" in verdicts

    @property
    def can_be_repaired(self) -> bool:
        """Whether create would change something, and would not be refused."""
        work = [change for change in self.plan.work if not change.is_at_work]
        return bool(work or self.state.missing) and not self.plan.refused

    @property
    def is_unlocked(self) -> bool:
        """Whether somebody changed what locks a role until the vendor has shown everything."""
        return self.state.waiting is not None and any(
            item.field in change.resource.while_waiting for change in self.plan.changes for item in change.differences
        )

    @property
    def different(self) -> tuple[str, ...]:
        """The addresses of what differs, or is still to be created. A tag that somebody added is no difference. A policy or
        a rule is one, although create would leave it alone; what AWS is at work on is none."""
        work = [each for each in self.plan.work if not each.is_at_work]
        changed = {*self.plan.added_to, *(each.address for each in (*work, *self.plan.refused))}
        known = [change.address for change in self.plan.changes if change.address in changed]
        return tuple(dict.fromkeys([*known, *self.state.missing]))

    @property
    def different_accounts(self) -> tuple[str, ...]:
        """Those of a fleet that are not as they should be, though CloudFormation may take their stacks to be current."""
        return tuple(each.account for each in self.accounts or () if differs([each]))

    @property
    def differences(self) -> int:
        return len(self.different) + len(self.different_accounts)

    @property
    def differs(self) -> bool:
        return bool(self.differences)


def status(
    session: Session,
    backend: Backend,
    *,
    check_chain: bool = False,
    detect_drift: bool = False,
    accept_edited_state: bool = False,
    invocation: Invocation | None = None,
    show: Callable[[Event], None] = lambda event: None,
) -> Status:
    """Reads everything that the state records. Changes nothing.

    `detect_drift` is for a fleet: CloudFormation compares the stacks of all accounts, which takes minutes, and `show` gets
    how far it is. `check_chain` assumes the vendor's roles, which are those of the state: raises StateError where that was
    edited.
    """
    stored = stored_state(backend)
    invocation = invocation or Invocation.of("status", stored.deployment, session.flags)
    if check_chain:
        edited_state.check(stored, backend.where, invocation, asked=False, accepted=accept_edited_state)
    prepared = prepare_status(session, backend)
    chain = checked_chain(session, stored) if check_chain else []
    plan = replace(prepared.plan, unfinished=stored.missing)
    look = partial(_compared, show=show) if detect_drift else accounts_of
    accounts = look(session, stored, prepared.plan)
    drifted, uncompared = (_with(result, accounts or ()) for result in ("drifted", "not compared"))
    plan = replace(plan, drifted=len(drifted), uncompared=len(uncompared))
    return Status(stored, plan, tuple(chain), tuple(first_boots(session, prepared)), accounts)


def accounts_of(session: Session, stored: State, plan: Plan) -> tuple[AccountStatus, ...] | None:
    """The accounts of a fleet; None for what is none. `plan` says whether the StackSet is there, and ours."""
    if stack_set := stack_set_of(stored):
        if _ours(plan, stack_set) is None:
            return ()
        with explained(session.aws.logins):
            return tuple(account_statuses(_scope(session, stored, stack_set), stack_set, _left_out(stored)))
    return None


def _compared(
    session: Session, stored: State, plan: Plan, show: Callable[[Event], None]
) -> tuple[AccountStatus, ...] | None:
    """After a drift detection. Raises UsageError where there is nothing to compare."""
    stack_set = stack_set_of(stored)
    if stack_set is None:
        raise UsageError(
            f"--detect-drift is for a fleet, and {stored.deployment} has no StackSet",
            "Omit it: status compares every property itself.",
        )
    if (change := _ours(plan, stack_set)) is None:
        return ()
    address = stack_set.address
    aws = _scope(session, stored, stack_set, lambda text: show(Progress(address, text)))
    show(Started(change))
    with explained(session.aws.logins):
        found = tuple(account_statuses(aws, stack_set, _left_out(stored), detect_drift=True))
    missed = _with("not compared", found)
    if missed:
        show(Failed(change, f"CloudFormation did not compare {len(missed)} of {len(found)} accounts", _AGAIN))
    else:
        show(Succeeded(change, {}))
    return found


def _with(result: str, found: Iterable[AccountStatus]) -> list[AccountStatus]:
    return [each for each in found if each.result == result]


def _ours(plan: Plan, stack_set: Record) -> Change | None:
    """The change of the StackSet, as one that changes nothing; None where it is gone, or is somebody else's."""
    here = [each for each in plan.changes if each.address == stack_set.address]
    return next((replace(each, action=Action.NOOP) for each in here if each.action in (Action.UPDATE, Action.NOOP)), None)


def _scope(session: Session, stored: State, stack_set: Record, tell: Callable[[str], None] = lambda text: None) -> Scope:
    return Scope(session.aws, session.accounts[stack_set.account], owner_of(stored, stack_set.address), tell)


def _left_out(stored: State) -> tuple[str, ...]:
    return tuple(stored.inputs.get("exclude") or ())
