"""`bootstrap destroy`: deletes exactly what a deployment created."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options, terminal
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from bootstrap.cli.target import Target
    from bootstrap.core.receipt import Destroyed
    from bootstrap.operations.callbacks import Prepared
    from bootstrap.views import View


@command(sign_in=True, verbose=True)
def destroy(
    *,
    name: options.Name = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.", metavar="")] = False,
    yes: options.Yes = False,
    delete_data: Annotated[
        bool,
        typer.Option(
            "--delete-data",
            help="Also delete data: all object versions in its buckets, and retained volumes.",
            metavar="",
        ),
    ] = False,
    terminate_jobs: options.TerminateJobs = False,
    detach_foreign: options.DetachForeign = False,
    delete_foreign: options.DeleteForeign = False,
    target: "Target",
    no_preflight: options.NoPreflight = False,
    accept_edited_state: options.AcceptEdited = False,
    view: "View",
) -> int:
    """Delete what a deployment created, and nothing else.

    Works from the state alone. It does not touch resources that somebody else created under the same name. It deletes data
    only with --delete-data, and terminates jobs only with --terminate-jobs. It first asks for the deployment's name.

    Exits with 0 when nothing is left, even if an earlier destroy deleted it. Exits with 1 when something is left, when AWS
    does not say, or when no such deployment was ever recorded here.
    """
    from bootstrap.cli.interrupts import interruptible
    from bootstrap.cli.presenter import Presenter, warn_edited
    from bootstrap.cli.questions import drop_early_input, should_ask
    from bootstrap.cli.sessions import signed_in_as_recorded
    from bootstrap.core.integration import Handoff
    from bootstrap.errors import StateError
    from bootstrap.operations import destroy as operation, edited_state, plan_destroy
    from bootstrap.operations.load_state import stored_state
    from bootstrap.operations.run import finishing

    try:
        name = target.chosen(name, ask=not yes)
    except StateError:
        target.deployments()  # raises again where it is not known what is recorded
        if not (before := target.destroyed(name)):
            if not dry_run:
                should_ask(yes, "destroy")
            raise
        return _nothing_to_do(before, view)
    ask = False if dry_run else should_ask(yes, "destroy")
    flags = {
        "delete-data": delete_data,
        "terminate-jobs": terminate_jobs,
        "detach-foreign": detach_foreign,
        "delete-foreign": delete_foreign,
    }
    allowed = frozenset(flag for flag, is_given in flags.items() if is_given)
    show = Presenter(view, "destroy")

    def confirm(prepared: "Prepared") -> bool:
        drop_early_input()
        asked = edited_state.question(prepared.stored, f"Type {name} to destroy it")
        return terminal.prompt(asked).strip() == name

    backend = target.backend(name)
    with backend.lock(f"destroy {name}"):
        stored = stored_state(backend)
        if stored.deployment != name:  # a copy of its state under another name
            raise StateError(
                f"{backend.where} holds the deployment {stored.deployment!r}, not {name!r}",
                f"To destroy that one, run: {target.destroying(stored.deployment, backend)}",
            )
        warn_edited(view, stored, backend.where)
        with signed_in_as_recorded(target, stored, view, accept_edited_state=accept_edited_state, searches=True) as session:
            checked = not no_preflight
            if dry_run:
                planned = plan_destroy(
                    session,
                    backend,
                    allowed=allowed,
                    check_permissions=checked,
                    show=show,
                    invocation=target.invocation,
                )
                return 1 if planned.plan.refused else 0
            deleted = operation(
                session,
                backend,
                confirm=confirm if ask else None,
                allowed=allowed,
                check_permissions=checked,
                accept_edited_state=accept_edited_state,
                show=show,
                invocation=target.invocation,
                interruptible=interruptible,
            )
        if deleted is None:
            view.note("That is not its name. Nothing was changed.")
            return 1
    only = f" Only removed from the state, see the plan: {', '.join(deleted.forgotten)}." if deleted.forgotten else ""
    content = {
        "deployment": name,
        "deleted": list(deleted.deleted),
        "forgotten": list(deleted.forgotten),
        "left": list(deleted.receipt.others),
    }
    with finishing():
        view.result(f"Destroyed: nothing that {name} created is left.{only}", Handoff({}), content)
    return 0


def _nothing_to_do(before: "list[Destroyed]", view: "View") -> int:
    """For a deployment that was destroyed before. AWS is not asked: its account is no longer recorded."""
    from bootstrap.core.integration import Handoff

    names = ", ".join(f"{each.deployment} on {each.at}" for each in before)
    nothing: dict[str, list[str]] = {"deleted": [], "forgotten": [], "left": []}
    content = {"deployment": before[0].deployment, **nothing, "destroyed": [asdict(each) for each in before]}
    view.result(f"Nothing to destroy. Destroyed before: {names}.", Handoff({}), content)
    return 0
