"""Checks that values from JSON have the types of a class: a state may have been edited by hand."""

import types
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints


def fits(value: Any, hint: Any) -> bool:
    """Whether a value from JSON has the type of a field's type hint; here, a `bool` is not an `int`."""
    inner = get_args(hint)
    match get_origin(hint):
        case types.UnionType:
            return any(fits(value, one) for one in inner)
        case kind if kind is dict:
            return isinstance(value, dict) and all(fits(item, inner[1]) for item in value.values())
        case kind if kind is list:
            return isinstance(value, list) and all(fits(item, inner[0]) for item in value)
    return hint is Any or (isinstance(value, hint) and (hint is bool or not isinstance(value, bool)))


@cache
def hints_of(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
