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
    from bootstrap.checks.first_boots import first_boots
    from bootstrap.checks.role_chain import checked_chain
    from bootstrap.cli import edited, running
    from bootstrap.cli.place import Target
    from bootstrap.cli.sign_ins import recorded_logins
    from bootstrap.core import commands
    from bootstrap.core.chain import LIMITS
    from bootstrap.core.plan import Action
    from bootstrap.engine import prepare

    place = Target(profile, region, sandbox, state, tuple(sign_in))
    backend = place.backend(place.chosen(name))
    view = running.view_for(json, plan_is_result=True)
    stored = prepare.existing(backend)
    view.note(f"Deployment {stored.deployment} of {stored.integration}, recorded in {backend.where}")
    edited.warn(stored, backend.where, view.note)
    if check_chain:  # its roles are those of the state
        flags = ["--name", stored.deployment, *place.create_flags]
        edited.check(stored, backend.where, flags, ask=False, accepted=accept_edited_state)
    logins = recorded_logins(place, stored, view.note, accepted=accept_edited_state)
    with signed_in(logins, prepare.services_of(None, stored), tell=view.note, flags=place.flags) as session:
        running.show_identity(view, session, sandbox=sandbox)
        prepared = prepare.prepare_status(session, backend)
        findings = checked_chain(session, stored) if check_chain else []
        boots = first_boots(session, prepared)
    view.plan(prepared.plan, verbose=verbose, purpose="status")
    plan, missing = prepared.plan, stored.missing
    if missing:
        view.note(f"Create did not finish; not made yet: {', '.join(missing)}")
    if (plan.work or missing) and not plan.refused:
        create = commands.bootstrap(
            "create", integration=stored.integration, name=stored.deployment, flags=place.create_flags
        )
        view.note(f"To bring it back: {create}")
    if check_chain:
        view.chain(findings)
        view.note(LIMITS)
    if boots:
        view.first_boots(boots)
    verdicts = {*(finding.verdict for finding in findings), *(boot.verdict for boot in boots)}
    if plan.count(Action.UNREADABLE) or "failed" in verdicts:
        return 1
    # A tag that somebody added is no difference; a policy or a rule is one, though create would leave it alone.
    added = [text for change in plan.changes for text in change.others if not text.startswith("tag ")]
    return 2 if detailed_exitcode and (plan.work or plan.refused or missing or added) else 0
