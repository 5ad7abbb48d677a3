"""Shows in a view what operations report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bootstrap.aws.session import Session
from bootstrap.core.events import Event
from bootstrap.core.receipt import Receipt
from bootstrap.core.state import State
from bootstrap.operations import edited_state
from bootstrap.operations.callbacks import Prepared
from bootstrap.permissions.preflight import Preflight
from bootstrap.views import Purpose, View


@dataclass(frozen=True)
class Presenter:
    """Implements `operations.progress.Show`."""

    view: View
    purpose: Purpose

    def note(self, text: str) -> None:
        self.view.note(text)

    def plan(self, prepared: Prepared, warnings: Sequence[str]) -> None:
        self.view.plan(prepared.plan, purpose=self.purpose)
        show_notes(self.view, prepared)
        for text in warnings:
            self.view.note(f"Warning: {text}")

    def preflight(self, found: Preflight) -> None:
        self.view.preflight(found, every=False)

    def event(self, event: Event) -> None:
        self.view.event(event)

    def finished(self) -> None:
        self.view.finished()

    def receipt(self, receipt: Receipt) -> None:
        self.view.receipt(receipt)


def show_identity(view: View, session: Session, *, sandbox: bool) -> None:
    view.identity([(item.account, item.arn) for item in session.identities.values()], sandbox=sandbox)
    if len(session.accounts) > len({account.id for account in session.accounts.values()}):
        view.note(f"{' and '.join(session.accounts)} are the same account.")


def show_notes(view: View, prepared: Prepared) -> None:
    for text in prepared.notes:
        view.note(f"Note: {text}")


def warn_edited(view: View, state: State | None, where: str) -> None:
    if text := edited_state.warning(state, where):
        view.note(text)


def deployment_content(state: State, where: str) -> dict[str, Any]:
    """A deployment as data, for --json."""
    return {
        "deployment": state.deployment,
        "integration": state.integration,
        "state": where,
        "outputs": {record.address: dict(record.outputs) for record in state.records.values()},
    }
