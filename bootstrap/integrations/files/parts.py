"""The resources of a file with their types: which keys are properties, and which hold statements."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from bootstrap.core.json_types import hints_of
from bootstrap.core.key_lines import KeyPath
from bootstrap.core.policy import Holds
from bootstrap.core.resource import Resource
from bootstrap.integrations.files.format import Definition, ExistingEntry, ResourceEntry, StatementEntry
from bootstrap.integrations.files.structure import Report, meant, read_value
from bootstrap.resources import kinds, resource_kind

IMPLICIT = ("asked", "role_path")
"""Properties that bootstrap alone sets."""
Policies = Mapping[str, Mapping[str, tuple[StatementEntry, ...]]]


@dataclass(frozen=True)
class Part:
    """A resource of the file. `policies` are the statements, by field and by the name of the policy in it ("" for a field
    that holds one)."""

    path: KeyPath
    kind: type[Resource]
    entry: ResourceEntry | ExistingEntry
    properties: Mapping[str, Any]
    policies: Policies

    @property
    def address(self) -> str:
        return str(self.path[-1])

    def statements(self) -> Iterator[tuple[KeyPath, StatementEntry]]:
        """Its statements with their places."""
        for name, documents in self.policies.items():
            for policy, statements in documents.items():
                for number, each in enumerate(statements):
                    yield statement_path(self, name, policy, number), each


OF_FLEETS = "cloudformation_"
"""How the types begin that only fleets make. A template can create anything in other accounts, and nothing here reads the
policies in it."""


def statement_path(part: Part, name: str, policy: str, number: int) -> KeyPath:
    where = (*part.path, name, *([policy] if policy else []))
    note, outer = holds(part.kind)[name]
    return where if note is Holds.STATEMENT and outer is None else (*where, number)


@cache
def holds(kind: type[Resource]) -> Mapping[str, tuple[Holds, type | None]]:
    """The fields of the type that hold statements: what each holds, and whether in a dict or list of these."""
    found = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        for outer, inner in ((None, hint), (get_origin(hint), (get_args(hint) or (None,))[-1])):
            for note in getattr(inner, "__metadata__", ()):
                if isinstance(note, Holds):
                    found[name] = (note, outer)
    return found


_SHAPES: Mapping[tuple[Holds, type | None], Any] = {
    (Holds.DOCUMENT, None): tuple[StatementEntry, ...],
    (Holds.DOCUMENT, dict): Mapping[str, tuple[StatementEntry, ...]],
    (Holds.STATEMENT, None): StatementEntry,
    (Holds.STATEMENT, list): tuple[StatementEntry, ...],
}
"""What the file has where a field holds statements."""


def shape_of(kind: type[Resource], name: str) -> Any:
    """The type of what a file has for a field that holds statements."""
    return _SHAPES[holds(kind)[name]]


def property_names(kind: type[Resource]) -> dict[str, bool]:
    """The properties that a file can set, and whether each is required."""
    return {
        item.name: item.default is MISSING and item.default_factory is MISSING
        for item in fields(kind)
        if item.name not in IMPLICIT
    }


def parts_of(definition: Definition, report: Report) -> list[Part]:
    """The resources that the file creates, then those that it finds. Each problem is reported."""
    described: dict[KeyPath, ResourceEntry | ExistingEntry] = {
        **{("resources", address): each for address, each in definition.resources.items()},
        **{("existing", address): each for address, each in definition.existing.items()},
    }
    return [part for path, entry in described.items() if (part := _part(path, entry, report))]


def _part(path: KeyPath, entry: ResourceEntry | ExistingEntry, report: Report) -> Part | None:
    if entry.type not in all_kinds():
        report((*path, "type"), f"{entry.type} is not a type of resources", meant(entry.type, all_kinds()))
        return None
    kind = resource_kind(entry.type)
    known, held = property_names(kind), holds(kind)
    policies, properties = {}, {}
    for name, value in entry.properties.items():
        if name not in known:
            report((*path, name), f"is not a property of {entry.type}", meant(name, known))
        elif name in held:
            found = read_value(shape_of(kind, name), value, (*path, name), report)
            if found is not None:
                policies[name] = _by_name(found)
        else:
            properties[name] = value
    for name in sorted(required_names(kind, exists=path[0] == "existing") - set(entry.properties)):
        report(path, f"has no {name}, which {entry.type} needs", f"Add {name} there.")
    return Part(path, kind, entry, properties, policies)


def required_names(kind: type[Resource], *, exists: bool) -> set[str]:
    """The properties that a file must have; of a resource that exists, only the texts that tell which one it is."""
    hints = hints_of(kind)
    return {name for name, required in property_names(kind).items() if required and (hints[name] is str or not exists)}


def _by_name(found: Any) -> Mapping[str, tuple[StatementEntry, ...]]:
    if isinstance(found, StatementEntry):
        return {"": (found,)}
    return found if isinstance(found, Mapping) else {"": found}


@cache
def all_kinds() -> tuple[str, ...]:
    return tuple(kind for kind in kinds() if not kind.startswith(OF_FLEETS))
