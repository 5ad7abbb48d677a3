"""`bootstrap recover`: rebuilds a lost state from what AWS has."""

from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from bootstrap.cli.inputs import GivenInputs
    from bootstrap.cli.target import Target
    from bootstrap.core.recovered import Recovered
    from bootstrap.core.state import State
    from bootstrap.views import View


@command()
def recover(
    *,
    integration: options.IntegrationName = None,
    name: options.Name = None,
    lineage: Annotated[
        str | None,
        typer.Option("--lineage", help="Choose the lost state, if several had this name.", metavar="TEXT"),
    ] = None,
    keep_inputs: Annotated[
        bool,
        typer.Option(
            "--keep-inputs", help="Record the inputs as given, even if AWS has others for who may assume a role.", metavar=""
        ),
    ] = False,
    yes: options.Yes = False,
    inputs: "GivenInputs",
    target: "Target",
    view: "View",
) -> int:
    """Rebuild a lost state from owner tags, names and ids.

    Takes the same inputs as the create whose state is lost. Changes nothing in AWS: it shows what it found and what the next
    create would change, and records it when you agree. An external id that a rotation has replaced is refused, with the one
    that AWS has. After that, plan shows what differs, and destroy deletes all of it.
    """
    from bootstrap.cli.presenter import deployment_content, show_ignored
    from bootstrap.cli.questions import chosen_integration, confirmed, should_ask
    from bootstrap.cli.sessions import signed_in_with_inputs
    from bootstrap.core import commands
    from bootstrap.core.integration import Handoff
    from bootstrap.integrations import name_of
    from bootstrap.operations import recover as operation
    from bootstrap.operations.recover import check_lost

    ask = should_ask(yes, "recover")
    integration = chosen_integration(integration, ask=ask)
    name = target.to_create(name, name_of(integration))
    backend = target.backend(name)
    switched_off: list[str] = []

    def confirm(found: "Recovered", rebuilt: "State") -> bool:
        view.recovered(found)
        switched_off.extend(item.address for item in found.taken if item.switched_off)
        return not ask or confirmed(f"Record these {len(rebuilt.records)} in {backend.where}?")

    with backend.lock(f"recover {name}"):
        check_lost(backend)
        gathered = inputs.gathered(integration, None)
        with signed_in_with_inputs(target, gathered, None, view, ask=ask, searches=True, exists=True) as (
            session,
            recipe,
        ):
            saved = operation(
                session,
                backend,
                name,
                recipe,
                lineage=lineage,
                keep_inputs=keep_inputs,
                confirm=confirm,
                invocation=inputs.changed_where_they_are(target.invocation),
            )
        if saved is None:
            view.note("Nothing was recorded.")
            return 1
    show_ignored(view, backend)
    plan = commands.bootstrap("plan", integration=integration, name=name, flags=target.create_flags)
    view.note(f"To see what differs from the inputs: {plan}")
    if switched_off:
        flags = [*target.create_flags, *(word for each in switched_off for word in commands.option("--overwrite", each))]
        create = commands.bootstrap("create", integration=integration, name=name, flags=flags)
        view.note(
            f"Either somebody switched off {', '.join(switched_off)}, or an interrupted destroy did. AWS does not say, so "
            f"create leaves that as it is. To switch it on again: {create}"
        )
    done = f"Recovered: {len(saved.records)} resources of {name} are recorded in {backend.where}."
    view.result(done, Handoff({}), deployment_content(saved, backend.where))
    return 0
