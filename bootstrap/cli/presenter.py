"""Shows in a view what operations report."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bootstrap.backends.file import FileBackend
from bootstrap.cli.destroyed import destroyed_lines
from bootstrap.cli.handoff import HandoffFolder
from bootstrap.core import commands
from bootstrap.core.account_status import AccountStatus
from bootstrap.core.adoption import give_back_advice
from bootstrap.core.backend import Backend
from bootstrap.core.events import Event
from bootstrap.core.integration import Handoff
from bootstrap.core.receipt import Destroyed, Receipt
from bootstrap.core.state import State
from bootstrap.operations import Session, edited_state
from bootstrap.operations.callbacks import Cage, Preflight, Prepared
from bootstrap.operations.create import Created
from bootstrap.operations.destroy import Deleted
from bootstrap.operations.run import finishing
from bootstrap.views import Purpose, View


@dataclass(frozen=True)
class Presenter:
    """Implements `operations.callbacks.Show`. `seen` gets each plan."""

    view: View
    purpose: Purpose
    seen: list[Prepared] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.view.note(text)

    def plan(self, prepared: Prepared) -> None:
        self.seen.append(prepared)
        self.view.plan(prepared.plan, purpose=self.purpose)
        show_notes(self.view, prepared)

    def preflight(self, found: Preflight) -> None:
        self.view.preflight(found, every=False)

    def cage(self, found: Cage) -> None:
        self.view.cage(found)

    def event(self, event: Event) -> None:
        self.view.event(event)

    def finished(self) -> None:
        self.view.finished()

    def accounts(self, found: Sequence[AccountStatus]) -> None:
        self.view.accounts(found, every=False)

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


def show_ignored(view: View, backend: Backend) -> None:
    """Says once that a file was written that nobody asked for."""
    for path in backend.ignored_by if isinstance(backend, FileBackend) else ():
        view.note(f"Written: {path}. It keeps states out of git; docs/team-state.md says how a team shares them.")


def show_created(view: View, created: Created | None, where: str, folder: HandoffFolder | None) -> int:
    """Shows what became of a create, and writes what to hand over into the folder; returns the exit code."""
    if created is None:
        view.note("Nothing was changed.")
        return 1
    prepared, report = created.prepared, created.report
    state, number = report.outcome.state, len(prepared.plan.work)
    done = f"Done: {number} {'change' if number == 1 else 'changes'}. Recorded in {where}." if number else ""
    flags = commands.without_sign_in(prepared.session.flags)
    with finishing(commands.bootstrap("outputs", name=state.deployment, flags=flags)):
        try:
            if folder:
                outputs = commands.bootstrap("outputs", name=state.deployment, write_handoff=str(folder.path), flags=flags)
                folder = replace(folder, again=f"to write it again: {outputs}")
                folder.write(report.handoff, state, prepared.stored)
                view.note(f"What to hand over is in {folder.path}.")
        finally:  # the result is worth showing, also when it could not be written
            opened = [item.as_json(address) for address, item in prepared.plan.opened]
            view.result(done, report.handoff, {**deployment_content(state, where), "warnings": opened})
    return 0


def show_adopted(view: View, adopted: Created | None, where: str) -> int:
    """Shows what became of an adopt, and how to go on and back; returns the exit code."""
    if adopted is None:
        view.note("Nothing was changed.")
        return 1
    prepared, state = adopted.prepared, adopted.report.outcome.state
    changes, flags = prepared.plan.work, commands.without_sign_in(prepared.session.flags)
    name, of = state.deployment, {"integration": state.word, "name": state.deployment}
    done = f"Adopted: {', '.join(change.address for change in changes)}. Recorded in {where}."
    following = commands.bootstrap("plan", flags=flags, **of)
    with finishing(commands.bootstrap("status", name=name, flags=flags)):
        view.note(f"To see what create will correct and add, run: {following}")
        asked = [change.address for change in changes if change.undecided]
        if asked:
            more = [word for address in asked for word in commands.option("--overwrite", address)]
            create = commands.bootstrap("create", flags=[*flags, *more], **of)
            view.note(
                f"Of {', '.join(asked)}, neither the value in AWS nor that of the inputs is stricter, so create asks. To "
                f"set those of the inputs, run: {create}"
            )
        if changes:
            view.note(give_back_advice([change.address for change in changes], state, flags))
        content = {
            **deployment_content(state, where),
            "adopted": [change.address for change in changes],
            "missing": list(prepared.plan.unfinished),
        }
        view.result(done if changes else "Nothing to adopt: all that exists is recorded.", Handoff({}), content)
    return 0


def show_deleted(view: View, deleted: Deleted | None, flags: Sequence[str]) -> int:
    """Shows what became of a destroy; returns the exit code."""
    if deleted is None:
        view.note("That is not its name. Nothing was changed.")
        return 1
    forgotten = ", ".join(deleted.forgotten)
    only = f" Only removed from the state, see the plan: {forgotten}." if forgotten else ""
    content = {
        "deployment": deleted.deployment,
        "deleted": list(deleted.deleted),
        "forgotten": list(deleted.forgotten),
        "left": [*deleted.receipt.kept, *deleted.receipt.others],
    }
    with finishing(commands.bootstrap("destroy", name=deleted.deployment, flags=flags)):
        but = " but what the whole account shares" if deleted.left_for_account else ""
        view.result(f"Destroyed: nothing that {deleted.deployment} created is left{but}.{only}", Handoff({}), content)
    return 0


def show_destroyed_before(view: View, before: Sequence[Destroyed]) -> int:
    """For a deployment that was destroyed before. AWS is not asked: its account is no longer recorded."""
    names = ", ".join(f"{each.deployment} on {each.at}" for each in before)
    nothing: dict[str, list[str]] = {"deleted": [], "forgotten": [], "left": []}
    content = {"deployment": before[0].deployment, **nothing, "destroyed": [asdict(each) for each in before]}
    view.result(f"Nothing to destroy. Destroyed before: {names}.", Handoff({}), content)
    return 0


def show_gone(view: View, before: Sequence[Destroyed], flags: Sequence[str]) -> int:
    """The status of deployments that were destroyed: nothing of them is left to compare."""
    for text in destroyed_lines(before, flags):
        view.note(text)
    content = {"deployment": before[0].deployment, "destroyed": [asdict(each) for each in before]}
    view.result("Nothing to compare.", Handoff({}), content)
    return 0


def deployment_content(state: State, where: str) -> dict[str, Any]:
    """A deployment as data, for --json."""
    return {
        "deployment": state.deployment,
        "integration": state.integration,
        **({"source": vars(state.source)} if state.source else {}),
        "state": where,
        "outputs": {record.address: dict(record.outputs) for record in state.records.values()},
    }
