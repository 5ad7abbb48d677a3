"""`bootstrap outputs`: what to hand over, again. Reads the state only; AWS is asked for nothing else."""

from dataclasses import replace
from typing import Annotated

import typer

from bootstrap.cli import options, terminal
from bootstrap.errors import Lines


def outputs(
    *,
    name: options.Name = None,
    only: Annotated[str | None, typer.Argument(help="Print this value alone, for scripts.", metavar="LABEL")] = None,
    write_handoff: options.WriteHandoff = None,
    force: options.Force = False,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    accept_edited_state: options.AcceptEdited = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """Show what to give to the vendor, from the state.

    Name one label ("Role ARN") to print its value alone.
    """
    from bootstrap.cli import running
    from bootstrap.cli.create import content
    from bootstrap.cli.place import Target
    from bootstrap.engine.handoff import handoff_of
    from bootstrap.engine.prepare import stored_state
    from bootstrap.integrations import integration
    from bootstrap.operations import edited
    from bootstrap.operations.outputs import known_texts, labeled, not_finished
    from bootstrap.views.text import TextView, handoff_lines

    folder = options.handoff_folder(write_handoff, force=force)
    place = Target(profile, region, sandbox, state)
    backend = place.backend(place.chosen(name))
    stored = stored_state(backend)
    if text := edited.warning(stored, backend.where):
        terminal.say(text, err=True)
    if folder:
        edited.check(stored, backend.where, running.invocation(place), asked=False, accepted=accept_edited_state)
    handoff = handoff_of(stored, place.flags)
    texts = known_texts(handoff)
    asked = [labeled(texts, only)] if only is not None else [*texts] if folder else []
    if early := [label for label in asked if texts[label] is None]:
        raise not_finished(stored, early, tuple(place.flags))
    if folder:
        folder.write(handoff, integration(stored.integration))
        terminal.say(f"What to hand over is in {folder.path}.", err=True)
    if only is not None:
        [label] = asked
        text = texts[label] or ""
        if json:
            terminal.say_data({label: text})
        else:  # the lines of a file are its own
            terminal.say(Lines(text) if label in handoff.files else text)
    elif json:
        values, files = ({label: texts[label] for label in part} for part in (handoff.values, handoff.files))
        data = {"values": values, "steps": list(handoff.steps), "files": files}
        terminal.say_data({**content(stored, backend.where), "edited": stored.edited, "handoff": data})
    else:
        view = TextView()
        unfinished = [label for label, text in texts.items() if text is None]
        for line in handoff_lines(replace(handoff, steps=()) if unfinished else handoff):
            view.out.print(line)
        if unfinished:
            raise not_finished(stored, unfinished, tuple(place.flags))
    return 0
