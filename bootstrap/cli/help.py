"""What `--help` shows of a command: its usage, its text, and its options, by panel. The man pages and the reference of the
site are written from the same (`scripts/write_pages.py`)."""

from dataclasses import dataclass
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup


@dataclass(frozen=True)
class HelpPage:
    """`panels` has the rows of each panel that has any: names, and what they are for."""

    usage: str
    paragraphs: list[str]
    panels: dict[str, list[tuple[str, str]]]


def show_page(command: TyperCommand | TyperGroup, context: Any) -> None:
    """Prints the page. typer's own takes longer to import than all the rest that `--help` needs."""
    from bootstrap.views.help import print_page

    page = page_of(command, context)
    print_page(page.usage, page.paragraphs, page.panels)


def page_of(command: TyperCommand | TyperGroup, context: Any) -> HelpPage:
    panels: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
    for item in command.get_params(context):
        name, text = item.get_help_record(context) or ("", "")
        if isinstance(item, TyperArgument):
            name = item.display_name_raw
        usual = "Arguments" if isinstance(item, TyperArgument) else "Options"
        panels.setdefault(getattr(item, "rich_help_panel", None) or usual, []).append((name, text))
    if isinstance(command, TyperGroup):
        panels["Commands"] = [(name, _paragraphs(each)[0]) for name, each in command.commands.items()]
    rows = {title: found for title, found in panels.items() if found}
    return HelpPage(command.get_usage(context), _paragraphs(command), rows)


def _paragraphs(command: Any) -> list[str]:
    return str(command.help or "").split("\n\n")
