"""References between resources: the string `@{address.attribute}` stands for an output that may not exist yet.

A plain string keeps a property JSON-able before and after it is resolved, and makes the edges of the graph visible
in the plan and in the state.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

_REFERENCE = re.compile(r"@\{([a-z0-9][a-z0-9-]*)\.([a-z_]+)\}")


def reference(address: str, attribute: str) -> str:
    return f"@{{{address}.{attribute}}}"


def references(value: Any) -> Iterator[tuple[str, str]]:
    """Each (address, attribute) that `value`, JSON-able and nested, refers to."""
    match value:
        case str():
            yield from _REFERENCE.findall(value)
        case dict():
            for key, item in value.items():
                yield from references(key)
                yield from references(item)
        case list() | tuple():
            for item in value:
                yield from references(item)


def literal(value: Any) -> Any:
    """`value`, JSON-able and nested, with what only looks like a reference in it taken apart: "@ {role.arn}"."""
    if not any(references(value)):
        return value
    match value:
        case dict():
            return {literal(key): literal(item) for key, item in value.items()}
        case list() | tuple():
            return [literal(item) for item in value]
    return _REFERENCE.sub(lambda found: f"@ {found[0][1:]}", value)


def resolve(value: Any, lookup: Callable[[str, str], str | None]) -> Any:
    """`value` with each reference replaced by `lookup(address, attribute)`; one that gives None is left as it is."""
    match value:
        case str():
            return _REFERENCE.sub(lambda found: lookup(found[1], found[2]) or found[0], value)
        case dict():
            return {resolve(key, lookup): resolve(item, lookup) for key, item in value.items()}
        case list() | tuple():
            return [resolve(item, lookup) for item in value]
    return value
