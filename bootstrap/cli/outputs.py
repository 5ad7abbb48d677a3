"""`bootstrap outputs`: shows again what to hand over. Asks AWS for nothing but a state in S3."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bootstrap.cli import options, terminal
from bootstrap.cli.command import command
from bootstrap.errors import Lines, UsageError

if TYPE_CHECKING:
    from bootstrap.cli.inputs import GivenInputs
    from bootstrap.cli.printer import Printer
    from bootstrap.cli.target import Target


@command()
def outputs(
    *,
    name: options.Name = None,
    only: Annotated[str | None, typer.Argument(help="Print only this value, for scripts.", metavar="LABEL")] = None,
    before_create: Annotated[
        bool,
        typer.Option(
            "--before-create",
            help="Show the ARNs and names that create will make, for a vendor that wants them first.",
            metavar="",
        ),
    ] = False,
    integration: options.IntegrationName = None,
    inputs: "GivenInputs",
    write_handoff: options.WriteHandoff = None,
    force: options.Force = False,
    target: "Target",
    accept_edited_state: options.AcceptEdited = False,
    printer: "Printer",
) -> int:
    """Show what to give to the vendor, from the state.

    Name a label ("Role ARN") to print only its value. With --before-create, it takes --integration and its inputs, asks
    AWS only for the account ID, and records nothing.
    """
    if before_create:
        from bootstrap.cli.before_create import show_before_create

        if write_handoff:
            raise UsageError("--write-handoff needs what create makes, which does not exist yet", "Omit --before-create.")
        return show_before_create(target, integration, name, inputs, only, printer)
    if integration or inputs.file:
        raise UsageError(
            "inputs are only for --before-create; otherwise the state has them", "Add --before-create, or omit them."
        )
    from bootstrap.cli.bound import steps_with_plans
    from bootstrap.cli.presenter import deployment_content
    from bootstrap.operations import edited_state
    from bootstrap.operations.load_state import stored_state
    from bootstrap.operations.outputs import handoff_of, known_texts, labeled, not_finished
    from bootstrap.views.text import TextView, handoff_lines

    folder = options.handoff_folder(write_handoff, force=force)
    backend = target.backend(target.chosen(name))
    stored = stored_state(backend)
    if text := edited_state.warning(stored, backend.where):
        printer.message(text)
    if folder:
        edited_state.check(stored, backend.where, target.invocation, asked=False, accepted=accept_edited_state)
    handoff = handoff_of(stored, target.flags, steps_with_plans(target, stored))
    texts = known_texts(handoff)
    asked = [labeled(texts, only)] if only is not None else [*texts] if folder else []
    if early := [label for label in asked if texts[label] is None]:
        raise not_finished(stored, early, tuple(target.flags))
    if folder:
        folder.write(handoff, stored)
        printer.message(f"What to hand over is in {folder.path}.")
    if only is not None:
        [label] = asked
        value = texts[label] or ""
        # A file has lines of its own, and printing ends the last one.
        text = Lines(value.removesuffix("\n")) if label in handoff.files else value
        printer.result({label: value}, [text])
    elif printer.json:
        values, files = ({label: texts[label] for label in part} for part in (handoff.values, handoff.files))
        data: dict[str, Any] = {"values": values, "steps": list(handoff.steps), "files": files}
        data |= {name: list(each) for name in ("later", "before_destroy") if (each := getattr(handoff, name))}
        data |= {"waiting": handoff.to_json()["waiting"]} if handoff.waiting else {}
        terminal.say_data({**deployment_content(stored, backend.where), "edited": stored.edited, "handoff": data})
    else:
        view = TextView()
        unfinished = [label for label, text in texts.items() if text is None]
        for line in handoff_lines(replace(handoff, steps=(), later=()) if unfinished else handoff):
            view.out.print(line)
        if unfinished:
            raise not_finished(stored, unfinished, tuple(target.flags))
    return 0
