"""Which changes of a plan may start: those whose dependencies are done, or are there if the resource needs no more."""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from bootstrap.core.plan import Action, Change

_Node = tuple[str, bool]
"""An address, and whether its change is done (True), or its resource exists but may lack settings (False)."""


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
            self._sorter.add((address, True), *((need, False) for need in early), *((need, True) for need in whole))
            self.needs[address] = tuple(dict.fromkeys((*change.after, *whole)))
        self._sorter.prepare()

    def is_active(self) -> bool:
        return self._sorter.is_active()

    def ready(self) -> tuple[str, ...]:
        """The addresses whose changes may start now; each is returned once."""
        return tuple(address for address, whole in self._sorter.get_ready() if whole)

    def exists(self, address: str) -> None:
        """The creating call has answered."""
        if address in self._missing:
            self._missing.remove(address)
            self._sorter.done((address, False))

    def done(self, address: str) -> None:
        """Its change has ended, well or not."""
        self.exists(address)
        self._sorter.done((address, True))

    def _early(self, change: Change) -> Iterator[str]:
        """The dependencies of which it is enough that they exist."""
        for need in change.after if change.action is Action.CREATE else ():
            other = self._changes[need]
            if other.action is Action.CREATE and not change.resource.needs_settings_of(other.resource):
                yield need

    def _complete(self, address: str) -> Iterator[str]:
        """The address, and what its change may have started before: whoever needs one whole needs all of them."""
        yield address
        for need in self._early(self._changes[address]):
            yield from self._complete(need)
