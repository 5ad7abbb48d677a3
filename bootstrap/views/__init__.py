"""What a run shows: one file for each output format. Only this package and `cli/` print."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from bootstrap.core.account import Account
    from bootstrap.core.account_status import AccountStatus
    from bootstrap.core.deployment_status import DeploymentStatus
    from bootstrap.core.events import Event
    from bootstrap.core.first_boot import FirstBoot
    from bootstrap.core.handoff import Handoff, Waiting
    from bootstrap.core.plan import Plan
    from bootstrap.core.receipt import Receipt
    from bootstrap.core.recovered import Recovered
    from bootstrap.core.role_chain import RoleCheck
    from bootstrap.core.rotation import Rotation
    from bootstrap.errors import BootstrapError
    from bootstrap.permissions.cage import Cage
    from bootstrap.permissions.preflight import Preflight

Purpose = Literal["create", "adopt", "destroy", "status"]
"""What a plan is shown for."""


class View(Protocol):
    """Shows what happens, in this order: identity, notes, plan, preflight, cage, restore, waiting, rotating, chain, first
    boots, events, result. An error can come at any time."""

    @property
    def verbose(self) -> bool:
        """Whether everything is to be shown, also what the person has read before."""

    @property
    def shown_where(self) -> str:
        """Where a person finds the plan and the preflight that were shown, for an error: "above", elsewhere or ""."""

    def identity(self, accounts: "Sequence[tuple[Account, str]]", *, sandbox: bool) -> None:
        """Who is calling: each account with the caller's ARN."""

    def note(self, text: str) -> None:
        """One line that a person should know."""

    def plan(self, plan: "Plan", *, purpose: Purpose) -> None: ...

    def preflight(self, found: "Preflight", *, every: bool) -> None:
        """Which permissions of a plan the caller lacks; with `every`, also those that are allowed."""

    def cage(self, found: "Cage") -> None:
        """What AWS will let the run do."""

    def waiting(self, found: "Waiting", complete: str, *, opened: bool, differs: bool) -> None:
        """What the vendor is still to show; `complete` is the command to run then."""

    def restore(self, command: str) -> None:
        """The command that restores what differs."""

    def rotating(self, found: "Rotation") -> None:
        """That the role accepts two external ids, and how to retire the previous one."""

    def chain(self, findings: "Sequence[RoleCheck]") -> None:
        """Whether the vendor's roles can be assumed."""

    def first_boots(self, found: "Sequence[FirstBoot]") -> None:
        """What machines say about their first boot, and what to do."""

    def accounts(self, found: "Sequence[AccountStatus]", *, every: bool) -> None:
        """What a fleet is in each of its accounts; without `every`, people see those that went well as a number."""

    def deployments(self, found: "Sequence[DeploymentStatus]") -> None:
        """What a look at each of several deployments came to."""

    def security(self, found: "Sequence[DeploymentStatus]") -> None:
        """Which differences of deployments give somebody more access."""

    def event(self, event: "Event") -> None: ...

    def finished(self) -> None:
        """No more events follow."""

    def receipt(self, receipt: "Receipt") -> None:
        """What is left after a destroy."""

    def recovered(self, found: "Recovered") -> None:
        """What a lost state is rebuilt from, before the user agrees."""

    def result(self, done: str, handoff: "Handoff", content: Mapping[str, Any]) -> None:
        """The end of a run: a sentence, what to hand over, and all of it as data."""

    def error(self, error: "BootstrapError") -> None: ...
