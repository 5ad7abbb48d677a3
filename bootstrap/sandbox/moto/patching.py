"""Replaces a method of moto, or a function of one of its modules, by one that wraps it, for the corrections."""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

Method = Callable[..., Any]


def wrap_method(owner: type | ModuleType, name: str, replacement: Callable[..., Any]) -> None:
    """Makes `replacement` the method. Its first argument is the method as it was before."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def method(*arguments: Any, **named: Any) -> Any:
        return replacement(original, *arguments, **named)

    setattr(owner, name, method)


def many(one_or_many: Any) -> list[Any]:
    return one_or_many if isinstance(one_or_many, list) else [one_or_many]
