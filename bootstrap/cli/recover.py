"""`bootstrap recover`: rebuild a lost state from what AWS has."""

from typing import Annotated, Any

import typer

from bootstrap.cli import options
from bootstrap.cli.create import IntegrationName, chosen_integration, content, signed_in_with_inputs


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
    from bootstrap.discovery import recovery
    from bootstrap.discovery.search import TAGGING
    from bootstrap.errors import StateError
    from bootstrap.integrations import integration as find

    place = Target(profile, region, sandbox, state)
    ask = running.must_be_agreed(yes, "recover")
    integration = chosen_integration(integration, ask=ask)
    name = place.to_create(name, integration)
    backend = place.backend(name)
    view = running.view_for(json)
    with backend.lock(f"recover {name}"):
        if stored := backend.load():
            raise StateError(
                f"{backend.where} is there, with {len(stored.records)} records of {stored.deployment}; nothing was recorded",
                "Use it as it is. To rebuild it all the same, move it away first.",
            )
        gathered = gather(find(integration), given, inputs, None)
        with signed_in_with_inputs(place, gathered, None, view, ask=ask, also=[TAGGING], exists=True) as (session, recipe):
            rebuilt = recovery.rebuilt(session, name, recipe, lineage)
            running.check_apart(backend.where, rebuilt.state, "Nothing was recorded. Name another place with --state.")
        view.recovered(rebuilt.found)
        if ask and not running.confirmed(f"Record these {len(rebuilt.state.records)} in {backend.where}?"):
            view.note("Nothing was recorded.")
            return 1
        saved = backend.save(rebuilt.state)
    plan = commands.bootstrap("plan", integration=integration, name=name, flags=place.create_flags)
    view.note(f"To see what differs from the inputs: {plan}")
    done = f"Recovered: {len(saved.records)} things of {name} are recorded in {backend.where}."
    view.result(done, Handoff({}), content(saved, backend.where))
    return 0
