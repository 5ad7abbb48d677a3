"""`bootstrap state list|show|path`: looking at states. AWS is not asked, except for the state's own bucket."""

import json as json_format

import typer

from bootstrap.cli import options, team_state, terminal

app = typer.Typer(help="Look at what is recorded, and move it.", add_completion=False)
app.callback(invoke_without_command=True)(options.help_without_verb)


@app.command("list")
def list_(
    *,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """List the deployments of this folder."""
    from bootstrap.cli.place import Target
    from bootstrap.errors import StateError
    from bootstrap.operations.edited import EDITED

    place = Target(profile, region, sandbox, state)
    rows = []
    for name in place.deployments():
        try:
            found = place.backend(name).load()
        except StateError as error:
            rows.append({"deployment": name, "problem": error.message})
            continue
        if found:
            account = next(iter(found.accounts.values()))
            rows.append(
                {
                    "deployment": found.deployment,
                    "integration": found.integration,
                    "account": account.id,
                    "region": account.region,
                    "records": str(len(found.records)),
                    **({"edited": EDITED} if found.edited else {}),
                }
            )
    if json:
        terminal.say_data(rows)
    elif not rows:
        terminal.say("There is no deployment here.", err=True)
    for row in [] if json else rows:
        terminal.say("  ".join(row.values()))
    return 0


@app.command()
def show(
    *,
    name: options.Name = None,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """Show what a deployment recorded."""
    from bootstrap.cli.place import Target
    from bootstrap.engine import prepare
    from bootstrap.operations import edited

    place = Target(profile, region, sandbox, state)
    backend = place.backend(place.chosen(name))
    found = prepare.stored_state(backend)
    if text := edited.warning(found, backend.where):
        terminal.say(text, err=True)
    if json:
        shown = json_format.loads(found.to_json())
        if found.edited:  # with a digest that is right it would pass for ours
            shown |= {"digest": "", "edited": True}
        terminal.say_data(shown)
        return 0
    terminal.say(f"{found.deployment}: {found.integration}, saved {found.serial} times")
    for account in found.accounts.values():
        where = f"partition {account.partition}, region {account.region}"
        terminal.say(f"  account {account.id} ({account.alias}), {where}")
    for record in found.records.values():
        terminal.say(f"  {record.address}  {record.kind}  {record.status.value}")
        for key, value in record.outputs.items():
            terminal.say(f"      {key} = {value}")
    return 0


@app.command()
def path(
    *,
    name: options.Name = None,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """Print where a deployment's state is."""
    from bootstrap.backends.file import FileBackend
    from bootstrap.cli.place import Target

    place = Target(profile, region, sandbox, state)
    backend = place.backend(place.chosen(name))
    where = str(backend.path.resolve()) if isinstance(backend, FileBackend) else backend.where
    terminal.say_data({"path": where}) if json else terminal.say(where)
    return 0


for verb in (team_state.unlock, team_state.push, team_state.migrate):
    app.command()(verb)
