"""`bootstrap recover`: rebuild a lost state from what AWS has."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bootstrap.cli import options
from bootstrap.cli.create import IntegrationName, chosen_integration, content, signed_in_with_inputs

if TYPE_CHECKING:
    from bootstrap.core.recovered import Recovered
    from bootstrap.core.state import State


def recover(
    *,
    integration: IntegrationName = None,
    name: options.Name = None,
    lineage: Annotated[
        str | None,
        typer.Option("--lineage", help="Which lost state, where several had this name.", metavar="TEXT"),
    ] = None,
    yes: options.Yes = False,
    inputs: options.Inputs = None,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    json: options.Json = False,
    debug: options.Debug = False,
    given: dict[str, Any],
) -> int:
    """Rebuild a lost state from owner tags, names and ids.

    Takes the inputs of the create whose state is lost. Changes nothing in AWS: shows what it found, and records that once
    you agree. Then plan shows what differs, and destroy takes all of it away.
    """
    from bootstrap.cli import running
    from bootstrap.cli.inputs import gather
    from bootstrap.cli.place import Target
    from bootstrap.core import commands
    from bootstrap.core.integration import Handoff
    from bootstrap.discovery.search import TAGGING
    from bootstrap.integrations import integration as find
    from bootstrap.operations import recover as operation
    from bootstrap.operations.recover import check_lost

    place = Target(profile, region, sandbox, state)
    ask = running.must_be_agreed(yes, "recover")
    integration = chosen_integration(integration, ask=ask)
    name = place.to_create(name, integration)
    backend = place.backend(name)
    view = running.view_for(json)

    def confirm(found: "Recovered", rebuilt: "State") -> bool:
        view.recovered(found)
        return not ask or running.confirmed(f"Record these {len(rebuilt.records)} in {backend.where}?")

    with backend.lock(f"recover {name}"):
        check_lost(backend)
        gathered = gather(find(integration), given, inputs, None)
        with signed_in_with_inputs(place, gathered, None, view, ask=ask, also=[TAGGING], exists=True) as (session, recipe):
            saved = operation(session, backend, name, recipe, lineage=lineage, confirm=confirm)
        if saved is None:
            view.note("Nothing was recorded.")
            return 1
    plan = commands.bootstrap("plan", integration=integration, name=name, flags=place.create_flags)
    view.note(f"To see what differs from the inputs: {plan}")
    done = f"Recovered: {len(saved.records)} things of {name} are recorded in {backend.where}."
    view.result(done, Handoff({}), content(saved, backend.where))
    return 0
