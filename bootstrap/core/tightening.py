"""Which settings in AWS are kept because somebody made them stricter than ours. Pure.

A default of ours is not what the user asked for. So a stricter setting from outside bootstrap is kept and shown; a looser
one is corrected; a missing grant is restored, and the plan says so. Where neither value is stricter, the change is refused
unless the user asks to overwrite the setting. A value that the user gave as an input is always restored, even if it is the
looser one or equals the default.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bootstrap.core.difference import Difference, differences
from bootstrap.core.live import Live, Outputs, Properties
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, Status
from bootstrap.core.strictness import Granted, Held, Members, Order, Parts, Repaired, Stopped

_UNKNOWN = object()


@dataclass(frozen=True)
class Settled:
    """`resource` has the `kept` settings as in AWS. For the `unordered` differences, a person has to choose a value."""

    resource: Resource
    kept: tuple[Difference, ...] = ()
    unordered: tuple[Difference, ...] = ()
    crossed: tuple[Difference, ...] = ()
    """The inputs changed what somebody restricted: applying them would remove the restriction."""
    outputs: Outputs = field(default_factory=dict)
    """The outputs that stay as recorded, so that references do not follow what somebody else made of them."""
    added: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By field, the entries that others added to our lists. `resource` has them, too."""


def settle(resource: Resource, live: Live, record: Record | None, *, believed: bool = True) -> Settled:
    """Which settings are kept as somebody made them. `believed` says that the record is as bootstrap wrote it."""
    had: Properties | None = None  # not known
    if record is None:
        had = {}
    elif believed:
        had = record.properties
    added = added_by_others(resource, live, had)
    resource = replace(resource, **_beside(resource.properties(), live, added))
    if had is not None:
        had = {**had, **_beside(had, live, added)}
    kept: list[Difference] = []
    unordered: list[Difference] = []
    crossed: list[Difference] = []
    for item in _single(resource, differences(resource, live, record.properties if record else None)):
        order = _order(resource, item)
        if _was_made_so(resource, item, had):
            continue  # only the inputs changed, or what bootstrap derives from them
        overtaken = _was_restricted(resource, item, had)
        narrower = order is Order.NARROWED and item.before is not None and not overtaken
        if order is Order.UNORDERED:
            (crossed if overtaken else unordered).append(item)
        elif item.field in resource.asked_for():
            continue
        elif (order is Order.TIGHTER or narrower) and not _may_be_unfinished(resource, item, record):
            kept.append(item)
        elif overtaken:
            crossed.append(item)
    as_it_is = with_values(resource.properties(), ((item, item.before) for item in kept))
    fields = {item.field for item in kept}
    renewed = {name for name, by in resource.updates.recomputed_outputs.items() if fields & set(by)}
    outputs = {name: value for name, value in (record.outputs if record else {}).items() if name in renewed}
    settled = replace(resource, **as_it_is) if kept else resource
    return Settled(settled, tuple(kept), tuple(unordered), tuple(crossed), outputs, added)


def added_by_others(resource: Resource, live: Live, had: Properties | None) -> dict[str, tuple[str, ...]]:
    """The entries that others added to lists of ours, by field. If some of ours are gone too, somebody replaced them."""
    found = {}
    for name, rule in resource.updates.strictness.items():
        if isinstance(rule, Members) and (has := live.properties.get(name)):
            wants = set(resource.properties()[name])
            before = set((had or {}).get(name) or wants)
            theirs = tuple(each for each in has if each not in before | wants)
            if theirs and before & wants <= set(has) and (before | wants) & set(has):
                found[name] = theirs
    return found


