"""The options that commands share, declared once.

A command declares what it works with: a parameter `target`, `view`, `printer` or `inputs`. On the command line the options
stand in the place of that parameter; the command gets the object that is built from them.
"""

import inspect
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, get_args

import typer
from typer.models import ArgumentInfo

from bootstrap.cli import options
from bootstrap.cli.command_line import CommandLine
from bootstrap.cli.fleet_words import word_of
from bootstrap.cli.input_options import input_options, option
from bootstrap.cli.project_words import is_there
from bootstrap.errors import PlanRefused, UsageError
from bootstrap.views.color import CHOICES

if TYPE_CHECKING:
    from bootstrap.cli.inputs import GivenInputs
    from bootstrap.cli.printer import Printer
    from bootstrap.cli.project import Taken
    from bootstrap.cli.target import Target
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
        skipped |= own.keys() - SHARED.keys()  # such as the --output of `permissions`, which is a folder
        shared = {each.name: each for name in wanted for each in SHARED[name] if each.name not in skipped}

        def run(context: typer.Context, **values: Any) -> int:
            line = context.find_object(CommandLine) or CommandLine()
            given = {name: values.pop(name) for name in shared}
            with _logging(given, context), _kept(given, values):
                return run_with(line, given, values)

        def run_with(line: CommandLine, given: dict[str, Any], values: dict[str, Any]) -> int:
            if values.get("plan_file"):
                from bootstrap.cli.bound import named_by_plan

                values |= named_by_plan(values)
            taken = _taken(given, values)
            sarif = values.get("sarif", False)
            options.one_format(json=given.get("json", False), sarif=sarif, markdown=values.get("markdown", False))
            on_stdout = (plan_is_result or values.get("dry_run", False)) and not sarif
            build: dict[str, Callable[[], Any]] = {
                "target": lambda: _target(given, line, taken),
                "view": lambda: _view(given, plan_is_result=on_stdout, asks=not (on_stdout or values.get("yes", True))),
                "printer": lambda: _printer(given),
                "inputs": lambda: _inputs(given, taken),
            }
            built = {name: build[name]() for name in wanted}
            if taken and taken.words:
                note = built["printer"].hint if "printer" in built else built["view"].note
                note(taken.note)
            try:
                return function(**values, **built)
            except PlanRefused as error:
                if error.shown_where and "view" in built:
                    error.shown_where = built["view"].shown_where
                raise

        context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        expanded = [each for name, item in own.items() for each in SHARED.get(name, [item])]
        parameters = {each.name: each for each in expanded if shared.get(each.name, own.get(each.name)) is each}
        return _with_signature(run, function, [context, *parameters.values()])

    return decorate


def takes_inputs(function: Function) -> bool:
    """Whether the command gets the inputs of an integration, as `given`."""
    return "given" in inspect.signature(function).parameters


def has_argument(function: Function) -> bool:
    """Whether the command has a positional argument of its own, so that the integration needs its option."""
    annotations = [item.annotation for item in inspect.signature(function).parameters.values()]
    return any(isinstance(each, ArgumentInfo) for annotation in annotations for each in get_args(annotation)[1:])


def with_inputs(function: Function, integration: "type[Integration] | None") -> Function:
    """The command with an option for each input of the integration; it gets their values together, as `given`."""
    if not takes_inputs(function):
        return function
    own = [item for item in inspect.signature(function).parameters.values() if item.name != "given"]
    added = input_options(integration) if integration else []
    is_named = any(item.name == "integration" for item in own) and not has_argument(function)
    place = [option("named", options.NamedIntegration, None)] if is_named else []

    def run(**values: Any) -> int:
        given = {item.name: values.pop(item.name) for item in added}
        if named := values.pop("named", None):
            if values["integration"] not in (None, named):
                both = f"two integrations are named: {named} and {values['integration']}"
                raise UsageError(both, "Keep one of the two.")
            values["integration"] = named
        if "integration" in values:
            values["integration"] = word_of(integration, values["integration"])
        return function(**values, given={name: value for name, value in given.items() if value not in (None, [])})

    return _with_signature(run, function, [*place, *own, *added])


def options_of(function: Function) -> tuple[set[str], set[str]]:
    """The options of a command that take no value, and those that take one."""
    flags = {"--help", "-h"}
    values: set[str] = set()
    for item in inspect.signature(function).parameters.values():
        kind, *more = get_args(item.annotation) or (None,)
        names = [name for each in more for name in getattr(each, "param_decls", None) or [f"--{item.name}"]]
        (flags if kind is bool else values).update(names)
    return flags, values


