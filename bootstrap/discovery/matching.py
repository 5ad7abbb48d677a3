"""What is found of a deployment, node by node and tag by tag: a thing is his when its owner says so."""

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
    """`resource` has the properties that are live as far as AWS tells them, or those wanted; `account` is an alias."""

    resource: Resource
    live: Live
    account: str
    name: str = ""


@dataclass
class Matcher:
    """`things` by address; `unreadable` says of an address why AWS does not show it, `strangers` what has its name;
    `unclaimed` are things with the deployment's tags that cannot be taken."""

    session: Session
    state: State
    nodes: Mapping[str, Node]
    things: dict[str, Match] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    strangers: dict[str, str] = field(default_factory=dict)
    unclaimed: list[str] = field(default_factory=list)

    def lookup(self, address: str, attribute: str) -> str | None:
        """An output of what is found or recorded, or one that follows from names."""
        if thing := self.things.get(address):
            return thing.live.outputs.get(attribute)
        if recorded := self.state.output(address, attribute):
            return recorded
        if (node := self.nodes.get(address)) is None:
            return None
        return node.resource.resolved(self.lookup).predicted_outputs(self.session.accounts[node.account]).get(attribute)

    def owners(self) -> list[Owner]:
        """Whose the things of the graph's names are."""
        return [live.owner for live in self._read().values() if live.owner]

    def gather(self, hits: Iterable[TaggedResource]) -> None:
        """Finds all that there is: by the graph, by the tags of `hits`, and again by what these tell of names and ids."""
        self._follow()
        for item in hits:
            if self._claim(item):
                self._follow()

    def candidates(self, address: str, hits: Iterable[TaggedResource]) -> list[Match]:
        """All that could be the thing of this address."""
        self.gather(())
        found = [self.things[address]] if address in self.things else []
        for item in hits:
            if item.kind and not any(_is(item, thing) for thing in found) and (there := look_at(self.session, item)):
                found.append(Match(*there, item.account, item.name))
        return found

    def _follow(self) -> None:
        """Reads the nodes that are not found yet until that finds no more: an id that is found may lead to others."""
        while new := self._mine(self._read()):
            self.things |= new

    def _read(self) -> dict[str, Live]:
        open_ = {address: node for address, node in self.nodes.items() if address not in self.things}
        things: Lookups = {
            address: (node.resource.resolved(self.lookup), node.account, {}) for address, node in open_.items()
        }
        return {address: live for address, live in refresh(self.session, things, self.state, set()).items() if live}

    def _mine(self, seen: Mapping[str, Live]) -> dict[str, Match]:
        new = {}
        for address, live in seen.items():
            node = self.nodes[address]
            if live.unreadable:
                self.unreadable[address] = live.unreadable
            elif live.owner == owner_of(self.state, address):
                new[address] = Match(node.resource.resolved(self.lookup), live, node.account)
            else:
                self.strangers[address] = f"{node.resource.kind} {node.resource.resolved(self.lookup).label}"
        return new

    def _claim(self, item: TaggedResource) -> bool:
        """Takes what only its tags tell of. Whether it is taken."""
        address = item.owner.address
        have = self.things.get(address)
        if have and _is(item, have):
            return False
        if not item.kind:
            self.unclaimed.append(f"{item.name} has this deployment's tags, and this version does not know its type")
            return False
        there = look_at(self.session, item, destroying=not item.outputs)
        if there is None:
            return False
        named = f"{item.kind} {item.name or address}"
        if there[1].unreadable:
            self.unclaimed.append(f"{named}: {there[1].unreadable}")
        elif have:
            self.unclaimed.append(f"{named} has the tags of {address}, as another thing has; delete it if nobody needs it")
        else:
            self.things[address] = Match(*there, item.account, item.name)
            return True
        return False


def _is(item: TaggedResource, thing: Match) -> bool:
    return item.account == thing.account and item.outputs.items() <= thing.live.outputs.items()