def names_of_added(resource: Resource, added: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """For a person: "security group sg-1"."""
    rules = resource.updates.strictness
    return tuple(
        f"{rule.noun} {each}"
        for name, theirs in added.items()
        if isinstance(rule := rules[name], Members)
        for each in theirs
    )


def without_added(properties: Properties, added: Mapping[str, tuple[str, ...]]) -> Properties:
    """The properties without the entries of others."""
    return {**properties, **{name: [each for each in properties[name] if each not in added[name]] for name in added}}


def _beside(properties: Properties, live: Live, added: Mapping[str, tuple[str, ...]]) -> Properties:
    """The lists with the entries of others, in the order of AWS if our entries are in that order."""
    found = {}
    for name, theirs in added.items():
        ours = list(properties.get(name) or ())
        there = [each for each in live.properties[name] if each in ours or each in theirs]
        found[name] = there if [each for each in there if each in ours] == ours else [*ours, *theirs]
    return found


def with_values(properties: Properties, values: Iterable[tuple[Difference, Any]]) -> Properties:
    """The properties with a new value for each difference; None removes an entry."""
    changed = dict(properties)
    for item, value in values:
        if item.key is None:
            changed[item.field] = value
        else:
            entries = {**changed[item.field], item.key: value}
            changed[item.field] = {key: each for key, each in entries.items() if each is not None or key != item.key}
    return changed


def under_way(resource: Resource, properties: Properties, found: Iterable[Difference], had: Properties) -> Properties:
    """The properties to record while `found` is applied; `had` are those before, `properties` those after.

    After a crash in the middle, AWS may have entries of before and of after, and all of them are ours. For a property with
    a direction the old value stays recorded, so that what AWS has then does not look like a change by somebody else.
    """
    directed = {name for name, rule in resource.updates.strictness.items() if not isinstance(rule, Repaired | Granted)}
    entries: Properties = {}
    for name in resource.additive:
        before, after = had.get(name, {}), properties[name]
        entries[name] = {**after, **before} if name in directed else {**before, **after}
    values = {item.field: had[item.field] for item in found if item.field in directed and item.field in had}
    return {**properties, **values, **entries}


def access_given_back(resource: Resource, record: Record | None, found: Iterable[Difference]) -> tuple[str, ...]:
    """The paths of the differences that restore access which somebody removed outside bootstrap."""
    if record is None or record.status is not Status.READY:
        return ()
    return tuple(
        item.path
        for item in found
        if item.after is not None
        and _order(resource, item) is Order.NARROWED
        and _same(resource, item, _value(record.properties, item), item.after)
    )


def _single(resource: Resource, found: Iterable[Difference]) -> Iterator[Difference]:
    """Splits a difference of a field whose entries have their own rules into one per entry."""
    for item in found:
        rule = resource.updates.strictness.get(item.field)
        if not isinstance(rule, Parts) or item.key is not None:
            yield item
            continue
        has = item.before or {}
        for name, value in item.after.items():
            if has.get(name) != value:
                yield Difference(item.field, name, has.get(name), value)


def _order(resource: Resource, item: Difference) -> Order:
    rule = resource.updates.strictness.get(item.field)
    if isinstance(rule, Parts):
        rule = rule.rules.get(item.key or "")
    # An entry that is no longer wanted is ours: it is removed, whatever others changed in it.
    dropped = item.after is None and item.key is not None
    return Order.LOOSER if rule is None or dropped else rule.order(item.before, item.after)


def _was_made_so(resource: Resource, item: Difference, had: Properties | None) -> bool:
    """Whether AWS has what we recorded, so that nobody else changed it."""
    return _same(resource, item, _value(had, item), item.before)


def _was_restricted(resource: Resource, item: Difference, had: Properties | None) -> bool:
    """Whether somebody restricted what we recorded, and the inputs have changed the same setting since."""
    value = _value(had, item)
    if value is _UNKNOWN or value is None or _same(resource, item, value, item.after):
        return False
    order = _order(resource, replace(item, after=value))
    return order in (Order.TIGHTER, Order.UNORDERED) or (order is Order.NARROWED and item.before is not None)


def _may_be_unfinished(resource: Resource, item: Difference, record: Record | None) -> bool:
    """Whether a run of ours that was cut off may have left it so."""
    stopped = isinstance(resource.updates.strictness.get(item.field), Stopped | Held)
    missing = item.before is None and item.key is not None
    if record is None or record.status is Status.CREATING:
        return stopped or missing
    if record.status is Status.DELETING:
        return stopped  # a delete removes no entries
    changing = (item.path, item.field) if record.changing is None else record.changing
    return record.status is Status.UPDATING and (stopped or missing) and bool({item.path, item.field} & set(changing))


def _value(properties: Properties | None, item: Difference) -> Any:
    if properties is None:
        return _UNKNOWN
    if item.field not in properties:
        return None if item.key is not None else _UNKNOWN
    value = properties[item.field]
    return value if item.key is None else (value or {}).get(item.key)


def _same(resource: Resource, item: Difference, one: Any, other: Any) -> bool:
    if one is _UNKNOWN:
        return False
    return bool(resource.canonical(item.field, one) == resource.canonical(item.field, other))
