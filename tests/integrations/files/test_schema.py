"""The JSON Schema of the format: right by itself, made from the classes that read, and true of every file."""

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bootstrap.integrations.files.format import Definition, StatementEntry
from bootstrap.integrations.files.parts import all_kinds
from bootstrap.integrations.files.schema import schema
from bootstrap.integrations.files.structure import key_names
from bootstrap.integrations.sources import CATALOG
from tests.support.integration_files import FOLDER

SHIPPED = sorted(CATALOG.glob("*.toml"))


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", [*SHIPPED, *sorted(FOLDER.glob("*.toml"))], ids=lambda path: path.stem)
def test_every_file_fits_it(path: Path) -> None:
    jsonschema.validate(tomllib.loads(path.read_text()), schema(), jsonschema.Draft202012Validator)


def test_it_has_each_key_of_the_format_with_its_description() -> None:
    assert set(schema()["properties"]) == set(key_names(Definition))
    for name, item in key_names(Definition).items():
        assert schema()["properties"][name]["description"] == item.metadata["doc"]
    tables = {**schema()["$defs"], "": schema()}
    assert all(each["description"] for table in tables.values() for each in table["properties"].values())
    assert all(table["description"] for table in tables.values())


def test_it_lists_the_types_of_resources_and_the_properties_of_each() -> None:
    table = schema()["$defs"]["ResourceEntry"]
    assert table["properties"]["type"]["enum"] == list(all_kinds())
    [role] = [each["then"] for each in table["allOf"] if each["if"]["properties"]["type"]["const"] == "iam_role"]
    assert role["required"] == ["name", "trust"]
    assert {"trust", "max_session_duration", "when"} < set(role["propertyNames"]["enum"])
    assert role["properties"]["trust"]["items"] == {"$ref": "#/$defs/StatementEntry"}
    assert not {"asked", "role_path"} & set(role["propertyNames"]["enum"])


def tables_of(kind: Any, found: set[type]) -> set[type]:
    """The classes of all tables below this one."""
    found.add(kind)
    for item in dataclasses.fields(kind):
        for each in _classes(item.type):
            if each not in found:
                tables_of(each, found)
    return found


def _classes(hint: Any) -> list[type]:
    inner = [each for part in getattr(hint, "__args__", ()) for each in _classes(part)]
    return [hint, *inner] if dataclasses.is_dataclass(hint) and isinstance(hint, type) else inner


def test_each_table_of_the_format_is_in_it() -> None:
    found = tables_of(StatementEntry, tables_of(Definition, set()))
    assert {each.__name__ for each in found} - {"Definition"} == set(schema()["$defs"])


def test_no_file_makes_what_only_fleets_make() -> None:
    """Nothing reads the policies in a template, and it could create anything in other accounts."""
    assert [kind for kind in all_kinds() if kind.startswith("cloudformation")] == []
    assert "iam_role" in all_kinds()
