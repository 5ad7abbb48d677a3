"""`bootstrap state rm|import`: single records. AWS is not changed."""

from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import completion, options
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from bootstrap.cli.target import Target
    from bootstrap.core.recovered import Recovered
    from bootstrap.core.state import State
    from bootstrap.views import View

Addresses = Annotated[
    list[str],
    typer.Argument(
        help="The addresses, as state show prints them.", metavar="ADDRESS...", autocompletion=completion.addresses
    ),
]


@command()
def remove(
    addresses: Addresses,
    *,
    name: options.Name = None,
    yes: options.Yes = False,
    target: "Target",
    accept_edited_state: options.AcceptEdited = False,
    view: "View",
) -> int:
    """Remove records from the state. The resources stay in AWS, and destroy does not delete them.

    A record on which others depend can be removed only together with them.
    """
    from bootstrap.cli.presenter import deployment_content, warn_edited
    from bootstrap.cli.questions import confirmed, should_ask
    from bootstrap.core.integration import Handoff
    from bootstrap.operations import edited_state, forget
    from bootstrap.operations.load_state import stored_state

    ask = should_ask(yes, "state rm")
    name = target.chosen(name, ask=ask)
    backend = target.backend(name)
    with backend.lock(f"state rm {name}"):
        stored = stored_state(backend)
        warn_edited(view, stored, backend.where)
        stored.without(addresses)
        for address in dict.fromkeys(addresses):
            record = stored.records[address]
            view.note(f"{address}: {record.kind} {', '.join(record.outputs.values()) or '(no id is recorded)'} stays in AWS")
        saved = forget(
            backend,
            addresses,
            confirm=(lambda state: confirmed(edited_state.question(state, "Forget this?"))) if ask else None,
            accept_edited_state=accept_edited_state,
            invocation=target.invocation,
        )
        if saved is None:
            view.note("Nothing was forgotten.")
            return 1
    view.note(
        "What carries the owner tags (bootstrap:...) is still this deployment's: create takes it up again, and the receipt "
        "of destroy names it as left. Remove these tags to give it to somebody else."
    )
    view.result(f"Forgotten: {', '.join(dict.fromkeys(addresses))}.", Handoff({}), deployment_content(saved, backend.where))
    return 0


@command(sign_in=True)
def import_(
    address: Annotated[str, typer.Argument(help="The address to record it at.", metavar="ADDRESS")],
    which: Annotated[
        str, typer.Argument(help="Its id, name or ARN, if there are several.", metavar="ID", show_default=False)
    ] = "",
    *,
    name: options.Name = None,
    yes: options.Yes = False,
    target: "Target",
    accept_edited_state: options.AcceptEdited = False,
    view: "View",
) -> int:
    """Record a resource of this deployment that is not in the state.

    The resource must have the deployment's owner tags, because destroy deletes what is recorded. Its attachments, which have
    no tags, are recorded with it.
    """
    from bootstrap.cli.presenter import deployment_content, warn_edited
    from bootstrap.cli.questions import confirmed, should_ask
    from bootstrap.cli.sessions import signed_in_as_recorded
    from bootstrap.core.checked_inputs import from_inputs
    from bootstrap.core.integration import Handoff
    from bootstrap.integrations import recorded
    from bootstrap.operations import edited_state, import_record
    from bootstrap.operations.load_state import stored_state
    from bootstrap.operations.state_records import check_unrecorded

    ask = should_ask(yes, "state import")
    name = target.chosen(name, ask=ask)
    backend = target.backend(name)

    def confirm(stored: "State", found: "Recovered") -> bool:
        return confirmed(edited_state.question(stored, "Record this, so that destroy deletes it?"))

    with backend.lock(f"state import {name}"):
        stored = stored_state(backend)
        warn_edited(view, stored, backend.where)
        check_unrecorded(stored, address, target.create_flags)
        recipe = from_inputs(recorded(stored), stored.inputs, stored.wishes)
        with signed_in_as_recorded(
            target, stored, view, accept_edited_state=accept_edited_state, integration=recipe, searches=True
        ) as session:
            imported = import_record(
                session,
                backend,
                recipe,
                address,
                which,
                show=view.recovered,
                confirm=confirm if ask else None,
                accept_edited_state=accept_edited_state,
                invocation=target.invocation,
            )
        if imported is None:
            view.note("Nothing was recorded.")
            return 1
    saved, found = imported
    view.result(
        f"Recorded: {', '.join(item.address for item in found.taken)}.",
        Handoff({}),
        deployment_content(saved, backend.where),
    )
    return 0
