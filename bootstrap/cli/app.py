"""All commands. Only the one that is named is imported and described: to describe all takes longer than most verbs run."""

import inspect
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from bootstrap.cli import authoring, options, terminal
from bootstrap.cli.command import has_argument, options_of, takes_inputs, with_inputs
from bootstrap.cli.command_line import CommandLine, named_integration, possible_integrations
from bootstrap.cli.fleet_words import as_meant
from bootstrap.cli.help import show_page
from bootstrap.cli.project_words import described_integration
from bootstrap.cli.values import plain_values
from bootstrap.core.commands import bootstrap, option_value
from bootstrap.core.strict_json import repeated
from bootstrap.errors import BootstrapError, UsageError

if TYPE_CHECKING:
    from bootstrap.core.integration import Integration

VERBS = {
    "create": "create",
    "plan": "create",
    "approve": "approve",
    "check": "check",
    "review": "review",
    "permissions": "permissions",
    "adopt": "adopt",
    "recover": "recover",
    "destroy": "destroy",
    "status": "status",
    "outputs": "outputs",
    "rotate": "rotate",
    "export": "export",
    "integrations": "integrations",
    "lint": "lint",
    "state": "state",
    "sandbox": "sandbox",
    "docs": "docs",
}
"""The module of `cli/` that has each verb, or each group of verbs, in the order of the help."""


HELP = ["--help", "-h"]
BEFORE_CREATE = "--before-create"


