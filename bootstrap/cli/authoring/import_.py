"""`bootstrap integrations import`: a first draft of a file from what a vendor has already."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli import terminal
from bootstrap.cli.authoring.place import (
    NAME_OPTION,
    VENDOR_OPTION,
    check_new,
    name_of,
    next_steps,
    put,
    vendor_name,
    warn_taken,
)
from bootstrap.cli.command import command
from bootstrap.core import commands
from bootstrap.core.strict_json import decoded
from bootstrap.errors import UsageError
from bootstrap.user_files import read

if TYPE_CHECKING:
    from bootstrap.cli.printer import Printer
    from bootstrap.drafts.content import Draft

LARGEST = 1_000_000
"""Bytes of a template; CloudFormation takes no longer one."""


@command()
def import_(
    *,
    sources: Annotated[
        list[Path],
        typer.Argument(help="Read a CloudFormation template (JSON or YAML), or files with policies.", metavar="FILE..."),
    ],
    name: NAME_OPTION = None,
    vendor: VENDOR_OPTION = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite the file of the draft, or that of --output.", metavar="")
    ] = False,
    printer: "Printer",
) -> int:
    """Write a first draft of an integration, NAME.toml, from a CloudFormation template or from IAM policies.

    Parameters become inputs, mappings tables, conditions `when`; roles, policies, attachments, instance profiles and
    buckets become resources; placeholders in policies, such as <BUCKET>, become inputs. All that the draft does not have is
    listed on the screen and in its comments. The draft passes `integrations check`, with warnings: the reasons and the
    pages are yours to write. Nothing of a template is run.
    """
    from bootstrap.drafts.content import accepted
    from bootstrap.drafts.written import written

    name = name_of(name or _word(sources[0].stem))
    try:
        vendor = vendor_name(name.replace("-", " ").title() if vendor is None else vendor.strip())
    except ValueError as error:
        again = commands.bootstrap("integrations", "import", arguments=map(str, sources), name=name, vendor="NAME")
        raise UsageError(f"--vendor: {error}", f"Run: {again}") from error
    path = Path(f"{name}.toml")
    check_new(path, force=force)
    draft = accepted(_draft(sources, name, vendor))
    put(path, written(draft, ", ".join(each.name for each in sources)), force=force)
    left = [{"path": each.path, "reason": each.reason} for each in draft.left]
    if printer.json:
        terminal.say_data({"file": str(path), "not_carried_over": left})
        return 0
    terminal.say(f"Written to {path}.")
    for each in draft.left:
        terminal.say(f"Not carried over: {each.path}: {each.reason}")
    warn_taken(name, path, printer)
    next_steps(path, printer)
    return 0


def _draft(sources: list[Path], name: str, vendor: str) -> "Draft":
    from bootstrap.drafts import cloudformation, iam_json
    from bootstrap.drafts.source import parsed
    from bootstrap.operations.policies_in_text import policies_in_content

    contents = [(each, parsed(_text(each), str(each))) for each in sources]
    templates = [content for _, content in contents if cloudformation.is_template(content)]
    if templates:
        if len(contents) > 1:
            raise UsageError("a template is read alone, and there are several files", "Name one template.")
        return cloudformation.draft_of(templates[0], name, vendor)
    documents = [
        (f"{path.stem}.{where}" if where else path.stem, document)
        for path, content in contents
        for where, document in policies_in_content(content)
    ]
    if not documents:
        what = ", ".join(map(str, sources))
        raise UsageError(f"there is neither a template nor a policy in {what}", "Name a template, or JSON with policies.")
    return iam_json.draft_of(documents, name, vendor)


def _word(stem: str) -> str:
    from bootstrap.drafts.names import address_of

    return address_of(stem)


def _text(path: Path) -> str:
    try:
        return decoded(read(path, LARGEST))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}", "Name another file.") from error
