"""What `--help` shows of a command: its usage, its text, and its options, by panel."""

from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup


def show_page(command: TyperCommand | TyperGroup, context: Any) -> None:
    """Prints the page. typer's own takes longer to import than all the rest that `--help` needs."""
    from bootstrap.views.help import print_page

    panels: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
    for item in command.get_params(context):
        name, text = item.get_help_record(context) or ("", "")
        if isinstance(item, TyperArgument):
            name = item.display_name_raw
        usual = "Arguments" if isinstance(item, TyperArgument) else "Options"
        panels.setdefault(getattr(item, "rich_help_panel", None) or usual, []).append((name, text))
    if isinstance(command, TyperGroup):
        panels["Commands"] = [(name, _paragraphs(each)[0]) for name, each in command.commands.items()]
    print_page(command.get_usage(context), _paragraphs(command), panels)


def _paragraphs(command: Any) -> list[str]:
    return str(command.help or "").split("\n\n")
