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
    from bootstrap.checks.simulation import preflight
    from bootstrap.cli import edited, running
    from bootstrap.cli.create import recorded_inputs, signed_in_with_inputs
    from bootstrap.cli.place import Target, is_terminal
    from bootstrap.engine import prepare

    place = Target(profile, region, sandbox, state)
    if integration is None:
        name = place.chosen(name)
        integration = prepare.existing(place.backend(name)).integration
    name = place.to_create(name, integration)
    backend = place.backend(name)
    view = running.view_for(json, plan_is_result=True)
    gathered, stored = recorded_inputs(integration, given, inputs, name, backend)
    edited.warn(stored, backend.where, view.note)
    with signed_in_with_inputs(place, gathered, stored, view, ask=is_terminal()) as (session, recipe):
        prepared = prepare.prepare_create(session, backend, name, prepare.resolve_lookups(session, recipe))
        for text in prepared.notes:
            view.note(f"Note: {text}")
        found = preflight(prepared, everything=True)
    view.preflight(found, every=True)
    prepared.plan.check_feasible(shown=False)
    if found.missing:
        raise running.missing_permissions_error(found, view)
    return 2 if detailed_exitcode and found.unknown else 0
