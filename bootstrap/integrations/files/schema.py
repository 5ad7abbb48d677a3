"""The JSON Schema of the format, made from the classes that read it: editors complete and check a file with it.

A schema cannot see everything that the reader sees, such as names that the file does not have.
"""

import dataclasses
import types
from collections.abc import Mapping
from dataclasses import MISSING
from functools import cache
from inspect import getdoc
from typing import Any, Literal, get_args, get_origin, get_type_hints

from bootstrap.core.resource import Resource
from bootstrap.integrations.files.format import Definition, ExistingEntry
from bootstrap.integrations.files.keys import MOST
from bootstrap.integrations.files.parts import all_kinds, holds, property_names, required_names, shape_of
from bootstrap.integrations.files.structure import REST, key_names
from bootstrap.resources import resource_kind

Schema = dict[str, Any]
_TEMPLATE: Schema = {"type": "string", "pattern": r"^\$\{[^}]*\}$"}
_ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
_PLAIN: Mapping[type, Schema] = {str: {"type": "string"}, bool: {"type": "boolean"}, int: {"type": "integer"}}


@cache
def schema() -> Schema:
    """The schema of a whole file, draft 2020-12."""
    tables: dict[str, Schema] = {}
    whole = _table(Definition, tables)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An integration of bootstrap, format 1",
        **whole,
        "$defs": dict(sorted(tables.items())),
    }


def _table(kind: type, tables: dict[str, Schema]) -> Schema:
    known, hints = key_names(kind), get_type_hints(kind)
    found: Schema = {
        "type": "object",
        "description": " ".join((getdoc(kind) or "").split()),
        "properties": {name: _key(hints[item.name], item.metadata, tables) for name, item in known.items()},
        "required": [name for name, item in known.items() if item.default is MISSING and item.default_factory is MISSING],
    }
    if any(item.name == REST for item in dataclasses.fields(kind)):
        found["properties"]["type"] = {**found["properties"]["type"], "enum": list(all_kinds())}
        found["allOf"] = [_of_kind(each, known, tables, exists=kind is ExistingEntry) for each in all_kinds()]
        return found
    return {**found, "additionalProperties": False}


def _named(kind: type, tables: dict[str, Schema]) -> Schema:
    """A reference to the table's schema, which is made once."""
    if kind.__name__ not in tables:
        tables[kind.__name__] = {}
        tables[kind.__name__] = _table(kind, tables)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _key(hint: Any, about: Mapping[str, Any], tables: dict[str, Schema]) -> Schema:
    return {"description": about["doc"], **_value(hint, about, tables)}


def _value(hint: Any, about: Mapping[str, Any], tables: dict[str, Schema]) -> Schema:
    inner, origin = get_args(hint), get_origin(hint)
    if origin is types.UnionType:
        return {"anyOf": [_value(each, about, tables) for each in inner if each is not type(None)]}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin is tuple:
        return {"type": "array", "maxItems": MOST, "items": _value(inner[0], about, tables)}
    if origin is Mapping:
        names = {"propertyNames": {"pattern": f"^(?:{about['names']})$"}} if about.get("names") else {}
        values = _value(inner[1], {**about, "names": ""}, tables)
        return {"type": "object", "maxProperties": MOST, **names, "additionalProperties": values}
    if dataclasses.is_dataclass(hint):
        return _named(hint, tables)  # type: ignore[arg-type]
    if hint is Any:
        return {}
    if hint is not str:
        return dict(_PLAIN[hint])
    if about.get("choices"):
        return {"enum": list(about["choices"])}
    pattern = f"^(?:{about['pattern']})$" if about.get("pattern") else "" if about.get("lines") else _ONE_LINE
    return {"type": "string", "maxLength": about["longest"], **({"pattern": pattern} if pattern else {})}


def _of_kind(kind: str, known: Mapping[str, Any], tables: dict[str, Schema], *, exists: bool) -> Schema:
    """What the table has if its type is this one."""
    found = resource_kind(kind)
    names = property_names(found)
    return {
        "if": {"properties": {"type": {"const": kind}}},
        "then": {
            "properties": {name: _property(found, name, tables) for name in names},
            "propertyNames": {"enum": [*known, *names]},
            "required": sorted(required_names(found, exists=exists)),
        },
    }


def _property(kind: type[Resource], name: str, tables: dict[str, Schema]) -> Schema:
    if name in holds(kind):
        return _value(shape_of(kind, name), {"names": ".{1,128}"}, tables)
    hint = get_type_hints(kind)[name]
    shapes: list[Schema] = []
    for each in get_args(hint) if get_origin(hint) is types.UnionType else [hint]:
        match get_origin(each) or each:
            case plain if plain in _PLAIN:
                shapes.append(dict(_PLAIN[plain]))
            case plain if plain is list:
                shapes.append({"type": "array", "items": _element(get_args(each)[0])})
            case plain if plain is dict:
                shapes.append({"type": "object", "additionalProperties": _element(get_args(each)[1])})
    return shapes[0] if shapes == [_PLAIN[str]] else {"anyOf": [*shapes, _TEMPLATE]}


def _element(hint: Any) -> Schema:
    return dict(_PLAIN.get(hint, {}))
