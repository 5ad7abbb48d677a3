"""What a run shows: one output format a file. Only here, and in `cli/`, is anything printed."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from bootstrap.core.account import Account
from bootstrap.core.events import Event
from bootstrap.core.first_boot import FirstBoot
from bootstrap.core.integration import Handoff
from bootstrap.core.plan import Plan
from bootstrap.core.receipt import Receipt
from bootstrap.core.recovered import Recovered
from bootstrap.core.role_chain import RoleCheck
from bootstrap.errors import BootstrapError
from bootstrap.permissions.preflight import Preflight

Purpose = Literal["create", "destroy", "status"]
"""What a plan is shown for."""


class View(Protocol):
    """Told what happens, in this order: identity, notes, plan, preflight, chain, first boots, events, result. An error may
    come at any time."""

    def identity(self, accounts: Sequence[tuple[Account, str]], *, sandbox: bool) -> None:
        """Who is calling: each account with the caller's ARN."""

    def note(self, text: str) -> None:
        """One line that a person should know."""

    def plan(self, plan: Plan, *, verbose: bool, purpose: Purpose) -> None: ...

    def preflight(self, found: Preflight, *, every: bool) -> None:
        """What the caller may do of all that a plan takes; of what is allowed only with `every`."""

    def chain(self, findings: Sequence[RoleCheck]) -> None:
        """Whether the roles by which the vendor comes in can be taken."""

    def first_boots(self, found: Sequence[FirstBoot]) -> None:
        """What machines say about their first boot, and what to do."""

    def event(self, event: Event) -> None: ...

    def finished(self) -> None:
        """No event comes any more."""

    def receipt(self, receipt: Receipt) -> None:
        """What is there after a destroy."""

    def recovered(self, found: Recovered) -> None:
        """What a lost state is rebuilt from, before that is agreed to."""

    def result(self, done: str, handoff: Handoff, content: Mapping[str, Any]) -> None:
        """The end of a run: a sentence, what to hand over, and all of it as data."""

    def error(self, error: BootstrapError) -> None: ...
