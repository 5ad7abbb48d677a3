"""The options that commands share, declared once.

A command declares what it works with: a parameter `target`, `view`, `printer` or `inputs`. On the command line the options
stand in the place of that parameter; the command gets the object that is built from them.
"""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from bootstrap.cli import options
from bootstrap.cli.command_line import CommandLine
from bootstrap.errors import UsageError

if TYPE_CHECKING:
    from bootstrap.cli.inputs import GivenInputs
    from bootstrap.cli.printer import Printer
    from bootstrap.cli.target import Target
    from bootstrap.core.input import Input
    from bootstrap.core.integration import Integration
    from bootstrap.views import View

Function = Callable[..., int]
"""A command: returns the exit code."""


def command(*, sign_in: bool = False, verbose: bool = False, plan_is_result: bool = False) -> Callable[[Function], Function]:
    """Adds the shared options to a command; with `sign_in` and `verbose` also these two.

    With `plan_is_result`, or --dry-run, the plan goes to stdout.
    """

    def decorate(function: Function) -> Function:
        own = inspect.signature(function).parameters
        wanted = [name for name in own if name in SHARED]
        skipped = {name for name, is_wanted in (("sign_in", sign_in), ("verbose", verbose)) if not is_wanted}
        shared = {each.name: each for name in wanted for each in SHARED[name] if each.name not in skipped}

        def run(context: typer.Context, **values: Any) -> int:
            line = context.find_object(CommandLine) or CommandLine()
            given = {name: values.pop(name) for name in shared}
            on_stdout = plan_is_result or values.get("dry_run", False)
            build: dict[str, Callable[[], Any]] = {
                "target": lambda: _target(given, line),
                "view": lambda: _view(given, plan_is_result=on_stdout),
                "printer": lambda: _printer(given),
                "inputs": lambda: _inputs(given),
            }
            return function(**values, **{name: build[name]() for name in wanted})

        context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        expanded = [each for name, item in own.items() for each in SHARED.get(name, [item])]
        parameters = {each.name: each for each in expanded if each.name not in skipped}
        return _with_signature(run, function, [context, *parameters.values()])

    return decorate


def takes_inputs(function: Function) -> bool:
    """Whether the command gets the inputs of an integration, as `given`."""
    return "given" in inspect.signature(function).parameters


def with_inputs(function: Function, integration: "type[Integration] | None") -> Function:
    """The command with an option for each input of the integration; it gets their values together, as `given`."""
    if not takes_inputs(function):
        return function
    own = [item for item in inspect.signature(function).parameters.values() if item.name != "given"]
    added = _input_options(integration) if integration else []
    place = _option("named", options.NamedIntegration, None)

    def run(**values: Any) -> int:
        given = {item.name: values.pop(item.name) for item in added}
        named, option = values.pop("named"), values["integration"]
        if named and option and named != option:
            raise UsageError(f"two integrations are named: {named} and {option}", "Keep one of the two.")
        values["integration"] = option or named
        return function(**values, given={name: value for name, value in given.items() if value not in (None, [])})

    return _with_signature(run, function, [place, *own, *added])


def options_of(function: Function) -> tuple[set[str], set[str]]:
    """The options of a command that take no value, and those that take one."""
    flags = {"--help", "-h"}
    values: set[str] = set()
    for item in inspect.signature(function).parameters.values():
        kind, *more = get_args(item.annotation) or (None,)
        names = [name for each in more for name in getattr(each, "param_decls", None) or [f"--{item.name}"]]
        (flags if kind is bool else values).update(names)
    return flags, values


def _target(given: dict[str, Any], line: CommandLine) -> "Target":
    from bootstrap.cli.target import Target

    sign_ins = tuple(given.get("sign_in", ()))
    return Target(given["profile"], given["region"], given["sandbox"], given["state"], sign_ins, line)


def _view(given: dict[str, Any], *, plan_is_result: bool) -> "View":
    from bootstrap.views.json import JsonView
    from bootstrap.views.text import TextView

    return JsonView() if given["json"] else TextView(plan_is_result=plan_is_result, verbose=given.get("verbose", False))


def _printer(given: dict[str, Any]) -> "Printer":
    from bootstrap.cli.printer import Printer

    return Printer(given["json"])


def _inputs(given: dict[str, Any]) -> "GivenInputs":
    from bootstrap.cli.inputs import GivenInputs

    return GivenInputs(given["given"], given["inputs"])


def _with_signature(run: Function, function: Function, parameters: list[inspect.Parameter]) -> Function:
    """`run` with these parameters, and the name and help of `function`: from them typer makes the options."""
    run.__doc__, run.__name__ = function.__doc__, function.__name__
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [item.replace(kind=inspect.Parameter.KEYWORD_ONLY) for item in parameters]
    )
    run.__annotations__ = {item.name: item.annotation for item in parameters}
    return run


def _option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _input_options(integration: "type[Integration]") -> list[inspect.Parameter]:
    from bootstrap.core.integration import inputs_of

    return [_input_option(item, integration.name) for item in inputs_of(integration)]


def _input_option(item: "Input", integration: str) -> inspect.Parameter:
    default = f" (default: {item.default})" if item.kind == "text" and item.default else ""
    explained = item.help + (" (required)" if item.required else default)
    panel = "Inputs of every integration" if item.shared else f"Inputs of {integration}"
    flag = item.flag
    hint: Any = str | None
    metavar: str | None = "|".join(item.choices) or item.metavar
    if item.kind == "flag":
        flag, hint, metavar = f"{flag}/{item.negative_flag}", bool | None, ""
    elif item.kind == "list":
        hint = list[str] | None
    annotation = Annotated[
        hint, typer.Option(flag, help=explained, metavar=metavar, rich_help_panel=panel, show_default=False)
    ]
    return _option(item.name, annotation, None)


_OUTPUT = [_option("json", options.Json, False), _option("debug", options.Debug, False)]
SHARED: dict[str, list[inspect.Parameter]] = {
    "target": [
        _option("profile", options.Profile, None),
        _option("region", options.Region, None),
        _option("sign_in", options.SignIns, []),
        _option("sandbox", options.Sandbox, False),
        _option("state", options.StatePath, None),
    ],
    "view": [_option("verbose", options.Verbose, False), *_OUTPUT],
    "printer": _OUTPUT,
    "inputs": [_option("inputs", options.Inputs, None), _option("given", dict[str, Any], {})],
}
"""The options that stand in the place of each of these parameters, in the order of the help."""
