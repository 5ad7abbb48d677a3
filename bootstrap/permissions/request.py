"""What the requests of a change have in their context besides what the operator's policy asks for (`Permission.sends`)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from bootstrap.core.owner import Owner
from bootstrap.core.permission import Condition
from bootstrap.core.plan import Action, Change
from bootstrap.core.resource import Taggable


class Tags(NamedTuple):
    """The tags that a request puts on a thing, the keys of those that it takes off, and the tags that are on it already."""

    put: Mapping[str, str]
    removed: tuple[str, ...]
    there: Mapping[str, str]


def tags_of(change: Change, owner: Owner) -> Tags:
    resource = change.resource
    if not isinstance(resource, Taggable):
        return Tags({}, (), {})
    if change.action is Action.CREATE:
        made = {**resource.tags, **owner.tags()}
        return Tags(made, (), made)
    changed = {str(item.key): item.after for item in change.differences if item.field == "tags"}
    put = {key: value for key, value in changed.items() if value is not None}
    recorded = change.record.properties.get("tags", {}) if change.record else {}
    return Tags(put, tuple(key for key in changed if key not in put), {**recorded, **owner.tags()})


def sent(sends: Iterable[Condition], tags: Tags, fill: Callable[[Iterable[str]], tuple[str, ...]]) -> Iterator[Condition]:
    """`sends` with the values of this request, which `fill` finds; a key of which a value is not known is left out."""
    for operator, key, values in sends:
        if key.endswith("/*"):  # one key for each tag
            named = tags.there if key.startswith("aws:ResourceTag") else tags.put
            yield from (Condition(operator, key.replace("*", name), (value,)) for name, value in named.items())
        elif (filled := fill(values)) and not any("*" in each for each in filled):
            yield Condition(operator, key, filled)