class Group(TyperGroup):
    def get_params(self, ctx: Any) -> list[Any]:
        return plain_values(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        show_page(self, ctx)


class Command(TyperCommand):
    """Refuses an option with one value that is given twice: otherwise one of the two would be lost silently."""

    def get_params(self, ctx: Any) -> list[Any]:
        return plain_values(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        show_page(self, ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given = list(args)
        rest = super().parse_args(ctx, args)
        _, _, order = self.make_parser(ctx).parse_args(args=given)
        single = [item for item in order if isinstance(item, TyperOption) and not item.multiple]
        named = ["/".join([*item.opts, *item.secondary_opts]) for item in single if not item.is_flag or item.secondary_opts]
        if not ctx.resilient_parsing and (twice := repeated(named)):
            raise UsageError(f"{twice} is given twice", "Keep one of the two.")
        if line := ctx.find_object(CommandLine):
            line.json, line.debug = ctx.params.get("json", False), ctx.params.get("debug", False)
        return rest


def build_app(arguments: list[str]) -> typer.Typer:
    """The application for these arguments: the verb that they name, with the inputs of the integration that they name.

    Without a verb, all are listed by their help alone. Raises UsageError for an integration that does not exist.
    """
    completing = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS") or ""
    is_completing = bool(completing) and "_BOOTSTRAP_COMPLETE" in os.environ
    words = completing.split()[1:] if is_completing else arguments
    app = typer.Typer(
        cls=Group,
        help="Prepare an AWS account for a vendor's integration, and later delete exactly what was created.",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": HELP},
    )
    app.callback(invoke_without_command=True)(root)
    verb = next((word for word in words if not word.startswith("-")), "")
    if verb in VERBS:
        _add(app, verb, words, is_completing=is_completing)
    elif "--version" not in words:
        for each in VERBS:
            app.command(each, cls=Command, help=_help(each))(_listed)
    return app


def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", metavar="")] = False,
) -> int:
    if version:
        from bootstrap import __version__

        terminal.say(f"bootstrap {__version__}")
    elif context.invoked_subcommand is None:
        terminal.show_help(context)
    return 0


def _listed() -> None:
    """Stands for a verb that is only listed."""


def inner_verbs(verb: str) -> Iterable[str]:
    """The commands below a verb that is a command itself: they stand right behind it."""
    return authoring.MODULES if verb == "integrations" else ()


def verb_of(words: Sequence[str]) -> list[str]:
    """The verb that the words name, with the one below it."""
    named = [word for word in words if not word.startswith("-")][:2]
    found = _of(named[0]) if named and named[0] in VERBS else None
    below = [*commands_below(found)] if isinstance(found, typer.Typer) else [*inner_verbs("".join(named[:1]))]
    return named if named[1:] and named[1] in below else named[:1]


def commands_below(group: typer.Typer) -> dict[str, Callable[..., int]]:
    return {each.name or each.callback.__name__: each.callback for each in group.registered_commands if each.callback}


def _add(app: typer.Typer, verb: str, words: list[str], *, is_completing: bool) -> None:
    behind = words[words.index(verb) + 1 :]
    if behind and behind[0] in inner_verbs(verb):
        group = typer.Typer(add_completion=False)
        group.callback(invoke_without_command=True)(options.help_without_verb)
        inner = _of_author(behind[0])
        named = _integration(verb, inner, behind, is_completing=is_completing) if takes_inputs(inner) else None
        group.command(behind[0], cls=Command, help=help_of(inner))(with_inputs(inner, named))
        app.add_typer(group, name=verb, cls=Group)
        return
    found = _of(verb)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=verb, cls=Group)
        for command in found.registered_commands:
            command.cls = Command
        return
    integration = _integration(verb, found, words, is_completing=is_completing) if takes_inputs(found) else None
    app.command(verb, cls=Command, help=help_of(found))(with_inputs(found, integration))


def _integration(
    verb: str, function: Callable[..., int], words: list[str], *, is_completing: bool
) -> "type[Integration] | None":
    """The integration whose inputs the verb takes: the one that is named, else that of the deployment that the project file
    describes, or that is recorded here. Options of a fleet make it one."""
    with suppress(BootstrapError) if is_completing else nullcontext():
        found = _named(verb, function, words, is_completing=is_completing)
        return as_meant(found, words) if found else None
    return None


def _named(verb: str, function: Callable[..., int], words: list[str], *, is_completing: bool) -> "type[Integration] | None":
    flags, values = options_of(function)
    options = [word for word in words if word.startswith("-")]
    if verb == "outputs" and BEFORE_CREATE not in options:  # else it is about what a state records
        return None
    is_label = verb != "integrations" and has_argument(function)
    name = option_value("--integration", words) if is_label else named_integration(words, flags)
    if not name and not options:
        return None
    from bootstrap.integrations import find, integration as known
    from bootstrap.user_files import is_stream

    def guess(word: str) -> "type[Integration] | None":
        if is_stream(Path(word)):  # it can be read once, and another option may name it
            return None
        with suppress(BootstrapError):  # it may be a file of another kind
            return find(word)
        return None

    is_argument = verb == "integrations"  # the name may stand behind options that are not known yet
    if (is_argument or not name) and (found := next(filter(None, map(guess, possible_integrations(words, values))), None)):
        return found
    if is_argument and not name:
        return None
    asks_help = not set(options).isdisjoint(HELP)
    if name:
        return guess(name) if is_completing else known(name)
    if described := described_integration(words):
        return guess(described) if is_completing or asks_help else known(described)
    if asks_help:
        return None
    from bootstrap.cli.recorded import recorded_integration

    with suppress(BootstrapError) if is_completing else nullcontext():
        return recorded_integration(words)
    return None


def help_line(verb: Sequence[str], words: Sequence[str], integration: str | None = None) -> str:
    """The command that shows what the verb takes, with the inputs of the integration if one is named. For an `integration`,
    it is about create if the verb takes no inputs."""
    found = verb_named(verb[0]) if verb else None
    takes = found is not None and not isinstance(found, typer.Typer) and takes_inputs(found)
    if verb[:1] == ["outputs"] and BEFORE_CREATE not in words:
        takes = False
    flags = [*([BEFORE_CREATE] if takes and verb[0] == "outputs" else []), HELP[0]]
    if takes and verb[0] == "integrations":
        return bootstrap(*verb, *([integration] if integration else []), flags=flags)
    if found and takes and not isinstance(found, typer.Typer):
        return bootstrap(*verb, integration=integration or named_integration(words, options_of(found)[0]), flags=flags)
    return bootstrap("create", integration=integration, flags=flags) if integration else bootstrap(*verb, flags=flags)


def integration_of(verb: str, words: Sequence[str]) -> "type[Integration] | None":
    """The integration whose inputs the verb takes, if it takes any and the words are right."""
    found = verb_named(verb)
    if found is None or isinstance(found, typer.Typer) or not takes_inputs(found):
        return None
    with suppress(BootstrapError):
        return _integration(verb, found, [*words], is_completing=False)
    return None


def verb_named(verb: str) -> Callable[..., int] | typer.Typer | None:
    return _of(verb) if verb in VERBS else None


def _of(verb: str) -> Callable[..., int] | typer.Typer:
    module = import_module(f"bootstrap.cli.{VERBS[verb]}")
    found: Callable[..., int] | typer.Typer = getattr(module, "app", None) or getattr(module, verb)
    return found


def _of_author(verb: str) -> Callable[..., int]:
    module = authoring.MODULES[verb]
    found: Callable[..., int] = getattr(import_module(f"bootstrap.cli.authoring.{module}"), module)
    return found


def _help(verb: str) -> str:
    found = _of(verb)
    return str(found.info.help) if isinstance(found, typer.Typer) else help_of(found)


def help_of(verb: Callable[..., int]) -> str:
    """The docstring with each paragraph in one line, so that it is wrapped to the terminal."""
    return "\n\n".join(" ".join(part.split()) for part in inspect.cleandoc(verb.__doc__ or "").split("\n\n"))
