"""Values of the command line that are text already. typer has pydantic read every value, which takes longer to import than
all of typer, and makes nothing else of a text than the text."""

from pathlib import Path
from typing import Any

from typer.core import TyperArgument, TyperOption


def plain_values(parameters: list[Any]) -> list[Any]:
    """The parameters, which from now on take text as it is."""
    for each in parameters:
        each.get_runtime_param = _Plain(each).itself
    return parameters


class _Plain:
    """Stands in for what typer makes to read the values of one parameter."""

    def __init__(self, parameter: TyperArgument | TyperOption) -> None:
        self.parameter = parameter

    def itself(self) -> "_Plain":
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        annotation = self.parameter.type_descriptor.annotation
        if value is None:
            return () if self.parameter.multiple or self.parameter.nargs == -1 else None
        if annotation == list[str] and isinstance(value, list | tuple):
            return list(value)
        if annotation in (str, Path) and isinstance(value, str):
            return annotation(value)
        if isinstance(annotation, type) and isinstance(value, annotation):
            return value
        # A number, a choice, or yes and no from the environment: typer reads it, and says what is wrong with it.
        return type(self.parameter).get_runtime_param(self.parameter).coerce(value, param=param, ctx=ctx)
