"""The lists of a file that are made of inputs: their values, and what is wrong with them."""

from collections.abc import Iterable, Mapping
from typing import Any

from bootstrap.integrations.files.entries import BARE_KEYS
from bootstrap.integrations.files.format import Definition, InputEntry
from bootstrap.integrations.files.structure import Report

KEYS_INPUT = "kms_key"
"""The input that `uses` brings."""
_KEY = InputEntry(type="list", help="A KMS key.", check="key_arn")


def entry_of(definition: Definition, reference: str) -> InputEntry | None:
    """The input whose check each value of input.NAME or list.NAME has passed."""
    head, name, *_ = [*reference.split("."), ""]
    if head == "list":
        return next((entry_of(definition, each.value) for each in definition.lists.get(name, ())), None)
    return _KEY if head == BARE_KEYS else definition.inputs.get(name)


def bare_keys(keys: Iterable[str]) -> tuple[str, ...]:
    """Those that are for no certain bucket. IAM accepts no alias as a resource, so an alias is not for all data."""
    return tuple(key for key in keys if "=" not in key and ":alias/" not in key)


def values_of(part: str, inputs: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values of one part of a list."""
    if part == BARE_KEYS:
        return bare_keys(inputs.get(KEYS_INPUT, ()))
    value = inputs[part.partition(".")[2]]
    return value if isinstance(value, tuple) else () if value in (None, "") else (value,)


def grants_bare_keys(definition: Definition) -> bool:
    """Whether the file itself grants the keys that are for no certain bucket."""
    return any(each.value == BARE_KEYS for parts in definition.lists.values() for each in parts)


def list_problems(definition: Definition, report: Report) -> None:
    for name, parts in definition.lists.items():
        if not parts:
            report(("lists", name), "is empty", f'Write [[lists.{name}]] and value = "input.NAME".')
        first = entry_of(definition, f"list.{name}")
        for number, part in enumerate(parts):
            path, entry = ("lists", name, number, "value"), entry_of(definition, part.value)
            if part.value == BARE_KEYS and not any(each.uses for each in definition.existing.values()):
                report(path, "is only there in a file that says how roles use buckets", 'Write uses = "read", or "write".')
            elif entry is None or entry.type not in ("text", "list"):
                report(path, f"{part.value} is not an input of the type text or list", "")
            elif first and (entry.check, entry.pattern) != (first.check, first.pattern):
                text = f"{part.value} has another check than {parts[0].value}"
                report(path, text, "The inputs of a list have the same check, or the same pattern.")
