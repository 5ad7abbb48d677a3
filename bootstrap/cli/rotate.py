"""`bootstrap rotate external-id`: changes the external id without locking the vendor out."""

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options
from bootstrap.cli.command import command
from bootstrap.errors import UsageError

if TYPE_CHECKING:
    from bootstrap.cli.target import Target
    from bootstrap.core.state import State
    from bootstrap.operations.inputs import Gathered
    from bootstrap.views import View

app = typer.Typer(help="Change the external id without locking the vendor out.", add_completion=False)
app.callback(invoke_without_command=True)(options.help_without_verb)


@app.command("external-id")
@command(verbose=True)
def external_id(
    *,
    new: Annotated[
        str | None,
        typer.Option(
            "--external-id",
            help="Also accept this external id. Default: ask, or generate one if create does.",
            metavar="TEXT",
        ),
    ] = None,
    retire: Annotated[bool, typer.Option("--retire", help="No longer accept the previous external id.", metavar="")] = False,
    name: options.Name = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.", metavar="")] = False,
    yes: options.Yes = False,
    overwrite: options.Overwrite = [],  # noqa: B006  typer copies it
    write_handoff: options.WriteHandoff = None,
    force: options.Force = False,
    target: "Target",
    no_preflight: options.NoPreflight = False,
    cage: options.Cage = False,
    accept_edited_state: options.AcceptEdited = False,
    view: "View",
) -> int:
    """Rotate the external id in two steps: first the role accepts the new one and the previous one; then, with --retire,
    only the new one.

    Between the two, change it at the vendor. Each step is a create with the recorded inputs: it shows the plan and asks.
    To go back before the second step, rotate to the previous one.
    """
    from bootstrap.cli.bound import check_not_required, planning_rotation
    from bootstrap.cli.creating import created, planned
    from bootstrap.cli.presenter import deployment_content, show_created, warn_edited
    from bootstrap.cli.questions import is_terminal, should_ask
    from bootstrap.core.handoff import Handoff
    from bootstrap.core.input import EXTERNAL_ID
    from bootstrap.operations.load_state import stored_state

    if retire and new is not None:
        raise UsageError("--retire and --external-id contradict each other", "Omit one of the two.")
    ask = is_terminal() and not yes if dry_run else should_ask(yes, "rotate")
    folder = options.handoff_folder(write_handoff, force=force)
    if folder:
        folder.check()
    name = target.chosen(name, ask=ask)
    needs_approval = not dry_run and target.approval(name)
    target = target.of(name)
    backend = target.backend(name)
    if needs_approval:
        before = stored_state(backend)
        step = _rotated(target, before, new, retire=retire, ask=False)
        check_not_required(target, name, planning_rotation(target, before, step.values) if step else "")
    allowed = options.allowed(False, False, False, False, overwrite, ())
    with nullcontext() if dry_run else backend.lock(f"rotate the external id of {name}"):
        stored = stored_state(backend)
        warn_edited(view, stored, backend.where)
        gathered = _rotated(target, stored, new, retire=retire, ask=ask)
        if gathered is None:
            done = f"Nothing to retire: the role accepts only {stored.inputs[EXTERNAL_ID]}."
            view.result(done, Handoff({}), deployment_content(stored, backend.where))
            return 0
        if dry_run:
            planned(
                target,
                backend,
                stored.deployment,
                gathered,
                stored,
                view,
                allowed=allowed,
                check_permissions=not no_preflight,
                cage=cage,
                invocation=target.invocation,
            )
            return 0
        done_create = created(
            target,
            backend,
            stored.deployment,
            gathered,
            stored,
            view,
            folder=folder,
            ask=ask,
            allowed=allowed,
            check_permissions=not no_preflight,
            accept_edited_state=accept_edited_state,
            cage=cage,
            invocation=target.invocation,
        )
    if done_create:
        view.note(_in_files(target, done_create.report.outcome.state))
    return show_created(view, done_create, backend.where, folder)


def _in_files(target: "Target", rotated: "State") -> str:
    """Which line of which file has another external id than the state now: create would refuse it."""
    from bootstrap.cli.project import described
    from bootstrap.core.input import EXTERNAL_ID, PREVIOUS

    new, previous = rotated.inputs[EXTERNAL_ID], rotated.inputs.get(PREVIOUS)
    deployment = described(target.project, rotated.deployment)
    if deployment is None:
        return f"If you keep the inputs in a file (--inputs), write {new} there as {EXTERNAL_ID}. Nothing else to change."
    says = {name.replace("-", "_"): str(value) for name, value in deployment.inputs.items()}
    changes = []
    if says.get(EXTERNAL_ID, new) != new:
        changes.append(f"{deployment.where(EXTERNAL_ID)}: write {EXTERNAL_ID} = {json.dumps(new)}.")
    if says.get(PREVIOUS) not in (None, "", previous):
        changes.append(f"{deployment.where(PREVIOUS)}: delete {PREVIOUS}.")
    change = f"{' '.join(changes)} Until then, create refuses what is there."
    return change if changes else f"Nothing to change in {deployment.place.file}."


def _rotated(target: "Target", stored: "State", new: str | None, *, retire: bool, ask: bool) -> "Gathered | None":
    from bootstrap.cli.inputs import AtTerminal
    from bootstrap.integrations import integration, missing_file
    from bootstrap.operations.rotate import external_id_of, needs_new, retired, rotated

    if missing := missing_file(stored):
        raise UsageError(missing, "Put it back. If it has moved, first run create with --integration and where it is now.")
    kind = integration(stored.word)
    item = external_id_of(stored, kind, target.create_flags)
    if retire:
        return retired(stored, kind)
    if new is None and needs_new(stored, item):
        if not ask:
            raise UsageError("the new external id is not given", "Add --external-id.")
        new = AtTerminal().value(item)
    return rotated(stored, kind, item, new, target.create_flags)
