"""All commands. Each imports what it needs when it runs: `--help` must not load boto3."""

import inspect
import os
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from bootstrap.cli import terminal
from bootstrap.cli.check import check
from bootstrap.cli.command import with_inputs
from bootstrap.cli.command_line import CommandLine
from bootstrap.cli.create import create, plan
from bootstrap.cli.destroy import destroy
from bootstrap.cli.inputs import named_integration
from bootstrap.cli.integrations import integrations
from bootstrap.cli.lint import lint
from bootstrap.cli.outputs import outputs
from bootstrap.cli.permissions import permissions
from bootstrap.cli.recover import recover
from bootstrap.cli.sandbox import app as sandbox
from bootstrap.cli.state import app as state
from bootstrap.cli.status import status
from bootstrap.core.integration import Integration
from bootstrap.core.strict_json import repeated
from bootstrap.errors import UsageError

WITH_INPUTS = (create, plan, check, permissions, recover)
WITHOUT = (destroy, status, outputs, integrations, lint)
GROUPS = {"state": state, "sandbox": sandbox}


def _without_types(parameters: list[Any]) -> list[Any]:
    """The parameters, without the names of Python types in the help."""
    for each in parameters:
        if isinstance(each, TyperArgument):
            each.display_type_rich = lambda ctx: None  # type: ignore[method-assign]
        elif each.is_flag and each.metavar is None:
            each.metavar = ""
    return parameters


class Group(TyperGroup):
    def get_params(self, ctx: Any) -> list[Any]:
        return _without_types(super().get_params(ctx))


class Command(TyperCommand):
    """Refuses an option with one value that is given twice: otherwise one of the two would be lost silently."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _without_types(super().get_params(ctx))

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
    """The application for these arguments: the verbs with inputs get those of the integration that is named.

    Only the verb that they begin with, if it is one, is put in: to describe all of them takes longer than most verbs run.
    Raises UsageError for an integration that does not exist.
    """
    app = typer.Typer(
        cls=Group,
        help="Prepare an AWS account for a vendor's integration, and later delete exactly what was created.",
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(root)
    integration = _integration(arguments)
    named = arguments[0] if arguments else ""
    every = named not in {*GROUPS, *(verb.__name__ for verb in (*WITH_INPUTS, *WITHOUT))}
    for verb in WITH_INPUTS:
        if every or verb.__name__ == named:
            app.command(help=help_of(verb))(with_inputs(verb, integration))
    for other in WITHOUT:
        if every or other.__name__ == named:
            app.command(help=help_of(other))(other)
    for name, group in GROUPS.items():
        if every or name == named:
            app.add_typer(group, name=name, cls=Group)
    for each in (app, *GROUPS.values()):
        for command in each.registered_commands:
            command.cls = Command
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


def help_of(verb: Callable[..., int]) -> str:
    """The docstring with each paragraph in one line, so that it is wrapped to the terminal."""
    return "\n\n".join(" ".join(part.split()) for part in inspect.cleandoc(verb.__doc__ or "").split("\n\n"))


def _integration(arguments: list[str]) -> type[Integration] | None:
    completing = "_BOOTSTRAP_COMPLETE" in os.environ and (
        os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS")
    )
    name = named_integration(completing.split() if completing else arguments)
    if name is None:
        return None
    from bootstrap.integrations import integration, integrations

    return integrations().get(name) if completing else integration(name)
