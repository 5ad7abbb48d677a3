"""The registry: one vendor per package or file. Every Integration subclass in this folder is an integration; nothing is
registered.

`existing/` is what several vendors share about resources that the customer already has.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from difflib import get_close_matches

from bootstrap.core.integration import Integration
from bootstrap.errors import UsageError


def integrations() -> dict[str, type[Integration]]:
    """All integrations, by the name that `--integration` takes."""
    found = {each.name: each for module in _modules() for each in _defined_in(module)}
    return dict(sorted(found.items()))


def find(name: str) -> type[Integration] | None:
    """The integration of this name, or None. It is looked for in its vendor's package first: to import all of them takes
    a tenth of a second."""
    vendor = f"{__name__}.{name.partition('-')[0]}"
    for module in _modules():
        if module == vendor or module.startswith(f"{vendor}."):
            for each in _defined_in(module):
                if each.name == name:
                    return each
    return integrations().get(name)


def integration(name: str) -> type[Integration]:
    """The integration of this name. Raises UsageError, which lists all names, for an unknown one."""
    if found := find(name):
        return found
    known = integrations()
    close = get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    raise UsageError(f"there is no integration {name!r}", f"{hint}There are: {', '.join(known)}.")


def _defined_in(name: str) -> Iterator[type[Integration]]:
    module = importlib.import_module(name)
    for _, member in inspect.getmembers(module, inspect.isclass):
        if not issubclass(member, Integration) or inspect.isabstract(member):
            continue
        if hasattr(member, "name") and member.__module__ == module.__name__:  # the base of those that are files has no name
            yield member


def _modules() -> Iterator[str]:
    for item in pkgutil.iter_modules(__path__):
        name = f"{__name__}.{item.name}"
        if item.ispkg:
            package = importlib.import_module(name)
            yield from (f"{name}.{part.name}" for part in pkgutil.iter_modules(package.__path__))
        else:
            yield name
