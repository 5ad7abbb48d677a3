"""`bootstrap status`: what a deployment recorded against what AWS has now."""

import shlex

from bootstrap.cli import options


def status(
    *,
    name: options.Name = None,
    detailed_exitcode: options.DetailedExitCode = False,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    verbose: options.Verbose = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """Show whether everything that a deployment made is still there and as it was made.

    Changes nothing. `--detailed-exitcode` ends with 2 when something differs.
    """
    from bootstrap import workflow
    from bootstrap.cli import running
    from bootstrap.cli.place import Place
    from bootstrap.session import logins_for, signed_in

    place = Place(profile, region, sandbox, state)
    backend = place.backend(place.chosen(name))
    view = running.view_for(json, plan_is_result=True)
    stored = workflow.existing(backend)
    logins = logins_for(stored, place.login())
    with signed_in(logins, workflow.services_of(None, stored), tell=view.note) as session:
        running.show_identity(view, session, sandbox=sandbox)
        prepared = workflow.prepare_status(session, backend)
    view.plan(prepared.plan, verbose=verbose, destroying=False)
    differs = bool(prepared.plan.work or prepared.plan.refused)
    if differs:
        words = ["bootstrap", "create", "--integration", stored.integration, "--name", stored.deployment, *place.flags]
        view.note(f"To bring it back: {shlex.join(words)}")
    return 2 if detailed_exitcode and differs else 0
