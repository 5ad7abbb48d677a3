"""`bootstrap check`: the preflight alone, whether AWS would let the caller make a deployment and take it away again."""

from typing import Annotated, Any

import typer

from bootstrap.cli import options
from bootstrap.cli.create import IntegrationName


def check(
    *,
    integration: IntegrationName = None,
    name: options.Name = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 when something is not known.", metavar="")
    ] = False,
    inputs: options.Inputs = None,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    json: options.Json = False,
    debug: options.Debug = False,
    given: dict[str, Any],
) -> int:
    """Ask AWS whether you may do all that create would do now, and that a later destroy would. Changes nothing.

    The inputs are those of create; without --integration, those of the deployment that there is. Ends with 1 when a
    permission is missing, and prints a policy to ask for; also when create would refuse the plan. What cannot be simulated
    is unknown, never allowed.
    """
    from bootstrap.cli import running
    from bootstrap.cli.create import recorded_inputs, signed_in_with_inputs
    from bootstrap.cli.place import Target, is_terminal
    from bootstrap.engine.prepare import stored_state
    from bootstrap.operations import check as operation
    from bootstrap.operations.permitted import missing_permissions_error

    place = Target(profile, region, sandbox, state)
    if integration is None:
        name = place.chosen(name)
        integration = stored_state(place.backend(name)).integration
    name = place.to_create(name, integration)
    backend = place.backend(name)
    view = running.view_for(json, plan_is_result=True)
    gathered, stored = recorded_inputs(integration, given, inputs, name, backend)
    running.warn_edited(view, stored, backend.where)
    with signed_in_with_inputs(place, gathered, stored, view, ask=is_terminal()) as (session, recipe):
        checked = operation(session, backend, name, recipe)
    found = checked.permissions
    running.show_notes(view, checked.prepared)
    view.preflight(found, every=True)
    checked.prepared.plan.check_feasible(shown=False)
    if found.missing:
        raise missing_permissions_error(found, running.Shown(view, "create"))
    return 2 if detailed_exitcode and found.unknown else 0
