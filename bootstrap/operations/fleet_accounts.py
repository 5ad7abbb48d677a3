"""What a run came to in each account of a fleet, also if it failed or was stopped."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from bootstrap.aws.scope import Scope
from bootstrap.aws.session import explained
from bootstrap.core.account_status import AccountStatus
from bootstrap.core.events import Event, Progress
from bootstrap.core.planner import owner_of
from bootstrap.core.rollout import Rollout
from bootstrap.engine.prepare import Prepared
from bootstrap.errors import BootstrapError
from bootstrap.fleet.accounts import Stacks, destroyed, stacks_of, status_of
from bootstrap.operations.callbacks import Show


@contextmanager
def accounts_shown(prepared: Prepared, show: Show) -> Iterator[None]:
    """For a create: shows the accounts at the end, if it changed anything."""
    try:
        yield
    finally:
        if prepared.plan.work and (found := _stacks(prepared)):
            show.accounts([status_of(each) for each in found])


@dataclass(frozen=True)
class Followed:
    """The accounts during a destroy: `before` are their stacks when it began, `skipped` were suspended."""

    prepared: Prepared
    before: Stacks | None
    skipped: set[str] = field(default_factory=set)

    def event(self, event: Event) -> None:
        if isinstance(event, Progress) and isinstance(event.text, Rollout):
            self.skipped.update(event.text.skipped)

    def found(self) -> Sequence[AccountStatus]:
        after = _stacks(self.prepared)
        known = self.before is not None and after is not None
        return destroyed(self.prepared.state, self.before or (), after or (), self.skipped) if known else ()


@contextmanager
def accounts_followed(prepared: Prepared, show: Show) -> Iterator[Followed]:
    """For a destroy, whose receipt tells of the accounts. If there will be none, they are shown here."""
    followed = Followed(prepared, _stacks(prepared))
    try:
        yield followed
    except BaseException:
        if accounts := followed.found():
            show.accounts(accounts)
        raise


def _stacks(prepared: Prepared) -> Stacks | None:
    """The stacks of the StackSet in the plan; None where it has none, or AWS does not tell."""
    for change in prepared.plan.changes:
        session, owner = prepared.session, owner_of(prepared.state, change.address)
        with suppress(BootstrapError), explained(session.aws.logins):
            scope = Scope(session.aws, session.accounts[change.account], owner)
            if (found := stacks_of(scope, change.resource)) is not None:
                return found
    return None
