"""The inputs of a lost state that only what it created still shows: generated values, and tags."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bootstrap.core.input import PREVIOUS
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.discovery.matcher import Match
from bootstrap.errors import UsageError


def with_generated(given: Integration, wanted: Integration, matches: Mapping[str, Match]) -> tuple[Integration, list[str]]:
    """`wanted` with the values that an earlier run generated, as far as what it created shows them; and a line for each
    that it does not show, for which `wanted` keeps the value that was generated in this run."""
    unset = [item for item in inputs_of(type(given)) if not getattr(given, item.name)]
    inputs = [item for item in unset if item.generated]
    live = {address: match.live.properties for address, match in matches.items()}
    recovered = wanted.recover_generated(live) if inputs else {}
    values: dict[str, Any] = {}
    for item in (*inputs, *(item for item in unset if item.name == PREVIOUS)):
        with suppress(UsageError):  # somebody put another value in its place, which cannot be an input
            if item.name in recovered:
                values[item.name] = item.checked(recovered[item.name])
    lost = [item.flag for item in inputs if item.name not in values]
    return replace(wanted, **values), [
        f"the value that was generated for {flag}; a new one was generated. Give {flag} if you know the old one"
        for flag in lost
    ]


def tags_of_create(wanted: Integration, matches: Iterable[Match]) -> tuple[str, ...]:
    """The tags that every resource has and the inputs do not name, as KEY=VALUE: create puts its own on each of them. One
    resource alone proves nothing."""
    tagged = [set(match.live.properties.get("tags", {}).items()) for match in matches if match.resource.taggable]
    common = set.intersection(*tagged) if len(tagged) > 1 else set()
    named = set(wanted.tags)
    [tag] = [item for item in inputs_of(type(wanted)) if item.name == "tag"]
    found = []
    for text in sorted(f"{key}={value}" for key, value in common if key not in named):
        with suppress(UsageError):  # no input can say it
            found += tag.checked([text])
    return tuple(found)
