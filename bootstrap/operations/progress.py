"""What an operation tells while it runs, and what it asks. It prints nothing itself."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from bootstrap.core.events import Event
from bootstrap.core.receipt import Receipt
from bootstrap.engine.executor import Stop as Stop
from bootstrap.engine.prepare import Prepared as Prepared
from bootstrap.permissions.preflight import Preflight

Confirm = Callable[[Prepared], bool]
"""Asked once for each plan that was shown. Without one nobody is asked, and the plan is run."""
Interruptible = Callable[[Callable[[], str]], AbstractContextManager[Stop]]
"""Lets a person stop a run. Its argument does what must be done before leaving at once, and returns what to say of it."""


class Show(Protocol):
    """Told what happens, in this order: notes, plan, preflight, events, receipt."""

    def note(self, text: str) -> None:
        """One line that a person should know."""

    def plan(self, prepared: Prepared, warnings: Sequence[str]) -> None:
        """The plan, before anything is asked or changed, and what is dangerous in it."""

    def preflight(self, found: Preflight) -> None:
        """What the caller may not do of all that the plan takes, or what AWS does not tell."""

    def event(self, event: Event) -> None: ...

    def finished(self) -> None:
        """No event comes any more."""

    def receipt(self, receipt: Receipt) -> None:
        """What is there after a destroy."""


class Silent:
    """Shows nothing: what an operation returns or raises says it all."""

    def note(self, text: str) -> None: ...
    def plan(self, prepared: Prepared, warnings: Sequence[str]) -> None: ...
    def preflight(self, found: Preflight) -> None: ...
    def event(self, event: Event) -> None: ...
    def finished(self) -> None: ...
    def receipt(self, receipt: Receipt) -> None: ...


SILENT: Show = Silent()


@contextmanager
def uninterruptible(leaving: Callable[[], str]) -> Iterator[Stop]:
    """For a caller that never stops a run."""
    yield Stop()
