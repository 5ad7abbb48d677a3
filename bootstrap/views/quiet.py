"""Results, errors and warnings alone, for --quiet."""

from collections.abc import Mapping, Sequence
from typing import Any

from bootstrap.core.account import Account
from bootstrap.core.account_status import AccountStatus, remarkable
from bootstrap.core.deployment_status import DeploymentStatus
from bootstrap.core.events import Event, Failed, Skipped, Stopping
from bootstrap.core.first_boot import FirstBoot
from bootstrap.core.handoff import Handoff, Waiting
from bootstrap.core.plan import Plan
from bootstrap.core.receipt import Receipt
from bootstrap.core.recovered import Recovered
from bootstrap.core.role_chain import RoleCheck
from bootstrap.core.rotation import Rotation
from bootstrap.core.warning import is_warning
from bootstrap.errors import BootstrapError
from bootstrap.permissions.cage import Cage
from bootstrap.permissions.preflight import Preflight
from bootstrap.views import Purpose, View


class QuietView:
    """Passes on what another view should show. `asks` says that a question follows, which nobody can answer without what it
    is about; `summarizes` that the sentence at the end is part of the result, as in JSON."""

    def __init__(self, view: View, *, asks: bool, plan_is_result: bool, summarizes: bool) -> None:
        self.view, self.asks, self.summarizes = view, asks, summarizes
        self.shows_plan = asks or plan_is_result

    @property
    def verbose(self) -> bool:
        return self.view.verbose

    @property
    def shown_where(self) -> str:
        return self.view.shown_where

    def identity(self, accounts: Sequence[tuple[Account, str]], *, sandbox: bool) -> None:
        if self.asks:
            self.view.identity(accounts, sandbox=sandbox)

    def note(self, text: str) -> None:
        if self.asks or is_warning(text):
            self.view.note(text)

    def plan(self, plan: Plan, *, purpose: Purpose) -> None:
        if self.shows_plan:
            self.view.plan(plan, purpose=purpose)
            return
        if purpose == "create" and plan.integration:
            for text in plan.integration.lines:
                self.view.note(f"Warning: {text}")
        for change in plan.changes:
            for warning in change.warnings:
                self.view.note(f"Warning: {change.address}: {warning.line}")

    def preflight(self, found: Preflight, *, every: bool) -> None:
        if self.shows_plan or found.missing:
            self.view.preflight(found, every=every)

    def cage(self, found: Cage) -> None:
        if self.shows_plan:
            self.view.cage(found)

    def waiting(self, found: Waiting, complete: str, *, opened: bool, differs: bool) -> None:
        self.view.waiting(found, complete, opened=opened, differs=differs)

    def restore(self, command: str) -> None:
        self.view.restore(command)

    def rotating(self, found: Rotation) -> None:
        self.view.rotating(found)

    def chain(self, findings: Sequence[RoleCheck]) -> None:
        self.view.chain(findings)

    def first_boots(self, found: Sequence[FirstBoot]) -> None:
        self.view.first_boots(found)

    def accounts(self, found: Sequence[AccountStatus], *, every: bool) -> None:
        if every or remarkable(found):
            self.view.accounts(found, every=every)

    def deployments(self, found: Sequence[DeploymentStatus]) -> None:
        self.view.deployments(found)

    def security(self, found: Sequence[DeploymentStatus]) -> None:
        self.view.security(found)

    def event(self, event: Event) -> None:
        if isinstance(event, (Failed, Skipped, Stopping)):
            self.view.event(event)

    def finished(self) -> None:
        self.view.finished()

    def receipt(self, receipt: Receipt) -> None:
        self.view.receipt(receipt)

    def recovered(self, found: Recovered) -> None:
        if self.asks:
            self.view.recovered(found)

    def result(self, done: str, handoff: Handoff, content: Mapping[str, Any]) -> None:
        self.view.result(done if self.summarizes else "", handoff, content)

    def error(self, error: BootstrapError) -> None:
        self.view.error(error)
