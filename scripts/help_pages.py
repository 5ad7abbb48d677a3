"""The help of all commands, for what is written from it: man pages, and the reference of the site."""

from collections.abc import Iterator
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from bootstrap.cli.app import VERBS, build_app, inner_verbs
from bootstrap.cli.help import HelpPage, page_of


def help_pages() -> dict[str, HelpPage]:
    """The page of each command by its words, as "bootstrap state list": bootstrap itself first, then in the order of the
    help."""
    app = get_command(build_app([]))
    top = app.make_context("bootstrap", [], resilient_parsing=True)
    assert isinstance(app, TyperGroup)
    found = {"bootstrap": page_of(app, top)}
    for verb in VERBS:
        group: Any = get_command(build_app([verb]))
        found |= dict(_of("bootstrap", group.commands[verb], top, verb))
        for inner in inner_verbs(verb):
            group = get_command(build_app([verb, inner]))
            context = group.context_class(group.commands[verb], info_name=verb, parent=top)
            found |= dict(_of(f"bootstrap {verb}", group.commands[verb].commands[inner], context, inner))
    return found


def _of(words: str, command: Any, parent: Any, name: str) -> Iterator[tuple[str, HelpPage]]:
    context = command.context_class(command, info_name=name, parent=parent)
    yield f"{words} {name}", page_of(command, context)
    for inner, each in getattr(command, "commands", {}).items():
        yield from _of(f"{words} {name}", each, context, inner)