def _logging(given: dict[str, Any], context: typer.Context) -> AbstractContextManager[None]:
    if not given.get("log") and not os.environ.get("BOOTSTRAP_LOG"):
        return nullcontext()
    from bootstrap.cli.log_file import logging

    return logging(given["log"], context.command_path.partition(" ")[2])


def _taken(given: dict[str, Any], values: dict[str, Any]) -> "Taken | None":
    """What the command takes from the project file, if there is one; it fills `values` with the name and the integration
    of the deployment."""
    if "project" not in given or not is_there(given["project"]):
        return None
    from bootstrap.cli.project import take

    taken = take(given, values)
    values |= {name: value for name, value in taken.deployment_options.items() if name in values}
    return taken


def _target(given: dict[str, Any], line: CommandLine, taken: "Taken | None") -> "Target":
    from bootstrap.cli.target import Target

    of_file = taken.target if taken else {}
    profile, region, state = (of_file.get(name, given[name]) for name in ("profile", "region", "state"))
    sign_ins, sandbox = tuple(given.get("sign_in", ())), given["sandbox"]
    integration = taken.deployment.integration if taken and taken.deployment else None
    described, approvals, places = (taken.described, taken.approvals, taken.places) if taken else ({}, {}, {})
    named, fixed = given["project"], frozenset(of_file)
    return Target(profile, region, sandbox, state, sign_ins, line, named, fixed, integration, described, approvals, places)


def _kept(given: dict[str, Any], values: dict[str, Any]) -> AbstractContextManager[None]:
    """For --output. Its --force may also be one of the verb's own, which then is about what else the verb writes."""
    if given["color"] not in CHOICES:
        raise UsageError(f"--color: {given['color']!r} is not one of {', '.join(CHOICES)}", "Choose one, or omit --color.")
    path, force = given.get("output"), given.get("force", values.get("force", False))
    if path is None:
        if given.get("force"):
            raise UsageError("--force overwrites the file of --output, which is not given", "Add --output FILE.")
        return nullcontext()
    if "write_handoff" in values:
        values["force"] = force and values["write_handoff"] is not None
    from bootstrap.cli.results import kept_in

    return kept_in(path, force=force, quiet=given["quiet"])


def _view(given: dict[str, Any], *, plan_is_result: bool, asks: bool) -> "View":
    from bootstrap.cli.results import view

    verbose = given.get("verbose", False)
    return view(json=given["json"], verbose=verbose, quiet=given["quiet"], plan_is_result=plan_is_result, asks=asks)


def _printer(given: dict[str, Any]) -> "Printer":
    from bootstrap.cli.printer import Printer

    return Printer(given["json"], given["quiet"])


def _inputs(given: dict[str, Any], taken: "Taken | None") -> "GivenInputs":
    from bootstrap.cli.inputs import GivenInputs

    described_at = taken.places[taken.deployment.name] if taken and taken.deployment else None
    where = taken.deployment.where if taken and taken.deployment else None
    return GivenInputs(given["given"], given["inputs"], taken.inputs if taken else None, described_at, where)


def _with_signature(run: Function, function: Function, parameters: list[inspect.Parameter]) -> Function:
    """`run` with these parameters, and the name and help of `function`: from them typer makes the options."""
    run.__doc__, run.__name__ = function.__doc__, function.__name__
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [item.replace(kind=inspect.Parameter.KEYWORD_ONLY) for item in parameters]
    )
    run.__annotations__ = {item.name: item.annotation for item in parameters}
    return run


_OUTPUT = [
    option("json", options.Json, False),
    option("quiet", options.Quiet, False),
    option("color", options.Color, "auto"),
    option("output", options.Output, None),
    option("force", options.Overwriting, False),
    option("log", options.Log, None),
    option("debug", options.Debug, False),
]
SHARED: dict[str, list[inspect.Parameter]] = {
    "target": [
        option("profile", options.Profile, None),
        option("region", options.Region, None),
        option("sign_in", options.SignIns, []),
        option("sandbox", options.Sandbox, False),
        option("state", options.StatePath, None),
        option("project", options.Project, None),
    ],
    "view": [option("verbose", options.Verbose, False), *_OUTPUT],
    "printer": _OUTPUT,
    "inputs": [option("inputs", options.Inputs, None), option("given", dict[str, Any], {})],
}
"""The options that stand in the place of each of these parameters, in the order of the help."""
