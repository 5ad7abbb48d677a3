"""Inputs and accounts with which a file is tried: so many that each of its conditions holds in some of them."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from bootstrap.core.account import DEFAULT, EXAMPLE, HOMES, Account
from bootstrap.core.input import PREVIOUS
from bootstrap.core.key_lines import KeyPath
from bootstrap.integrations.files.checks import EXAMPLES, PARTS
from bootstrap.integrations.files.entries import BARE_KEYS
from bootstrap.integrations.files.examples import check_of, complete, example_values, is_required, placeholder, without
from bootstrap.integrations.files.expression import assignments, holds
from bootstrap.integrations.files.format import Definition, ExistingEntry, ResourceEntry
from bootstrap.integrations.files.handoff_entries import STEPS, HandoffEntry, StepEntry
from bootstrap.integrations.files.lists import KEYS_INPUT, grants_bare_keys
from bootstrap.integrations.files.parts import holds as holds_of
from bootstrap.resources import resource_kind

_MOST_WAYS = 8
"""So many ways to make one condition hold are tried."""
_HARDENED = "input.harden"


class Variant(NamedTuple):
    """The inputs, and the account that they are for."""

    values: Mapping[str, Any]
    partition: str
    region: str

    def account(self, alias: str) -> Account:
        number = EXAMPLE.id if alias == DEFAULT else EXAMPLE.id[::-1]
        return Account(alias=alias, id=number, partition=self.partition, region=self.region)


class Condition(NamedTuple):
    """All the conditions that decide about the table at this path, and those around it."""

    path: KeyPath
    texts: tuple[str, ...]


def variants(definition: Definition) -> Iterator[Variant]:
    """As `_variants`, each with what its inputs require."""
    return (each._replace(values=complete(definition, each.values)) for each in _variants(definition))


def _variants(definition: Definition) -> Iterator[Variant]:
    """The example, one for each other input of the rules that want one of several, and one with all inputs; then each of
    these so that a condition holds, or with another row of a table; then each with one input changed. A rule may forbid some
    of them."""
    base = example_values(definition)
    bases = [base]
    for names in ([name.partition(".")[2] for name in (*rule.one_of, *rule.any_of)] for rule in definition.rules):
        none = {**base, **{name: without(definition, name) for name in names}}
        bases += [{**none, name: base[name] or placeholder(definition, name)} for name in names]
    bases.append({name: value or placeholder(definition, name) for name, value in base.items()})
    if grants_bare_keys(definition):
        bases.append({**base, KEYS_INPUT: (EXAMPLES["key_arn"],)})
    partition = definition.partition or EXAMPLE.partition
    home = [Variant(values, partition, HOMES[partition]) for values in bases]
    yield from home
    ways = [*_wanted(definition)]
    for each in home:  # the first with every condition, as a large file is not tried with all variants
        yield from (found for wanted in ways if (found := _changed(definition, each, wanted)))
    for each in home:
        for name in definition.inputs:
            for value in _others(definition, name, each.values[name]):
                yield each._replace(values={**each.values, name: value})


def _wanted(definition: Definition) -> Iterator[Mapping[str, Any]]:
    """What references must be for the conditions to hold, and for each row of the tables."""
    found: list[Mapping[str, Any]] = []
    lists = {
        f"list.{name}": [(f"input.{KEYS_INPUT}" if part.value == BARE_KEYS else part.value, part.when) for part in parts]
        for name, parts in definition.lists.items()
    }
    for each in conditions(definition):
        found += islice(assignments(each.texts, lists), _MOST_WAYS)
    found += [{table.by: row} for table in definition.tables.values() for row in table.rows]
    known = set[tuple[tuple[str, Any], ...]]()
    for wanted in found:
        if (same := tuple(sorted(wanted.items(), key=repr))) not in known:
            known.add(same)
            yield wanted


def conditions(definition: Definition) -> list[Condition]:
    """Those of resources and statements, with the ones around them, and of the hand-off."""
    return [*_of_resources(definition), *_of_handoff(definition.handoff)]


def _of_resources(definition: Definition) -> Iterator[Condition]:
    described: dict[KeyPath, ResourceEntry | ExistingEntry] = {
        **{("resources", address): each for address, each in definition.resources.items()},
        **{("existing", address): each for address, each in definition.existing.items()},
    }
    for path, entry in described.items():
        outer = tuple(filter(None, (entry.when, entry.for_each)))
        if outer:
            yield Condition(path, outer)
        for place, each in _statements(entry, path):
            inner = (*outer, *filter(None, (each.get("when"), each.get("for_each"))))
            if inner != outer:
                yield Condition(place, inner)
            if each.get("harden"):
                yield Condition((*place, "harden"), (*inner, _HARDENED))


def _statements(entry: ResourceEntry | ExistingEntry, path: KeyPath) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """The statements as the file has them; a table of other properties may have any keys."""
    for name, (_, outer) in holds_of(resource_kind(entry.type)).items():
        found = entry.properties.get(name, {} if outer is dict else [])
        for policy, content in found.items() if outer is dict else [("", found)]:
            where = (*path, name, *([policy] if policy else []))
            if isinstance(content, list):
                yield from (((*where, number), each) for number, each in enumerate(content))
            else:
                yield where, content


def _of_handoff(handoff: HandoffEntry) -> Iterator[Condition]:
    whens: dict[KeyPath, tuple[str, ...]] = {}
    for name, file in handoff.files.items():
        path: KeyPath = ("handoff", "files", name)
        whens[path] = (file.when,)
        whens |= {(*path, "parts", number): (file.when, each.when) for number, each in enumerate(file.parts)}
    for key in STEPS:
        steps = [*enumerate(getattr(handoff, key))]
        whens |= {("handoff", key, number): (each.when,) for number, each in steps if isinstance(each, StepEntry)}
    yield from (Condition(path, texts) for path, each in whens.items() if (texts := tuple(filter(None, each))))


def _changed(definition: Definition, variant: Variant, wanted: Mapping[str, Any]) -> Variant | None:
    """The variant in which the references are what is wanted; None if they cannot be that."""
    values, partition, region = dict(variant.values), variant.partition, variant.region
    for reference, value in wanted.items():
        head, name, part = (*reference.split("."), "", "")[:3]
        if head == "partition" and isinstance(value, str):
            partition, region = value, HOMES.get(value, region)
        elif head == "region" and isinstance(value, str):
            partition = next((each for each in HOMES if value.startswith(f"{each[4:]}-") and each != "aws"), "aws")
            region = value
        elif head == "each":
            lists = [each for each, entry in definition.inputs.items() if entry.type == "list"]
            found_for = {each: _value(definition, each, name, value) for each in lists}
            values |= {each: (found,) for each, found in found_for.items() if isinstance(found, str)}
        elif head == "input" and name == PREVIOUS:  # every integration has it
            values[name] = f"{EXAMPLES['external_id']}-OF-BEFORE" if value else None
        elif head == "input" and name == KEYS_INPUT and name not in definition.inputs:
            values[name] = (EXAMPLES["key_arn"],) if value else ()
        elif head == "input":
            if (found := _value(definition, name, part, value)) is _IMPOSSIBLE:
                return None
            kind = definition.inputs[name].type
            values[name] = (found,) if kind == "list" and isinstance(found, str) else found
    if partition not in HOMES or (definition.partition and partition != definition.partition):
        return None
    values = _obeying(definition, values, {each.split(".")[1] for each in wanted if each.startswith("input.")})
    return Variant({name: _moved(value, partition) for name, value in values.items()}, partition, region)


def _obeying(definition: Definition, values: Mapping[str, Any], wanted: Collection[str]) -> dict[str, Any]:
    """The values with what the rules with a condition then require, and without what they forbid."""
    found = dict(values)
    for rule in definition.rules:
        if rule.when and holds(rule.when, lambda reference: found.get(reference.split(".")[1])):
            several = [name.partition(".")[2] for name in (*rule.one_of, *rule.any_of)]
            if several and not any(found[name] for name in several):
                found[several[0]] = placeholder(definition, several[0])
            names = {name.partition(".")[2] for name in (*rule.requires, *rule.conflicts)} - {*wanted}
            for name in names:
                found[name] = found[name] or placeholder(definition, name) if rule.requires else without(definition, name)
    return found


def _moved(value: Any, partition: str) -> Any:
    """An example ARN in this partition."""
    if isinstance(value, tuple):
        return tuple(_moved(each, partition) for each in value)
    return re.sub(r"\barn:aws:", f"arn:{partition}:", value) if isinstance(value, str) else value


_IMPOSSIBLE = object()


def _value(definition: Definition, name: str, part: str, wanted: Any) -> Any:
    """A value of the input that meets the condition: set, not set, this text, or (in a tuple) another text than this one."""
    entry = definition.inputs[name]
    example = placeholder(definition, name)
    text = example[0] if isinstance(example, tuple) else example
    if wanted is False:
        return EXAMPLES["bucket"] if part == "prefix" else _unset(definition, name)
    if isinstance(wanted, tuple):
        others = [text, *entry.choices, *(row for table in _tables(definition, name) for row in table)]
        return next((each for each in others if each != wanted[0]), _unset(definition, name))
    if wanted is True:
        return text
    if part and entry.check in PARTS:
        found = PARTS[entry.check](str(text)).get(part, "")
        text = str(text).replace(found if isinstance(found, str) and found else wanted, wanted)
    else:
        text = wanted
    try:
        check = check_of(entry)
        return check(text) if check else text
    except ValueError:
        return _IMPOSSIBLE


def _tables(definition: Definition, name: str) -> Iterable[Iterable[str]]:
    return [table.rows for table in definition.tables.values() if table.by == f"input.{name}"]


def _unset(definition: Definition, name: str) -> Any:
    return _IMPOSSIBLE if is_required(definition.inputs[name]) else without(definition, name)


def _others(definition: Definition, name: str, value: Any) -> Iterator[Any]:
    """What the input can be instead."""
    entry = definition.inputs[name]
    if not value:
        yield placeholder(definition, name)
    elif not (is_required(entry) or entry.generated):
        yield without(definition, name)
    if value and entry.check == "bucket_prefix":
        yield (EXAMPLES["bucket"],) if entry.type == "list" else EXAMPLES["bucket"]
    yield from (choice for choice in entry.choices if choice != value)
