"""`bootstrap check`: whether AWS would let the caller create a deployment and delete it again."""

from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from bootstrap.cli.inputs import GivenInputs
    from bootstrap.cli.target import Target
    from bootstrap.views import View


@command(verbose=True, plan_is_result=True)
def check(
    *,
    integration: options.IntegrationName = None,
    name: options.Name = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 when a permission is unknown.", metavar="")
    ] = False,
    inputs: "GivenInputs",
    target: "Target",
    view: "View",
) -> int:
    """Check whether AWS lets you do what create and a later destroy would do. Changes nothing.

    Takes the inputs of create; without --integration, those of the recorded deployment. If a permission is missing, it
    prints a policy to ask for and exits with 1; it also exits with 1 when create would refuse the plan. A permission that
    cannot be simulated is unknown, never allowed. `--verbose` shows each permission with its reason.
    """
    from bootstrap.cli.presenter import show_notes
    from bootstrap.cli.questions import chosen_deployment, is_terminal
    from bootstrap.cli.sessions import recorded_inputs, signed_in_with_inputs
    from bootstrap.core.entrant import perimeter_sentence
    from bootstrap.operations import check as operation
    from bootstrap.operations.preflight import missing_permissions_error

    integration, name = chosen_deployment(target, integration, name, view.note)
    backend = target.backend(name)
    gathered, stored = recorded_inputs(target, integration, inputs, name, backend, view.note)
    with signed_in_with_inputs(target, gathered, stored, view, ask=is_terminal()) as (session, recipe):
        checked = operation(session, backend, name, recipe, invocation=inputs.changed_where_they_are(target.invocation))
    found = checked.permissions
    show_notes(view, checked.prepared)
    if perimeter := perimeter_sentence(checked.prepared.plan.entrants):
        view.note(f"Note: {perimeter}")
    view.preflight(found, every=True)
    checked.prepared.plan.check_feasible(shown=False)
    if found.missing:
        raise missing_permissions_error(found)
    return 2 if detailed_exitcode and found.unknown else 0
