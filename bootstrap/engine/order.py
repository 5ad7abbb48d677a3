"""Which changes of a plan may start: those whose dependencies are done, or half done if the resource needs no more.

The first half of a create is that the resource exists; the second gives it its settings. Of a delete in two, the first
deletes what the resource holds, and the second the resource. What needs no settings of another resource is created beside
its second half, and deleted beside its first.
"""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from bootstrap.core.deleted_in_two import DeletedInTwo
from bootstrap.core.plan import Action, Change

_Node = tuple[str, bool]
"""An address, and whether its change is done (True), or only its first half (False)."""


class Order:
    def __init__(self, changes: Mapping[str, Change]) -> None:
        self._changes = changes
        self._sorter: TopologicalSorter[_Node] = TopologicalSorter()
        self._missing = set[str]()
        self.needs: dict[str, tuple[str, ...]] = {}
        """What has to be done for each change."""
        for address, change in changes.items():
            early = set(self._early(change))
            self._missing |= early
            whole = [other for need in change.after if need not in early for other in self._complete(need)]
            last = [*((need, False) for need in early), *((need, True) for need in whole)]
            if self.halves(change):
                self._missing.add(address)
                last = [(address, False), *((need, not self.halves(changes[need])) for need in whole)]
                whole = [other for user in self._users(address) for other in self._complete(user)]
                self._sorter.add((address, False), *((need, True) for need in whole))
            self._sorter.add((address, True), *last)
            self.needs[address] = tuple(dict.fromkeys((*change.after, *whole)))
        self._sorter.prepare()

    def is_active(self) -> bool:
        return self._sorter.is_active()

    def ready(self) -> tuple[tuple[str, bool], ...]:
        """The addresses whose changes may start now, or of which a half may: the first (False) or the second (True)."""
        return tuple(node for node in self._sorter.get_ready() if node[1] or self.halves(self._changes[node[0]]))

    def halves(self, change: Change) -> DeletedInTwo | None:
        """The resource, if the halves of its delete start apart. What others added to it may be a lock: that is detached
        only when nothing of ours is left on it."""
        resource = change.resource if change.action is Action.DELETE and not change.others else None
        return resource if isinstance(resource, DeletedInTwo) else None

    def half_done(self, address: str) -> None:
        """The creating call has answered, or what the resource held is gone."""
        if address in self._missing:
            self._missing.remove(address)
            self._sorter.done((address, False))

    def done(self, address: str) -> None:
        """Its change has ended, well or not."""
        self.half_done(address)
        self._sorter.done((address, True))

    def _early(self, change: Change) -> Iterator[str]:
        """The dependencies of a create of which it is enough that they exist."""
        for need in change.after if change.action is Action.CREATE else ():
            other = self._changes[need]
            if other.action is Action.CREATE and not change.resource.needs_settings_of(other.resource):
                yield need

    def _complete(self, address: str) -> Iterator[str]:
        """The address, and what its change may have started before: whoever needs one whole needs all of them."""
        yield address
        for need in self._early(self._changes[address]):
            yield from self._complete(need)

    def _users(self, address: str) -> Iterator[str]:
        """What is deleted before this loses what it holds: whatever was created only when this had all of its settings."""
        for other in self._changes[address].after:
            user = self._changes[other]
            if user.action is Action.DELETE and not user.resource.needs_settings_of(self._changes[address].resource):
                yield from self._users(other)
            else:
                yield other
