"""The inputs of an integration as options of a command."""

import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bootstrap.core.input import Input
    from bootstrap.core.integration import Integration


def option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def input_options(integration: "type[Integration]") -> list[inspect.Parameter]:
    from bootstrap.core.integration import inputs_of

    return [_input_option(item, integration.name) for item in inputs_of(integration)]


def _input_option(item: "Input", integration: str) -> inspect.Parameter:
    default = f" (default: {item.default})" if item.kind == "text" and item.default else ""
    required = " (required; without it, the role is locked at first)" if item.after_create else " (required)"
    explained = item.help + (required if item.required else default)
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
    return option(item.name, annotation, None)
