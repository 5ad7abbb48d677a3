"""One AWS resource type per file, named after its kind: `iam/role.py` has the kind `iam_role`. Nothing is registered."""

import importlib
import inspect
import pkgutil
from functools import cache

from bootstrap.core.resource import Resource
from bootstrap.core.state import Record
from bootstrap.errors import StateError


def kinds() -> list[str]:
    """All kinds. Files without one have what the types of a service share, or one topic of a type."""
    return [kind for kind, module in sorted(_modules(*__path__).items()) if _kind_in(module, kind)]


def resource_kind(kind: str) -> type[Resource]:
    """The class of a kind. Raises StateError when there is none (the record is of a newer version, or was edited)."""
    module = _modules(*__path__).get(kind)
    found = _kind_in(module, kind) if module else None
    if found is None:
        raise StateError(f"this version of bootstrap does not know the kind {kind!r}", "Upgrade bootstrap.")
    return found


def restore(record: Record) -> Resource:
    """The resource that a record describes. Raises StateError."""
    return resource_kind(record.kind).from_properties(record.properties)


@cache
def _modules(*folders: str) -> dict[str, str]:
    """The modules of all services, by the kind that each may have. Listed once: every record asks for its kind."""
    found = {}
    for service in pkgutil.iter_modules(folders):
        if service.ispkg:
            package = importlib.import_module(f"{__name__}.{service.name}")
            for item in pkgutil.iter_modules(package.__path__):
                found[f"{service.name}_{item.name}"] = f"{package.__name__}.{item.name}"
    return found


@cache
def _kind_in(name: str, kind: str) -> type[Resource] | None:
    module = importlib.import_module(name)
    for _, item in inspect.getmembers(module, inspect.isclass):
        if issubclass(item, Resource) and item.__module__ == module.__name__ and item.kind == kind:
            return item
    return None
