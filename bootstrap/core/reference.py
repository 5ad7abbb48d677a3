"""References between resources: the string `@{address.attribute}` stands for an output that may not exist yet.

As a reference is a plain string, a property is valid JSON before and after it is resolved, and the edges of the graph are
visible in the plan and in the state.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

_REFERENCE = re.compile(r"@\{([a-z0-9][a-z0-9-]*)\.([a-z_]+)\}")


def reference(address: str, attribute: str) -> str:
    return f"@{{{address}.{attribute}}}"


def marked(value: Any) -> list[str]:
    """The texts in `value`, nested JSON with its keys, that can hold a reference or another marker, in order. Every run asks
    that often, and few texts can."""
    found: list[str] = []
    _gather(value, found)
    return found


def _gather(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        if "@{" in value:
            found.append(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _gather(key, found)
            _gather(item, found)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _gather(item, found)


def references(value: Any) -> Iterator[tuple[str, str]]:
    """Each (address, attribute) that `value`, nested JSON, refers to."""
    return (each for text in marked(value) for each in _REFERENCE.findall(text))


def literal(value: Any) -> Any:
    """`value`, nested JSON, in which texts that look like a reference are broken up: "@ {role.arn}"."""
    if not any(references(value)):
        return value
    match value:
        case dict():
            return {literal(key): literal(item) for key, item in value.items()}
        case list() | tuple():
            return [literal(item) for item in value]
    return _REFERENCE.sub(lambda found: f"@ {found[0][1:]}", value)


def resolve(value: Any, lookup: Callable[[str, str], str | None]) -> Any:
    """`value` with each reference replaced by `lookup(address, attribute)`; one for which that is None stays."""
    match value:
        case str():
            return _REFERENCE.sub(lambda found: lookup(found[1], found[2]) or found[0], value) if "@{" in value else value
        case dict():
            return {resolve(key, lookup): resolve(item, lookup) for key, item in value.items()}
        case list() | tuple():
            return [resolve(item, lookup) for item in value]
    return value
