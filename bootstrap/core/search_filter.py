"""Narrows a search by owner tags in lists of AWS that do not include tags. Pure."""

from dataclasses import dataclass
from typing import Self

from bootstrap.core.graph import Graph


@dataclass(frozen=True)
class SearchFilter:
    """`path` is the IAM path of the deployment. `names` are the endings of the names that its integration gives to IAM
    resources (the user may have chosen a prefix), and `descriptions` are their descriptions. Without names, it matches
    everything."""

    path: str = "/"
    names: tuple[str, ...] = ()
    descriptions: frozenset[str] = frozenset()

    @classmethod
    def by(cls, path: str, *graphs: Graph) -> Self:
        """Matches resources like those of the graphs. At least one graph was built without a prefix."""
        nodes = [node for graph in graphs for node in graph.nodes.values()]
        resources = [
            node.resource for node in nodes if node.resource.services == ("iam",) and node.resource.identifiers.arn_prefixes
        ]
        descriptions = {resource.properties().get("description") or "" for resource in resources}
        return cls(path, tuple(sorted({resource.label for resource in resources})), frozenset(descriptions - {""}))

    def matches(self, name: str, description: str) -> bool:
        """Whether the deployment may have created it, so that a call for its tags is worthwhile."""
        return not self.names or name.endswith(self.names) or description in self.descriptions


MATCH_ALL = SearchFilter()
