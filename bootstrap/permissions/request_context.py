"""The condition keys in the requests of a change that the operator's policy does not test (`Permission.sends`)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from bootstrap.core.owner import Owner
from bootstrap.core.permission import Condition
from bootstrap.core.plan import Action, Change
from bootstrap.core.resource import Taggable


class Tags(NamedTuple):
    """The tags that a request sets, the keys of those that it removes, and the tags that the resource has already."""

    added: Mapping[str, str]
    removed: tuple[str, ...]
    existing: Mapping[str, str]


def tags_of(change: Change, owner: Owner) -> Tags:
    resource = change.resource
    if not isinstance(resource, Taggable):
        return Tags({}, (), {})
    if change.action is Action.CREATE:
        created = {**resource.tags, **owner.tags()}
        return Tags(created, (), created)
    changed = {str(item.key): item.after for item in change.differences if item.field == "tags"}
    added = {key: value for key, value in changed.items() if value is not None}
    recorded = change.record.properties.get("tags", {}) if change.record else {}
    ours = {} if change.action is Action.ADOPT else owner.tags()
    return Tags(added, tuple(key for key in changed if key not in added), {**recorded, **ours})


def sent(sends: Iterable[Condition], tags: Tags, fill: Callable[[Iterable[str]], tuple[str, ...]]) -> Iterator[Condition]:
    """`sends` with the values of this request, which `fill` finds. Omits a key if one of its values is not known."""
    for operator, key, values in sends:
        if key.endswith("/*"):  # one key for each tag
            named = tags.existing if key.startswith("aws:ResourceTag") else tags.added
            yield from (Condition(operator, key.replace("*", name), (value,)) for name, value in named.items())
        elif (filled := fill(values)) and not any("*" in each for each in filled):
            yield Condition(operator, key, filled)
