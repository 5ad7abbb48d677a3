"""`bootstrap state rm|import`: single records. What is in AWS stays as it is."""

from typing import Annotated

import typer

from bootstrap.cli import options

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
    from bootstrap.cli import edited, running
    from bootstrap.cli.create import content
    from bootstrap.cli.place import Target
    from bootstrap.core.integration import Handoff
    from bootstrap.engine import prepare

    place = Target(profile, region, sandbox, state)
    ask = running.must_be_agreed(yes, "state rm")
    name = place.chosen(name, ask=ask)
    backend = place.backend(name)
    view = running.view_for(json)
    with backend.lock(f"state rm {name}"):
        stored = prepare.existing(backend)
        edited.warn(stored, backend.where, view.note)
        remaining = stored.without(addresses)
        for address in dict.fromkeys(addresses):
            record = stored.records[address]
            view.note(f"{address}: {record.kind} {', '.join(record.outputs.values()) or '(no id is recorded)'} stays in AWS")
        flags = ["--name", name, *place.create_flags]
        edited.check(stored, backend.where, flags, ask=ask, accepted=accept_edited_state)
        if ask and not running.confirmed(edited.question(stored, "Forget this?")):
            view.note("Nothing was forgotten.")
            return 1
        saved = backend.save(remaining)
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
    from bootstrap.aws.session import check_same, signed_in
    from bootstrap.cli import edited, running
    from bootstrap.cli.create import content
    from bootstrap.cli.place import Target
    from bootstrap.cli.sign_ins import recorded_logins
    from bootstrap.core import commands
    from bootstrap.core.integration import Handoff, from_inputs
    from bootstrap.core.recovered import Recovered
    from bootstrap.discovery import recovery
    from bootstrap.discovery.search import TAGGING
    from bootstrap.engine import prepare
    from bootstrap.errors import StateError
    from bootstrap.integrations import integration as find

    place = Target(profile, region, sandbox, state, tuple(sign_in))
    ask = running.must_be_agreed(yes, "state import")
    name = place.chosen(name, ask=ask)
    backend = place.backend(name)
    view = running.view_for(json)
    with backend.lock(f"state import {name}"):
        stored = prepare.existing(backend)
        edited.warn(stored, backend.where, view.note)
        if record := stored.records.get(address):
            has = ", ".join(record.outputs.values())
            forget = commands.bootstrap("state", "rm", arguments=[address], name=name, flags=place.create_flags)
            raise StateError(
                f"{address} is recorded already: {record.kind} {has}", f"To record another one there, first run: {forget}"
            )
        recipe = from_inputs(find(stored.integration), stored.inputs, stored.wishes)
        logins = recorded_logins(place, stored, view.note, accepted=accept_edited_state)
        services = {*prepare.services_of(recipe, stored), TAGGING}
        with signed_in(logins, services, tell=view.note, flags=place.flags) as session:
            running.show_identity(view, session, sandbox=sandbox)
            check_same(stored, session.accounts, backend.where)
            after, taken = recovery.imported(session, stored, recipe, address, which)
        view.recovered(Recovered(stored.deployment, stored.lineage, taken))
        flags = ["--name", name, *place.create_flags]
        edited.check(stored, backend.where, flags, ask=ask, accepted=accept_edited_state)
        if ask and not running.confirmed(edited.question(stored, "Record this, so that destroy deletes it?")):
            view.note("Nothing was recorded.")
            return 1
        saved = backend.save(after)
    view.result(f"Recorded: {', '.join(item.address for item in taken)}.", Handoff({}), content(saved, backend.where))
    return 0
