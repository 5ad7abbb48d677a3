"""Inputs for the contract of integrations that are files: all of them, and each choice once, made of the file itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from bootstrap.core.input import Input
from bootstrap.core.integration import inputs_of
from bootstrap.integrations.existing.buckets import UsesBuckets
from bootstrap.integrations.files.checks import EXAMPLES
from bootstrap.integrations.files.expression import holds
from bootstrap.integrations.files.format import InputEntry
from bootstrap.integrations.files.integration import FileIntegration

SEVERAL: Mapping[str, list[str]] = {
    "bucket": ["acme-lake", "acme-raw"],
    "bucket_prefix": ["acme-lake", "acme-shop/orders"],
    "role_arn": ["arn:aws:iam::111122223333:role/one", "arn:aws:iam::111122223333:role/a/two"],
}
"""By check, what a list input gets."""
ONE: Mapping[str, str] = {"bucket_prefix": "acme-lake", "external_id": "external-id-7"}
"""By check, what a text input gets, where it is not the example: a bucket without a prefix, as the examples have one."""


def every_input(kind: type[FileIntegration], chosen: Mapping[str, str] = {}) -> dict[str, Any]:
    """All inputs that can be given together, with the last of each choice that is not in `chosen`."""
    entries = kind.definition.inputs
    found = {item.name: _value(item, entries[item.name]) for item in inputs_of(kind) if item.name in entries}
    keys = {"kms_key": [EXAMPLES["key_arn"]]} if issubclass(kind, UsesBuckets) else {}
    return _by_the_rules(kind, {**found, **keys, **chosen})


def each_choice(kind: type[FileIntegration]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each choice but that of `every_input`, as (input=CHOICE, inputs): with all other inputs where a rule is about it, else
    with those of the example."""
    example = {name: value for name, value in kind.example().to_json().items() if value not in (None, "", [], False)}
    for item in inputs_of(kind):
        ruled = any(item.name in rule.when for rule in kind.definition.rules)
        for choice in item.choices[:-1]:
            if ruled:
                yield f"{item.name}={choice}", every_input(kind, {item.name: choice})
            elif example.get(item.name) != choice:
                yield f"{item.name}={choice}", _by_the_rules(kind, {**example, item.name: choice})


def _value(item: Input, entry: InputEntry) -> Any:
    if item.kind == "flag":
        return True
    if item.choices:
        return item.choices[-1]
    if item.kind == "list":
        return SEVERAL.get(entry.check, [_example(entry)])
    return ONE.get(entry.check) or _example(entry)


def _example(entry: InputEntry) -> str:
    return str(entry.most) if entry.type == "number" else entry.example or EXAMPLES[entry.check]


def _by_the_rules(kind: type[FileIntegration], found: dict[str, Any]) -> dict[str, Any]:
    """Without what may not be given with the others, and with what must be."""
    items = {item.name: item for item in inputs_of(kind)}
    for rule in kind.definition.rules:
        if holds(rule.when, lambda reference: found.get(reference.removeprefix("input."))):
            for name in (each.partition(".")[2] for each in rule.conflicts):
                found.pop(name, None)
            for name in (each.partition(".")[2] for each in rule.requires):
                found.setdefault(name, _value(items[name], kind.definition.inputs[name]))
    return found
