"""`bootstrap rotate external-id`: changes the external id without locking the vendor out."""

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

app = typer.Typer(help="Change what the vendor gets in with, without locking it out.", add_completion=False)
app.callback(invoke_without_command=True)(options.help_without_verb)


@app.command("external-id")
@command(verbose=True)
def external_id(
    *,
    new: Annotated[
        str | None,
        typer.Option(
            "--external-id", help="Accept this one, too. Default: ask, or make one if create does.", metavar="TEXT"
        ),
    ] = None,
    retire: Annotated[bool, typer.Option("--retire", help="Accept the previous external id no longer.", metavar="")] = False,
    name: options.Name = None,
    yes: options.Yes = False,
    overwrite: options.Overwrite = [],  # noqa: B006  typer copies it
    write_handoff: options.WriteHandoff = None,
    force: options.Force = False,
    target: "Target",
    no_preflight: options.NoPreflight = False,
    accept_edited_state: options.AcceptEdited = False,
    view: "View",
) -> int:
    """Rotate the external id in two steps: first the role accepts the new one and the previous one; then, with --retire,
    only the new one.

    Between the two, change it at the vendor. Each step is a create with the recorded inputs: it shows the plan and asks.
    To go back before the second step, rotate to the previous one.
    """
    from bootstrap.cli.interrupts import interruptible
    from bootstrap.cli.presenter import Presenter, show_created, warn_edited
    from bootstrap.cli.questions import confirm_plan, should_ask
    from bootstrap.cli.sessions import signed_in_with_inputs
    from bootstrap.operations import create
    from bootstrap.operations.load_state import stored_state

    if retire and new is not None:
        raise UsageError("--retire and --external-id contradict each other", "Omit one of the two.")
    ask = should_ask(yes, "rotate")
    folder = options.handoff_folder(write_handoff, force=force)
    if folder:
        folder.check()
    name = target.chosen(name, ask=ask)
    target = target.of(name)
    backend = target.backend(name)
    with backend.lock(f"rotate the external id of {name}"):
        stored = stored_state(backend)
        warn_edited(view, stored, backend.where)
        gathered = _rotated(target, stored, new, retire=retire, ask=ask)
        if folder:
            folder.check_files(gathered.integration, stored)
        with signed_in_with_inputs(target, gathered, stored, view, ask=ask, accept_edited_state=accept_edited_state) as (
            session,
            recipe,
        ):
            created = create(
                session,
                backend,
                stored.deployment,
                recipe,
                confirm=confirm_plan if ask else None,
                allowed=options.allowed(False, False, False, False, overwrite, ()),
                check_permissions=not no_preflight,
                accept_edited_state=accept_edited_state,
                show=Presenter(view, "create"),
                invocation=target.invocation,
                interruptible=interruptible,
            )
    return show_created(view, created, backend.where, folder)


def _rotated(target: "Target", stored: "State", new: str | None, *, retire: bool, ask: bool) -> "Gathered":
    from bootstrap.cli.inputs import AtTerminal
    from bootstrap.integrations import integration
    from bootstrap.operations.rotate import external_id_of, needs_new, retired, rotated

    kind = integration(stored.word)
    item = external_id_of(stored, kind, target.create_flags)
    if retire:
        return retired(stored, kind)
    if new is None and needs_new(stored, item):
        if not ask:
            raise UsageError("the new external id is not given", "Add --external-id.")
        new = AtTerminal().value(item)
    return rotated(stored, kind, item, new)
