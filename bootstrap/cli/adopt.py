"""`bootstrap adopt`: takes over what exists."""

from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from bootstrap.cli.inputs import GivenInputs
    from bootstrap.cli.target import Target
    from bootstrap.views import View


@command(verbose=True)
def adopt(
    *,
    integration: options.IntegrationName = None,
    name: options.Name = None,
    resource: Annotated[
        list[str],
        typer.Option(
            "--resource",
            help="Name what to adopt at an address, if it is not found by itself (repeatable).",
            metavar="ADDRESS=NAME|ID|ARN",
        ),
    ] = [],  # noqa: B006  typer copies it
    from_stack: Annotated[
        bool, typer.Option("--from-stack", help="Also adopt what a CloudFormation stack manages.", metavar="")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.", metavar="")] = False,
    yes: options.Yes = False,
    inputs: "GivenInputs",
    target: "Target",
    no_preflight: options.NoPreflight = False,
    accept_edited_state: options.AcceptEdited = False,
    view: "View",
) -> int:
    """Take over resources that were created by hand, by Terraform or by a stack.

    Looks for what create would make, under the same names, and shows what matches, what differs and what is missing. When
    you agree, it adds the owner tags and records the resources; it changes nothing else. From then on create corrects them,
    and destroy deletes them. See: bootstrap docs adopt
    """
    from bootstrap.cli.interrupts import interruptible
    from bootstrap.cli.presenter import Presenter, show_adopted, show_ignored
    from bootstrap.cli.questions import chosen_deployment, confirm_adopt, should_ask
    from bootstrap.cli.sessions import recorded_inputs, signed_in_with_inputs
    from bootstrap.operations import adopt as operation
    from bootstrap.operations.adopt import parse_named

    named = parse_named(resource)
    ask = False if dry_run else should_ask(yes, "adopt")
    integration, name = chosen_deployment(target, integration, name, view.note, ask=not yes)
    backend = target.backend(name)
    with backend.lock(f"adopt {name}"):
        gathered, stored = recorded_inputs(target, integration, inputs, name, backend, view.note)
        with signed_in_with_inputs(target, gathered, stored, view, ask=ask, accept_edited_state=accept_edited_state) as (
            session,
            recipe,
        ):
            adopted = operation(
                session,
                backend,
                name,
                recipe,
                named=named,
                from_stack=from_stack,
                only_plan=dry_run,
                confirm=confirm_adopt if ask else None,
                check_permissions=not no_preflight,
                accept_edited_state=accept_edited_state,
                show=Presenter(view, "adopt"),
                invocation=inputs.changed_where_they_are(target.invocation),
                interruptible=interruptible,
            )
    if dry_run:
        return 0
    show_ignored(view, backend)
    return show_adopted(view, adopted, backend.where)
