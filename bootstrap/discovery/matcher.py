"""Matches what AWS has with the addresses of a deployment: an address gets the resource whose owner tags name it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bootstrap.aws.session import Session
from bootstrap.core.graph import Node
from bootstrap.core.live import Live
from bootstrap.core.owner import Owner
from bootstrap.core.planner import owner_of
from bootstrap.core.resource import Resource
from bootstrap.core.state import State
from bootstrap.discovery.search import TaggedResource, look_at
from bootstrap.engine.refresh import Lookups, refresh


@dataclass(frozen=True)
class Match:
    """A resource in AWS that belongs to an address. `resource` has the live properties as far as AWS shows them, otherwise
    the desired ones; `account` is an alias."""

    resource: Resource
    live: Live
    account: str
    name: str = ""


@dataclass
class Matcher:
    """`matches` by address. `unreadable` says why AWS does not show the resource of an address, `unmanaged` names the
    resource that has its name but not its owner tags. `unclaimed` are resources with the deployment's tags that cannot be
    recorded, a line each."""

    session: Session
    state: State
    nodes: Mapping[str, Node]
    matches: dict[str, Match] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    unmanaged: dict[str, str] = field(default_factory=dict)
    unclaimed: list[str] = field(default_factory=list)

    def lookup(self, address: str, attribute: str) -> str | None:
        """An output that was found or recorded, or that follows from the names in the graph."""
        if match := self.matches.get(address):
            return match.live.outputs.get(attribute)
        if recorded := self.state.output(address, attribute):
            return recorded
        if (node := self.nodes.get(address)) is None:
            return None
        return node.resource.resolved(self.lookup).predicted_outputs(self.session.accounts[node.account]).get(attribute)

    def owners(self) -> list[Owner]:
        """The owners of the resources that have the names of the graph."""
        return [live.owner for live in self._read_unmatched().values() if live.owner]

    def match_all(self, tagged: Iterable[TaggedResource]) -> None:
        """Matches by the names in the graph, then by the tags of `tagged`. Each match may give names and ids that lead to
        others."""
        self._match_by_name()
        for item in tagged:
            if self._match_by_tags(item):
                self._match_by_name()

    def candidates(self, address: str, tagged: Iterable[TaggedResource]) -> list[Match]:
        """All resources that could be the one of this address."""
        self._match_by_name()
        found = [self.matches[address]] if address in self.matches else []
        for item in tagged:
            if not item.kind or any(_is_same(item, match) for match in found):
                continue
            if live := look_at(self.session, item):
                found.append(Match(*live, item.account, item.name))
        return found

    def _match_by_name(self) -> None:
        while new := self._owned(self._read_unmatched()):
            self.matches |= new

    def _read_unmatched(self) -> dict[str, Live]:
        unmatched = {address: node for address, node in self.nodes.items() if address not in self.matches}
        lookups: Lookups = {
            address: (node.resource.resolved(self.lookup), node.account, {}) for address, node in unmatched.items()
        }
        return {address: live for address, live in refresh(self.session, lookups, self.state, set()).items() if live}

    def _owned(self, seen: Mapping[str, Live]) -> dict[str, Match]:
        new = {}
        for address, live in seen.items():
            node = self.nodes[address]
            resource = node.resource.resolved(self.lookup)
            if live.unreadable:
                self.unreadable[address] = live.unreadable
            elif live.owner == owner_of(self.state, address):
                new[address] = Match(resource, live, node.account)
            else:
                self.unmanaged[address] = f"{resource.kind} {resource.label}"
        return new

    def _match_by_tags(self, item: TaggedResource) -> bool:
        """Whether the resource became the match of the address in its tags."""
        address = item.owner.address
        match = self.matches.get(address)
        if match and _is_same(item, match):
            return False
        if not item.kind:
            self.unclaimed.append(f"{item.name} has this deployment's tags, but this version does not support its type")
            return False
        found = look_at(self.session, item, destroying=not item.outputs)
        if found is None:
            return False
        _, live = found
        named = f"{item.kind} {item.name or address}"
        if live.unreadable:
            self.unclaimed.append(f"{named}: {live.unreadable}")
        elif match:
            self.unclaimed.append(
                f"{named} has the tags of {address}, as another resource has; delete it if nobody needs it"
            )
        else:
            self.matches[address] = Match(*found, item.account, item.name)
            return True
        return False


def _is_same(item: TaggedResource, match: Match) -> bool:
    return item.account == match.account and item.outputs.items() <= match.live.outputs.items()
