"""Linting what is about to be sent: the policies of a graph, against the table of actions that comes with the package."""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources

from bootstrap.core import lint
from bootstrap.core.actions import Table
from bootstrap.core.graph import Graph
from bootstrap.core.lint import Finding
from bootstrap.core.policy import Statement


@cache
def table() -> Table:
    """Made by scripts/refresh_iam_table.py; reading it takes some hundredths of a second."""
    content = resources.files("bootstrap").joinpath("iam_table.z").read_bytes()
    return Table(json.loads(zlib.decompress(content)))


def graph_findings(graph: Graph, statements: Sequence[Statement] = ()) -> Iterator[tuple[str, Finding]]:
    """What is wrong or dangerous in the policies of a graph, by address, besides what `Resource.problems` says.

    `statements` are the integration's, with the vendor's reason for each.
    """
    own = {graph.account(node.account).id for node in graph.nodes.values()}
    reasons = {item.sid: item.why for item in reversed(statements)}
    for node in graph.nodes.values():
        documents = node.resource.policies(graph.account(node.account))
        named = {f"{name}: " if len(documents) > 1 else "": content for name, content in documents.items()}
        for item in lint.granted(named, table(), own):
            yield node.address, replace(item, why=reasons.get(item.sid, ""))


def told(address: str, item: Finding) -> str:
    """A finding in one line, with the vendor's reason."""
    return f"{address}, {item.sid or item.where}: {item.text}" + (f". The vendor's reason: {item.why}" if item.why else "")
