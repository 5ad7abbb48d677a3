"""`bootstrap destroy`: deletes exactly what a deployment created."""

from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from bootstrap.cli.target import Target
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
    cage: options.Cage = False,
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
    from bootstrap.cli.presenter import Presenter, show_deleted, show_destroyed_before
    from bootstrap.cli.questions import confirm_destroy, should_ask
    from bootstrap.cli.sessions import signed_in_as_recorded
    from bootstrap.errors import StateError
    from bootstrap.operations import destroy as operation, plan_destroy
    from bootstrap.operations.destroy import used_existing

    try:
        name = target.chosen(name, ask=not yes)
    except StateError:
        if before := target.destroyed_before(name):
            return show_destroyed_before(view, before)
        if not dry_run:
            should_ask(yes, "destroy")
        raise
    ask = False if dry_run else should_ask(yes, "destroy")
    allowed = options.allowed_to_destroy(delete_data, terminate_jobs, detach_foreign, delete_foreign)
    backend = target.backend(name)
    with backend.lock(f"destroy {name}"):
        stored = target.stored(name, backend, view.note)
        with signed_in_as_recorded(
            target,
            stored,
            view,
            accept_edited_state=accept_edited_state,
            searches=True,
            meanwhile=lambda: used_existing(stored),
        ) as session:
            if dry_run:
                planned = plan_destroy(
                    session,
                    backend,
                    allowed=allowed,
                    check_permissions=not no_preflight,
                    cage=cage,
                    show=Presenter(view, "destroy"),
                    invocation=target.invocation,
                )
                return 1 if planned.plan.refused else 0
            deleted = operation(
                session,
                backend,
                confirm=confirm_destroy if ask else None,
                allowed=allowed,
                check_permissions=not no_preflight,
                accept_edited_state=accept_edited_state,
                cage=cage,
                show=Presenter(view, "destroy"),
                invocation=target.invocation,
                interruptible=interruptible,
            )
    return show_deleted(view, deleted, target.flags)
