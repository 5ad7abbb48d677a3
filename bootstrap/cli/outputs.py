"""`bootstrap outputs`: what to hand over, again. Reads the state only; AWS is asked for nothing else."""

from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from bootstrap.cli import options, terminal
from bootstrap.core import commands
from bootstrap.core.integration import Handoff
from bootstrap.core.reference import references
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
    from bootstrap.cli import edited
    from bootstrap.cli.create import content
    from bootstrap.cli.place import Target
    from bootstrap.engine import prepare
    from bootstrap.errors import StateError, UsageError
    from bootstrap.integrations import integration
    from bootstrap.views.text import TextView, handoff_lines

    folder = options.handoff_folder(write_handoff, force=force)
    place = Target(profile, region, sandbox, state)
    backend = place.backend(place.chosen(name))
    stored = prepare.existing(backend)
    edited.warn(stored, backend.where, partial(terminal.say, err=True))
    if folder:
        flags = ["--name", stored.deployment, *place.create_flags]
        edited.check(stored, backend.where, flags, ask=False, accepted=accept_edited_state)
    handoff = prepare.handoff_of(stored, place.flags)
    texts = known_texts(handoff)
    labels = {label.lower(): label for label in texts}
    if only is not None and only.lower() not in labels:
        raise UsageError(f"there is no output {only!r}", f"There are: {', '.join(texts)}.")
    asked = [labels[only.lower()]] if only else [*texts] if folder else []

    def not_finished(labels: list[str]) -> StateError:
        go_on = commands.bootstrap("create", integration=stored.integration, name=stored.deployment, flags=place.flags)
        return StateError(f"not known yet, as create did not finish: {', '.join(labels)}", f"Run: {go_on}")

    if early := [label for label in asked if texts[label] is None]:
        raise not_finished(early)
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
        told = {"values": values, "steps": list(handoff.steps), "files": files}
        terminal.say_data({**content(stored, backend.where), "edited": stored.edited, "handoff": told})
    else:
        view = TextView()
        unfinished = [label for label, text in texts.items() if text is None]
        for line in handoff_lines(replace(handoff, steps=()) if unfinished else handoff):
            view.out.print(line)
        if unfinished:
            raise not_finished(unfinished)
    return 0


def known_texts(handoff: Handoff) -> dict[str, str | None]:
    """The values and files by their labels; None while one needs what is not made yet."""
    texts = {**handoff.values, **handoff.files}
    return {label: None if any(True for _ in references(text)) else text for label, text in texts.items()}
