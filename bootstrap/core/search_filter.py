"""What a search by owner tags is for, as far as it is known: for lists of AWS that do not tell tags. Pure."""

from dataclasses import dataclass
from typing import Self

from bootstrap.core.graph import Graph


@dataclass(frozen=True)
class SearchFilter:
    """`path` is the IAM path of the deployment. `names` are the ends of the names that its integration gives to things of
    IAM (a prefix of the user's may stand before them), `descriptions` are what it says of them; without names, anything
    may be meant."""

    path: str = "/"
    names: tuple[str, ...] = ()
    descriptions: frozenset[str] = frozenset()

    @classmethod
    def by(cls, path: str, *graphs: Graph) -> Self:
        """Things like those of the graphs, of which one at least was built without a prefix."""
        nodes = [node for graph in graphs for node in graph.nodes.values()]
        resources = [node.resource for node in nodes if node.resource.services == ("iam",) and node.resource.tagged]
        told = {resource.properties().get("description") or "" for resource in resources}
        return cls(path, tuple(sorted({resource.label for resource in resources})), frozenset(told - {""}))

    def matches(self, name: str, description: str) -> bool:
        """Whether the deployment could have made it: then it is worth a call to ask for its tags."""
        return not self.names or name.endswith(self.names) or description in self.descriptions


MATCH_ALL = SearchFilter()
