"""`bootstrap outputs`: what to hand over, again. Reads the state only; AWS is asked for nothing else."""

import json as json_format
import shlex
from dataclasses import replace
from typing import Annotated

import typer

from bootstrap.cli import options
from bootstrap.core.integration import Handoff
from bootstrap.core.reference import references
from bootstrap.views.visible import visible


def outputs(
    *,
    name: options.Name = None,
    only: Annotated[str | None, typer.Argument(help="Print this value alone, for scripts.", metavar="LABEL")] = None,
    write_handoff: options.WriteHandoff = None,
    profile: options.Profile = None,
    region: options.Region = None,
    sandbox: options.Sandbox = False,
    state: options.StatePath = None,
    json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    """Show what to give to the vendor, from the state.

    Name one label ("Role ARN") to print its value alone.
    """
    from bootstrap import workflow
    from bootstrap.cli import edited
    from bootstrap.cli import handoff as handoff_files
    from bootstrap.cli.create import content
    from bootstrap.cli.place import Place
    from bootstrap.errors import StateError, UsageError
    from bootstrap.views.text import TextView, handoff_lines

    place = Place(profile, region, sandbox, state)
    backend = place.backend(place.chosen(name))
    stored = workflow.existing(backend)
    edited.warn(stored, backend.where, lambda text: typer.echo(visible(text), err=True))
    handoff = workflow.handoff_of(stored)
    texts = known_texts(handoff)
    labels = {label.lower(): label for label in texts}
    if only is not None and only.lower() not in labels:
        raise UsageError(f"there is no output {only!r}", f"There are: {', '.join(texts)}.")
    asked = [labels[only.lower()]] if only else [*texts] if write_handoff else []

    def not_finished(labels: list[str]) -> StateError:
        words = ["bootstrap", "create", "--integration", stored.integration, "--name", stored.deployment, *place.flags]
        return StateError(f"not known yet, as create did not finish: {', '.join(labels)}", f"Run: {shlex.join(words)}")

    if early := [label for label in asked if texts[label] is None]:
        raise not_finished(early)
    if write_handoff:
        handoff_files.write(handoff, write_handoff)
        typer.echo(f"What to hand over is in {write_handoff}.", err=True)
    if only is not None:
        [label] = asked
        typer.echo(json_format.dumps({label: texts[label]}) if json else visible(texts[label] or ""))
    elif json:
        values, files = ({label: texts[label] for label in part} for part in (handoff.values, handoff.files))
        told = {"values": values, "steps": list(handoff.steps), "files": files}
        shown = {**content(stored, backend.where), "edited": stored.edited, "handoff": told}
        typer.echo(json_format.dumps(shown, indent=2))
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
