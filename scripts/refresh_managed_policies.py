"""Rewrites the AWS managed policies that bootstrap explains, from AWS's documents as the package moto ships them.

Install the newest moto first (make lock), then run: .venv/bin/python scripts/refresh_managed_policies.py
The content depends only on that package and on the policies that the integrations attach.
"""

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from bootstrap.core.graph import Graph
from bootstrap.core.integration import examples
from bootstrap.core.policy import as_list
from bootstrap.integrations import integrations
from bootstrap.permissions.managed_policies import FILE

TARGET = Path(__file__).parents[1] / "bootstrap" / "permissions" / "data" / FILE
_AWS = "arn:aws:iam::aws:"


def content() -> dict[str, Any]:
    """The shape is described in bootstrap/permissions/managed_policies.py."""
    published = json.loads(aws_managed_policies_data)
    return {
        "source": f"moto {version('moto')}",
        "policies": {name: _policy(published[name.rpartition("/")[2]]) for name in sorted(set(_attached()))},
    }


def _attached() -> Iterator[str]:
    """The policies by what stands behind `arn:aws:iam::aws:`."""
    for integration in integrations().values():
        example = integration.example()
        graph = Graph(examples(example))
        example.build(graph)
        for node in graph.nodes.values():
            arn = str(node.resource.properties().get("policy_arn", ""))
            if arn.startswith(_AWS):
                yield arn.removeprefix(_AWS)


def _policy(published: dict[str, Any]) -> dict[str, Any]:
    """Raises ValueError for what the page about an integration would show wrongly."""
    for statement in as_list(published["Document"]["Statement"]):
        if inverted := sorted({"NotAction", "NotResource"} & statement.keys()):
            raise ValueError(f"{', '.join(inverted)}: teach permissions/access.py and views/review_words.py first")
    return {
        "version": published["DefaultVersionId"],
        "updated": published["UpdateDate"][:10],
        "document": published["Document"],
    }


def text() -> str:
    return json.dumps(content(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")
