"""What differs between a resource and what AWS has, field by field."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bootstrap.core.live import Live
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record


@dataclass(frozen=True)
class Difference:
    """`before` is the value in AWS, `after` the desired one; either may be None for "absent". `key` names the entry of a
    mapping field, and is None for other fields.
    """

    field: str
    key: str | None
    before: Any
    after: Any

    @property
    def path(self) -> str:
        return self.field if self.key is None else f"{self.field}.{self.key}"

    def as_json(self) -> dict[str, Any]:
        return {"field": self.field, "key": self.key, "before": self.before, "after": self.after}


def differences(want: Resource, live: Live, recorded: Mapping[str, Any] | None = None) -> tuple[Difference, ...]:
    """All that `want` would change. Entries of additive fields that neither `want` nor the record names belong to others:
    a tag that somebody added is not in the result; a tag of an earlier run that is no longer wanted is.
    """
    return tuple(_differences(want, live, recorded or {}))


def _differences(want: Resource, live: Live, recorded: Mapping[str, Any]) -> Iterator[Difference]:
    for name, value in want.properties().items():
        if name not in live.properties:
            continue
        has = live.properties[name]
        if name not in want.additive:
            if want.canonical(name, has) != want.canonical(name, value):
                yield Difference(name, None, has, value)
            continue
        for key in sorted({*value, *_own(want, recorded, name)}):
            if want.canonical(name, has.get(key)) != want.canonical(name, value.get(key)):
                yield Difference(name, key, has.get(key), value.get(key))


def is_as_adopted(resource: Resource, record: Record | None, item: Difference) -> bool:
    """Whether AWS has what it had when the resource was adopted, so that nobody changed it since."""
    if record is None or item.field not in record.adopted:
        return False
    had = record.adopted[item.field]
    if item.key is not None:
        had = (had or {}).get(item.key)
    return bool(resource.canonical(item.field, had) == resource.canonical(item.field, item.before))


def is_at_work(resource: Resource, found: Sequence[Difference]) -> bool:
    """Whether nothing differs but what AWS is changing right now."""
    working = resource.updates.at_work
    return bool(found) and all(item.field in working and item.before == working[item.field] for item in found)


def is_behind(resource: Resource, found: Sequence[Difference]) -> bool:
    """Whether nothing differs but what AWS has not done, or could not do, of what an earlier run asked of it."""
    behind = resource.updates.behind
    return bool(found) and all(item.field in behind and item.before == behind[item.field] for item in found)


def with_entries(has: Mapping[str, Any], field: str, found: Iterable[Difference]) -> dict[str, Any]:
    """The entries of an additive field after the differences are applied. Entries of others are kept."""
    changed = {str(item.key): item.after for item in found if item.field == field}
    return {key: value for key, value in {**has, **changed}.items() if value is not None}


def others(want: Resource, live: Live, recorded: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """Entries of mapping fields that others added: "tag team", "inline policy debug"."""
    own = want.properties()
    return tuple(
        f"{noun} {key}"
        for name, noun in want.additive.items()
        for key in sorted(live.properties.get(name, {}))
        if key not in own[name] and key not in _own(want, recorded or {}, name)
    )


def _own(want: Resource, recorded: Mapping[str, Any], name: str) -> set[str]:
    """The entries of a mapping field that an earlier run made."""
    return set(recorded.get(name, {})) - want.updates.never_ours
