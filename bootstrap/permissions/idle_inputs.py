"""Inputs that change nothing with the others as they are, so that nobody reads their value as a limit. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.errors import BootstrapError


def idle_inputs(chosen: Integration, build: Callable[[Integration], Graph]) -> Iterator[str]:
    """The names of the choices whose other values would make the same resources."""
    now = build(chosen).as_json()
    for item in inputs_of(type(chosen)):
        value = getattr(chosen, item.name)
        others = [each for each in item.choices if each != value]
        if value and others and all(_made(chosen, {item.name: other}, build) == now for other in others):
            yield item.name


def _made(chosen: Integration, other: dict[str, Any], build: Callable[[Integration], Graph]) -> Any:
    """None where the other inputs do not allow it."""
    try:
        return build(replace(chosen, **other)).as_json()
    except BootstrapError:
        return None
