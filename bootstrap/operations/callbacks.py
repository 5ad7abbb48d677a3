"""What an operation reports while it runs, and what it asks. It prints nothing itself."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from bootstrap.core.account_status import AccountStatus
from bootstrap.core.events import Event
from bootstrap.core.receipt import Receipt
from bootstrap.engine.executor import Stop as Stop
from bootstrap.engine.prepare import Prepared as Prepared
from bootstrap.permissions.cage import Cage as Cage
from bootstrap.permissions.preflight import Preflight as Preflight

Confirm = Callable[[Prepared], bool]
"""Called once for each plan that was shown. Without it, nobody is asked and the plan is run."""
Interruptible = Callable[[Callable[[], str]], AbstractContextManager[Stop]]
"""Lets a person stop a run. Its argument does what must be done before an immediate exit, and returns what to tell them."""


class Show(Protocol):
    """Gets what happens, in this order: notes, plan, preflight, cage, events, accounts, receipt."""

    def note(self, text: str) -> None:
        """One line that a person should know."""

    def plan(self, prepared: Prepared) -> None:
        """The plan, before anything is asked or changed, with what is dangerous in it (`Change.warnings`)."""

    def preflight(self, found: Preflight) -> None:
        """The permissions of the plan that the caller lacks, and those that AWS does not tell."""

    def cage(self, found: Cage) -> None:
        """What AWS will let the run do, if it runs in a cage."""

    def event(self, event: Event) -> None: ...

    def finished(self) -> None:
        """Called after the last event."""

    def accounts(self, found: Sequence[AccountStatus]) -> None:
        """What a run came to in each account of a fleet."""

    def receipt(self, receipt: Receipt) -> None:
        """What is left after a destroy."""


class Silent:
    """Shows nothing: the operation still returns or raises everything."""

    def note(self, text: str) -> None: ...
    def plan(self, prepared: Prepared) -> None: ...
    def preflight(self, found: Preflight) -> None: ...
    def cage(self, found: Cage) -> None: ...
    def event(self, event: Event) -> None: ...
    def finished(self) -> None: ...
    def accounts(self, found: Sequence[AccountStatus]) -> None: ...
    def receipt(self, receipt: Receipt) -> None: ...


SILENT: Show = Silent()


@contextmanager
def uninterruptible(leaving: Callable[[], str]) -> Iterator[Stop]:
    """For a caller that never stops a run."""
    yield Stop()
