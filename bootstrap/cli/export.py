"""`bootstrap export`: what create would make, for the tool that a team uses instead."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import options
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from bootstrap.cli.inputs import GivenInputs
    from bootstrap.cli.printer import Printer
    from bootstrap.cli.target import Target
    from bootstrap.operations import Session


class Format(StrEnum):
    CLOUDFORMATION = "cloudformation"
    CLOUDFORMATION_IMPORT = "cloudformation-import"
    TERRAFORM = "terraform"
    CLI = "cli"


_FOLDERS = (Format.CLOUDFORMATION_IMPORT, Format.TERRAFORM)


@command(plan_is_result=True)
def export(
    *,
    integration: options.IntegrationName = None,
    name: options.Name = None,
    format: Annotated[
        Format,
        typer.Option("--format", help="Write it for this tool.", metavar="|".join(Format), show_default=False),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="Write it into this file, or for terraform and cloudformation-import this folder, instead of stdout.",
            metavar="FILE|FOLDER",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Let --output overwrite files with other content.", metavar="")
    ] = False,
    inputs: "GivenInputs",
    target: "Target",
    printer: "Printer",
) -> int:
    """Write what create would make for another tool, from the same inputs; nothing is created.

    Inputs that the vendor gives become parameters, account and region are left to the tool, what to give to the vendor
    becomes outputs, and each permission has its reason. What the tool cannot express is an error. AWS is asked only where
    create looks something up, such as the key of an existing bucket. See: bootstrap docs export
    """
    from bootstrap.cli.inputs import AtTerminal
    from bootstrap.cli.questions import chosen_deployment, is_terminal
    from bootstrap.cli.sessions import all_notes, recorded_inputs
    from bootstrap.errors import Lines, UsageError, all_of
    from bootstrap.operations.connect import sign_in
    from bootstrap.operations.export import export as operation, nothing_recorded, remarks
    from bootstrap.operations.services import needed_services
    from bootstrap.operations.sign_ins import ways_of_inputs

    if force and output is None:
        raise UsageError("--force overwrites files of --output, which is not given", "Add --output.")
    integration, name = chosen_deployment(target, integration, name, printer.hint, ask=not printer.json)
    gathered, stored = recorded_inputs(target, integration, inputs, name, target.backend(name), printer.message)
    if format is Format.CLOUDFORMATION_IMPORT and output is None and not printer.json:
        faults = [UsageError("cloudformation-import writes several JSON files", "Add --output FOLDER.")]
        raise all_of([*faults, *nothing_recorded(gathered.integration.name, stored)], "things are wrong")
    gathered = gathered.asked(AtTerminal()) if is_terminal() and not printer.json else gathered
    recipe = gathered.recipe

    def signed_in() -> "AbstractContextManager[Session]":
        ways = ways_of_inputs(target.sign_in_options(printer.message), gathered, stored)
        services = needed_services(recipe, stored, searches=False)
        return sign_in(ways, stored, target.login(printer.message), services, tell=printer.message, flags=target.flags)

    files = operation(recipe, format, signed_in, stored=stored, region=target.region)
    for text in (*all_notes(recipe), *remarks(format, files, stored, target.flags)):
        printer.hint(text)
    if output is None:
        printer.result({"files": files}, (Lines(text.removesuffix("\n")) for text in files.values()))
        return 0
    _write(files, output, is_folder=format in _FOLDERS, force=force)
    printer.result({"written": str(output)}, [f"Written to {output}."])
    return 0


def _write(files: "Mapping[str, str]", output: Path, *, is_folder: bool, force: bool) -> None:
    from bootstrap.cli.output_folder import OutputFolder
    from bootstrap.errors import UsageError

    if not is_folder and (str(output) == "-" or not output.name or output.is_dir()):
        raise UsageError(f"--output: {output} is not a file", "Name a file, or omit --output to print it.")
    texts = files if is_folder else {output.name: "".join(files.values())}
    folder = OutputFolder(output, force) if is_folder else OutputFolder(output.parent, force, what="file")
    folder.check()
    folder.put(texts, {})
