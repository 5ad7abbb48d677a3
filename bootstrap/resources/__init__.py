"""One AWS resource type a file, named as its kind: `iam_role.py` holds the kind `iam_role`. Nothing to register."""

import importlib
import inspect
import pkgutil
import re

from bootstrap.core.resource import Resource
from bootstrap.core.state import Record
from bootstrap.errors import StateError


def kinds() -> list[str]:
    """The kinds that there are. Files without one hold what several kinds share."""
    return [name for name in sorted(item.name for item in pkgutil.iter_modules(__path__)) if _kind_in(name)]


def resource_kind(kind: str) -> type[Resource]:
    """The class of a kind. Raises StateError when there is none (a record of a newer version, or edited by hand)."""
    known = {item.name for item in pkgutil.iter_modules(__path__)}
    found = _kind_in(kind) if re.fullmatch(r"[a-z0-9_]+", kind) and kind in known else None
    if found is None:
        raise StateError(f"this version of bootstrap does not know the kind {kind!r}", "Upgrade bootstrap.")
    return found


def restore(record: Record) -> Resource:
    """The resource that a record describes. Raises StateError."""
    return resource_kind(record.kind).from_properties(record.properties)


def _kind_in(name: str) -> type[Resource] | None:
    module = importlib.import_module(f"{__name__}.{name}")
    for _, item in inspect.getmembers(module, inspect.isclass):
        if issubclass(item, Resource) and item.__module__ == module.__name__ and item.kind == name:
            return item
    return None
