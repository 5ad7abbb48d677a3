"""`bootstrap status`: what a deployment recorded against what AWS has now."""

from typing import Annotated

import typer

from bootstrap.cli import options


def status(
    *,
    name: options.Name = None,
    detailed_exitcode: options.DetailedExitCode = False,
    profile: options.Profile = None,
    region: options.Region = None,
    check_chain: Annotated[
        bool,
        typer.Option("--check-chain", help="Really assume the roles by which the vendor comes in.", metavar=""),
    ] = False,
    sign_in: options.SignIns = [],  # noqa: B006  typer copies it
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    accept_edited_state: options.AcceptEdited = False,
    verbose: options.Verbose = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """Show whether everything that a deployment made is still there and as it was made.

    Changes nothing. `--check-chain` tries the way in that the vendor takes, where you may: ok, failed or unknown for each
    role. Where a machine installs something when it first starts, its console tells whether that is ready; "failed" ends
    with 1. `--detailed-exitcode` ends with 2 when something differs; what cannot be read ends with 1 in any case.
    """
    from bootstrap.aws.session import signed_in
    from bootstrap.cli import running
    from bootstrap.cli.place import Target
    from bootstrap.cli.sign_ins import recorded_logins
    from bootstrap.core import commands
    from bootstrap.core.role_chain import LIMITS
    from bootstrap.engine.graphs import services_of
    from bootstrap.engine.prepare import stored_state
    from bootstrap.operations import edited, status as operation

    place = Target(profile, region, sandbox, state, tuple(sign_in))
    backend = place.backend(place.chosen(name))
    view = running.view_for(json, plan_is_result=True)
    stored = stored_state(backend)
    view.note(f"Deployment {stored.deployment} of {stored.integration}, recorded in {backend.where}")
    running.warn_edited(view, stored, backend.where)
    if check_chain:  # its roles are those of the state
        edited.check(stored, backend.where, running.invocation(place), asked=False, accepted=accept_edited_state)
    logins = recorded_logins(place, stored, view.note, accepted=accept_edited_state)
    with signed_in(logins, services_of(None, stored), tell=view.note, flags=place.flags) as session:
        running.show_identity(view, session, sandbox=sandbox)
        found = operation(
            session,
            backend,
            check_chain=check_chain,
            accept_edited_state=accept_edited_state,
            invocation=running.invocation(place),
        )
    view.plan(found.plan, verbose=verbose, purpose="status")
    if missing := found.state.missing:
        view.note(f"Create did not finish; not made yet: {', '.join(missing)}")
    if found.can_be_repaired:
        create = commands.bootstrap(
            "create", integration=stored.integration, name=stored.deployment, flags=place.create_flags
        )
        view.note(f"To bring it back: {create}")
    if check_chain:
        view.chain(found.chain)
        view.note(LIMITS)
    if found.boots:
        view.first_boots(found.boots)
    if found.failed:
        return 1
    return 2 if detailed_exitcode and found.differs else 0
