"""What a run came to in each account of a fleet, also if it failed or was stopped."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

from bootstrap.aws.scope import Scope
from bootstrap.aws.session import explained
from bootstrap.core.account_status import AccountStatus
from bootstrap.core.planner import owner_of
from bootstrap.core.resource import Resource
from bootstrap.engine.prepare import Prepared
from bootstrap.errors import BootstrapError
from bootstrap.fleet.accounts import Stacks, destroyed, stacks_of, status_of, whereabouts
from bootstrap.operations.callbacks import Show

T = TypeVar("T")


@contextmanager
def accounts_shown(prepared: Prepared, show: Show) -> Iterator[None]:
    """For a create: shows the accounts at the end, if it changed anything."""
    try:
        yield
    finally:
        if prepared.plan.work and (found := _stacks(prepared)):
            show.accounts([status_of(each) for each in found])


@contextmanager
def accounts_followed(prepared: Prepared, show: Show) -> Iterator[Callable[[], Sequence[AccountStatus]]]:
    """For a destroy: what is given tells of the accounts, for the receipt. If there will be none, they are shown here."""
    before = _stacks(prepared)

    def found() -> Sequence[AccountStatus]:
        after = _stacks(prepared)
        ask = partial(_whereabouts, prepared)
        return destroyed(prepared.state, before, after, ask) if before is not None and after is not None else ()

    try:
        yield found
    except BaseException:
        if accounts := found():
            show.accounts(accounts)
        raise


def _stacks(prepared: Prepared) -> Stacks | None:
    """The stacks of the StackSet in the plan; None where it has none, or AWS does not tell."""
    return _asked(prepared, stacks_of)


def _whereabouts(prepared: Prepared, accounts: Sequence[str], units: Sequence[str]) -> Mapping[str, str]:
    return _asked(prepared, lambda scope, _: whereabouts(scope, accounts, units)) or {}


def _asked(prepared: Prepared, ask: Callable[[Scope, Resource], T | None]) -> T | None:
    """The first answer about a resource of the plan; None where AWS gives none."""
    for change in prepared.plan.changes:
        session, owner = prepared.session, owner_of(prepared.state, change.address)
        with suppress(BootstrapError), explained(session.aws.logins):
            scope = Scope(session.aws, session.accounts[change.account], owner)
            if (found := ask(scope, change.resource)) is not None:
                return found
    return None
