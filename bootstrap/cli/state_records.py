"""`bootstrap state rm|import`: single records. What is in AWS stays as it is."""

from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options

if TYPE_CHECKING:
    from bootstrap.core.recovered import Recovered
    from bootstrap.core.state import State

Addresses = Annotated[list[str], typer.Argument(help="The addresses, as state show names them.", metavar="ADDRESS...")]


def remove(
    addresses: Addresses,
    *,
    name: options.Name = None,
    yes: options.Yes = False,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    accept_edited_state: options.AcceptEdited = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """Forget records. The things stay in AWS, and destroy leaves them alone.

    What others depend on goes only together with those.
    """
    from bootstrap.cli import running
    from bootstrap.cli.create import content
    from bootstrap.cli.place import Target
    from bootstrap.core.integration import Handoff
    from bootstrap.engine.prepare import stored_state
    from bootstrap.operations import edited, forget

    place = Target(profile, region, sandbox, state)
    ask = running.must_be_agreed(yes, "state rm")
    name = place.chosen(name, ask=ask)
    backend = place.backend(name)
    view = running.view_for(json)
    with backend.lock(f"state rm {name}"):
        stored = stored_state(backend)
        running.warn_edited(view, stored, backend.where)
        stored.without(addresses)
        for address in dict.fromkeys(addresses):
            record = stored.records[address]
            view.note(f"{address}: {record.kind} {', '.join(record.outputs.values()) or '(no id is recorded)'} stays in AWS")
        saved = forget(
            backend,
            addresses,
            confirm=(lambda state: running.confirmed(edited.question(state, "Forget this?"))) if ask else None,
            accept_edited_state=accept_edited_state,
            invocation=running.invocation(place),
        )
        if saved is None:
            view.note("Nothing was forgotten.")
            return 1
    view.note(
        "What carries the owner tags (bootstrap:...) is still this deployment's: create takes it up again, and the receipt "
        "of destroy names it as left. Take these tags away to give it to somebody else."
    )
    view.result(f"Forgotten: {', '.join(dict.fromkeys(addresses))}.", Handoff({}), content(saved, backend.where))
    return 0


def import_(
    address: Annotated[str, typer.Argument(help="The address to record it at.", metavar="ADDRESS")],
    which: Annotated[
        str, typer.Argument(help="Its id, name or ARN, where there are several.", metavar="ID", show_default=False)
    ] = "",
    *,
    name: options.Name = None,
    yes: options.Yes = False,
    profile: options.Profile = None,
    region: options.Region = None,
    sign_in: options.SignIns = [],  # noqa: B006  typer copies it
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    accept_edited_state: options.AcceptEdited = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """Record a thing of this deployment that the state does not know.

    Only what carries the deployment's owner tags: destroy deletes what is recorded, so nobody else's thing may be. What has
    no tags and hangs on it (an attachment) is recorded with it.
    """
    from bootstrap.aws.session import signed_in
    from bootstrap.cli import running
    from bootstrap.cli.create import content
    from bootstrap.cli.place import Target
    from bootstrap.cli.sign_ins import recorded_logins
    from bootstrap.core.integration import Handoff, from_inputs
    from bootstrap.discovery.search import TAGGING
    from bootstrap.engine.graphs import services_of
    from bootstrap.engine.prepare import stored_state
    from bootstrap.integrations import integration as find
    from bootstrap.operations import edited, import_record
    from bootstrap.operations.records import check_unrecorded

    place = Target(profile, region, sandbox, state, tuple(sign_in))
    ask = running.must_be_agreed(yes, "state import")
    name = place.chosen(name, ask=ask)
    backend = place.backend(name)
    view = running.view_for(json)

    def confirm(stored: "State", found: "Recovered") -> bool:
        return running.confirmed(edited.question(stored, "Record this, so that destroy deletes it?"))

    with backend.lock(f"state import {name}"):
        stored = stored_state(backend)
        running.warn_edited(view, stored, backend.where)
        check_unrecorded(stored, address, place.create_flags)
        recipe = from_inputs(find(stored.integration), stored.inputs, stored.wishes)
        logins = recorded_logins(place, stored, view.note, accepted=accept_edited_state)
        with signed_in(logins, {*services_of(recipe, stored), TAGGING}, tell=view.note, flags=place.flags) as session:
            running.show_identity(view, session, sandbox=sandbox)
            imported = import_record(
                session,
                backend,
                recipe,
                address,
                which,
                show=view.recovered,
                confirm=confirm if ask else None,
                accept_edited_state=accept_edited_state,
                invocation=running.invocation(place),
            )
        if imported is None:
            view.note("Nothing was recorded.")
            return 1
    saved, found = imported
    view.result(f"Recorded: {', '.join(item.address for item in found.taken)}.", Handoff({}), content(saved, backend.where))
    return 0
