"""The checks of a file's inputs, and example values of them: to explain the file, and to try it when it is read."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from bootstrap.core import validators
from bootstrap.core.input import Check
from bootstrap.integrations.files.checks import CHECKS, EXAMPLES
from bootstrap.integrations.files.expression import holds
from bootstrap.integrations.files.format import Definition, InputEntry
from bootstrap.integrations.files.pattern import LONGEST_VALUE, matches


def example_values(definition: Definition) -> dict[str, Any]:
    """The inputs that are required, and the first of each rule that wants one of several, or any; the others have their
    defaults."""
    values = {name: default_of(entry) for name, entry in definition.inputs.items()}
    for name, entry in definition.inputs.items():
        if is_required(entry) or entry.generated:
            values[name] = placeholder(definition, name)
    for rule in definition.rules:
        names = [name.partition(".")[2] for name in (*rule.one_of, *rule.any_of)]
        if names and not rule.when and not any(values[name] for name in names):
            values[names[0]] = placeholder(definition, names[0])
    return complete(definition, values)


def required_by(definition: Definition, given: Mapping[str, Any]) -> Iterator[str]:
    """The inputs that the others require."""

    def value_of(reference: str) -> Any:
        name = reference.partition(".")[2]
        return given.get(name, default_of(definition.inputs[name]))

    for name, entry in definition.inputs.items():
        if entry.required_when and holds(entry.required_when, value_of):
            yield name


def complete(definition: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with what they require."""
    needed = [name for name in required_by(definition, values) if not values.get(name)]
    return {**values, **{name: placeholder(definition, name) for name in needed}}


def without(definition: Definition, name: str) -> Any:
    """What the input is if it is left out, or switched off."""
    entry = definition.inputs[name]
    return {"list": (), "flag": False}.get(entry.type, default_of(entry))


def is_required(entry: InputEntry) -> bool:
    may_be_missing = entry.optional or entry.generated or entry.required_when
    return entry.default is None and not may_be_missing and entry.type != "flag"


def default_of(entry: InputEntry) -> Any:
    """The value if the user gives none."""
    match entry.type:
        case "flag":
            return bool(entry.default)
        case "list":
            return entry.default or ()
    return None if entry.default is None else str(entry.default)


def placeholder(definition: Definition, name: str) -> Any:
    """A value that passes the input's check."""
    entry = definition.inputs[name]
    match entry.type:
        case "flag":
            return True
        case "choice":
            return entry.choices[0]
        case "number":
            return entry.example or str(max(entry.least, min(entry.most, 1)))
    found = entry.example or _row(definition, name) or EXAMPLES.get(entry.check) or name.upper().replace("_", "-")
    if not entry.example and entry.check == "external_id":
        source = "THAT-BOOTSTRAP-GENERATES" if entry.generated else f"FROM-{definition.vendor.upper()}"
        found = re.sub("[^A-Z0-9]+", "-", f"EXTERNAL-ID-{source}")[:40]
    return (found,) if entry.type == "list" else found


def _row(definition: Definition, name: str) -> str:
    """The first row of a table that this input decides."""
    rows: list[Mapping[str, Any]] = [table.rows for table in definition.tables.values() if table.by == f"input.{name}"]
    return next(iter(rows[0]), "") if rows else ""


def passes_with(definition: Definition, name: str, characters: str) -> Iterator[str]:
    """Values of the input that have one of these characters, and that its check lets through."""
    entry = definition.inputs[name]
    if entry.type not in ("text", "list"):
        return
    value, check = placeholder(definition, name), check_of(entry)
    text = value[0] if isinstance(value, tuple) else str(value)
    for place in range(len(text) + 1):
        for odd in (text[:place] + each + text[place:] for each in characters):
            with suppress(ValueError):
                yield check(odd) if check else odd


def check_of(entry: InputEntry) -> Check | None:
    """The check of one value."""
    if entry.type == "number":
        return validators.number(entry.least, entry.most)
    return _form(entry.pattern, entry.example) if entry.pattern else CHECKS.get(entry.check)


def _form(pattern: str, example: str) -> Check:
    def check(value: str) -> str:
        if not matches(pattern, value):
            shown = example if example not in ("", value) else pattern
            should = f"look like {shown}" if len(value) <= LONGEST_VALUE else f"have at most {LONGEST_VALUE} characters"
            raise ValueError(f"{value!r} is not right: it should {should}")
        return value

    return check
