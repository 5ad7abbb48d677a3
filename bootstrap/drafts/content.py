"""A draft: the content of a file, and what could not be carried over into it."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from bootstrap.core import commands
from bootstrap.core.key_lines import KeyPath
from bootstrap.core.place import shown_path
from bootstrap.errors import UsageError
from bootstrap.integrations.files.problems import read

Content = dict[str, Any]
Sources = dict[KeyPath, str]
_NEW = commands.bootstrap("integrations", "new", "NAME")
_ROUNDS = 200
"""So many times something may be taken out before there is no hope."""


@dataclass(frozen=True)
class Left:
    """Something of the source that the draft does not have: its path there, and why."""

    path: str
    reason: str


@dataclass
class Draft:
    """`sources` says for a path of the content where in the source it came from."""

    content: Content
    left: list[Left] = field(default_factory=list)
    sources: Sources = field(default_factory=dict)

    def leave(self, path: str, reason: str) -> None:
        self.left.append(Left(path, reason))


def accepted(draft: Draft) -> Draft:
    """The draft without what the reader of files refuses, which is listed. Raises UsageError if no resource is left."""
    content, left, sources = deepcopy(draft.content), list(draft.left), dict(draft.sources)
    for _ in range(_ROUNDS):
        if not content.get("resources"):
            raise UsageError(
                "nothing in it can be carried over into an integration",
                f"Nothing was written. It needs a role, a policy or a bucket. For one from scratch: {_NEW}",
            )
        problems = read(content).problems
        if not problems:
            return Draft(content, left, sources)
        path = _removable(content, problems[0].path)  # one at a time: others may be about the same
        if not path:
            break
        left.append(Left(_source(sources, path), problems[0].text))
        sources = _remove(content, path, sources)
    raise UsageError("no draft can be made of it that is a valid file", f"Nothing was written. Start with: {_NEW}")


def _removable(content: Content, path: KeyPath) -> KeyPath:
    """What has to go with the key at the path: a whole statement, or a resource that lacks something; else the key alone."""
    there = tuple(_existing(content, path))
    for number, part in enumerate(there):
        if isinstance(part, int) and there[0] == "resources":  # a statement with one part less would say something else
            return there[: number + 1]
    if len(there) <= 1 and there[:1] in ((), ("resources",), ("handoff",), ("inputs",)):
        return ()
    if there[0] == "resources" and (len(there) == 2 or there[2] in ("type", "name")):
        return there[:2]
    return there[:2] if there[0] in ("inputs", "tables", "existing") and there[2:3] != ("default",) else there


def _existing(content: Any, path: KeyPath) -> Iterable[str | int]:
    """The part of the path that is there."""
    for part in path:
        known = isinstance(content, dict) and part in content
        if not known and not (isinstance(content, list) and isinstance(part, int) and part < len(content)):
            return
        yield part
        content = content[part]


def _remove(content: Content, path: KeyPath, sources: Sources) -> Sources:
    """Removes it, and what is then empty around it. Returns the sources of what is left."""
    *outer, last = path
    inside: Any = content
    for part in outer:
        inside = inside[part]
    del inside[last]
    if not inside and outer and outer != ["inputs"]:
        return _remove(content, tuple(outer), sources)
    found: Sources = {}
    for place, source in sources.items():
        if place[: len(path)] == path:
            continue
        number = place[len(outer)] if place[: len(outer)] == tuple(outer) and len(place) > len(outer) else None
        if isinstance(last, int) and isinstance(number, int) and number > last:  # it moves up
            place = (*outer, number - 1, *place[len(outer) + 1 :])
        found[place] = source
    return found


def _source(sources: Sources, path: KeyPath) -> str:
    """Where it came from: that of the nearest part around it that is known."""
    known = next((sources[path[:end]] for end in range(len(path), 0, -1) if path[:end] in sources), "")
    return known or shown_path(path)
