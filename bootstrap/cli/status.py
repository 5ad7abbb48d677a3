"""`bootstrap status`: compares what a deployment recorded with what AWS has now."""

from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from bootstrap.cli.target import Target
    from bootstrap.views import View


@command(sign_in=True, verbose=True, plan_is_result=True)
def status(
    *,
    name: options.Name = None,
    detailed_exitcode: options.DetailedExitCode = False,
    check_chain: Annotated[
        bool,
        typer.Option("--check-chain", help="Assume the vendor's roles, to test them.", metavar=""),
    ] = False,
    target: "Target",
    accept_edited_state: options.AcceptEdited = False,
    view: "View",
) -> int:
    """Show whether everything that a deployment created still exists unchanged.

    Changes nothing. `--check-chain` assumes the vendor's roles, if you may, and shows ok, failed or unknown for each. If a
    machine installs software at its first start, status reads from its console whether that is done. Exits with 1 when a
    check failed or a resource cannot be read; with `--detailed-exitcode`, exits with 2 when something differs.
    """
    from bootstrap.cli.presenter import warn_edited
    from bootstrap.cli.sessions import signed_in_as_recorded
    from bootstrap.core import commands
    from bootstrap.core.role_chain import LIMITS
    from bootstrap.operations import edited_state, status as operation
    from bootstrap.operations.load_state import stored_state

    backend = target.backend(target.chosen(name))
    stored = stored_state(backend)
    view.note(f"Deployment {stored.deployment} of {stored.integration}, recorded in {backend.where}")
    warn_edited(view, stored, backend.where)
    if check_chain:  # its roles are those of the state
        edited_state.check(stored, backend.where, target.invocation, asked=False, accepted=accept_edited_state)
    with signed_in_as_recorded(target, stored, view, accept_edited_state=accept_edited_state) as session:
        found = operation(
            session,
            backend,
            check_chain=check_chain,
            accept_edited_state=accept_edited_state,
            invocation=target.invocation,
        )
    view.plan(found.plan, purpose="status")
    if missing := found.state.missing:
        view.note(f"Create did not finish; still to be created: {', '.join(missing)}")
    if found.can_be_repaired:
        create = commands.bootstrap(
            "create", integration=stored.integration, name=stored.deployment, flags=target.create_flags
        )
        view.note(f"To restore it, run: {create}")
    if check_chain:
        view.chain(found.chain)
        view.note(LIMITS)
    if found.boots:
        view.first_boots(found.boots)
    if found.failed:
        return 1
    return 2 if detailed_exitcode and found.differs else 0
