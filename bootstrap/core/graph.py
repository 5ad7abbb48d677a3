"""The graph: the resources that an integration wants, and their dependencies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from bootstrap.core.account import DEFAULT, Account
from bootstrap.core.reference import reference, references
from bootstrap.core.resource import Resource
from bootstrap.errors import PlanRefused


@dataclass(frozen=True)
class Node:
    """A resource with its address, the alias of its account, and the addresses that it depends on."""

    address: str
    resource: Resource
    account: str
    depends_on: tuple[str, ...]
    if_taken: str = ""
    """What a user can do when the name is taken, where the integration knows more than `Identifiers.if_taken`."""
    deleted_before: tuple[str, ...] = ()
    """The addresses that a destroy reaches only when this resource is gone. Creating it does not wait for them."""

    @property
    def recorded_needs(self) -> tuple[str, ...]:
        """What its record names as dependencies: a destroy follows these in reverse."""
        return tuple(sorted({*self.depends_on, *self.deleted_before}))

    def __getitem__(self, attribute: str) -> str:
        """A reference to an output: `role["arn"]`. Using it in a property makes the edge. A hand-off
        may refer to what it was made with, too."""
        if attribute not in (*self.resource.identifiers.outputs, *self.resource.creation_facts()):
            raise KeyError(f"{self.address} ({self.resource.kind}) has no output {attribute!r}")
        return reference(self.address, attribute)


class Graph:
    """An integration builds it with `add`. A resource comes after those that it refers to."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._accounts: Mapping[str, Account] = {account.alias: account for account in accounts}
        self.nodes: dict[str, Node] = {}
        self.existing: list[tuple[str, Resource]] = []
        """The existing resources that the user names, each with the alias of its account."""
        self.if_missing: list[str] = []
        self._predicted: dict[str, Resource] = {}
        self._predicted_of: dict[str, Node] = {}
        """The nodes when `_predicted` was last emptied."""

    @property
    def accounts(self) -> Iterable[Account]:
        return self._accounts.values()

    def account(self, alias: str = DEFAULT) -> Account:
        return self._accounts[alias]

    def add(
        self,
        address: str,
        resource: Resource,
        *,
        account: str = DEFAULT,
        after: Iterable[Node] = (),
        deleted_before: Iterable[Node] = (),
        if_taken: str = "",
    ) -> Node:
        """`after` are dependencies that no property refers to; `deleted_before` and `if_taken` are as in `Node`."""
        if address in self.nodes:
            raise ValueError(f"two resources at the address {address}")
        if account not in self._accounts:
            raise ValueError(f"{address}: no account has the alias {account}")
        needs = {found for found, _ in references(resource.properties())} | {node.address for node in after}
        first = {node.address for node in deleted_before}
        if missing := (needs | first) - set(self.nodes):
            raise ValueError(f"{address} refers to {', '.join(sorted(missing))}, which is not in the graph yet")
        node = Node(
            address,
            resource,
            account,
            tuple(sorted(needs)),
            if_taken,
            tuple(sorted(first)),
        )
        self.nodes[address] = node
        return node

    def use_existing(self, resource: Resource, *, account: str = DEFAULT, if_missing: str = "") -> None:
        """Declares an existing resource of the user. It is never created, changed or deleted. `if_missing` is the advice
        for when it cannot be used."""
        self.existing.append((account, resource))
        self.if_missing += [if_missing] if if_missing else []

    def predicted_output(self, address: str, attribute: str) -> str | None:
        """An output that follows from the properties alone, before the resource exists."""
        node = self.nodes[address]
        return self.predicted(node).predicted_outputs(self.account(node.account)).get(attribute)

    def predicted(self, node: Node) -> Resource:
        """The resource, with the outputs that follow from properties alone in place of references to them. It is made once,
        until a node is added or replaced."""
        if self._predicted_of != self.nodes:
            self._predicted, self._predicted_of = {}, dict(self.nodes)
        if self.nodes.get(node.address) is not node:
            return node.resource.resolved(self.predicted_output)
        if node.address not in self._predicted:
            self._predicted[node.address] = node.resource.resolved(self.predicted_output)
        return self._predicted[node.address]

    def validate(self) -> list[str]:
        """What AWS would refuse, found before the first call: one line each."""
        return [
            f"{node.address}: {problem}"
            for node in self.nodes.values()
            for problem in self.predicted(node).validate(self.account(node.account))
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            node.address: {
                "kind": node.resource.kind,
                "account": node.account,
                "depends_on": list(node.recorded_needs),
                "properties": node.resource.properties(),
            }
            for node in self.nodes.values()
        }


def ordered(depends_on: Mapping[str, Iterable[str]]) -> list[str]:
    """The addresses, each after those that it depends on. Raises PlanRefused when the dependencies form a circle."""
    try:
        return list(TopologicalSorter({key: sorted(value) for key, value in depends_on.items()}).static_order())
    except CycleError as error:
        raise PlanRefused(f"the dependencies run in a circle: {' -> '.join(error.args[1])}") from error
