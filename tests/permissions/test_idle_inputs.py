"""Which choices change nothing with the other inputs."""

from dataclasses import dataclass

import pytest

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration, examples, option
from bootstrap.errors import UsageError
from bootstrap.integrations import integration
from bootstrap.permissions.idle_inputs import idle_inputs
from bootstrap.permissions.report import Made, report
from bootstrap.resources.s3.bucket import S3Bucket
from tests.views.test_review import Acme


@pytest.mark.parametrize(
    ("name", "inputs", "idle"),
    [
        ("upsolver-private-vpc", {"external_id": "6f7e2c", "org_id": "acme"}, {"access"}),
        ("upsolver-private-vpc", {"external_id": "6f7e2c", "org_id": "acme", "bucket": ("acme",)}, set()),
        ("databricks-unity-catalog", {"external_id": "6f7e2c", "bucket": "acme"}, {"queue_prefix"}),
        ("databricks-unity-catalog", {"external_id": "6f7e2c", "bucket": "acme", "file_events": True}, set()),
    ],
)
def test_a_choice_is_idle_as_long_as_each_of_its_values_makes_the_same(
    name: str, inputs: dict[str, object], idle: set[str]
) -> None:
    assert report(from_inputs(integration(name), inputs), Made("1.0", "2026-11-27"), {}).idle == idle


@dataclass(frozen=True, kw_only=True)
class Sizes(Acme):
    mode: str = option("How much.", default="small", choices=("small", "medium", "large"))


def made(chosen: Integration, *, large: str) -> Graph:
    graph = Graph(examples(chosen))
    graph.add("bucket", S3Bucket(name=large if getattr(chosen, "mode", "") == "large" else "acme"))
    return graph


def test_one_value_that_makes_something_else_or_is_refused_is_enough() -> None:
    chosen = Sizes(external_id="6f7e2c")
    assert list(idle_inputs(chosen, lambda other: made(other, large="acme"))) == ["mode"]
    assert list(idle_inputs(chosen, lambda other: made(other, large="other"))) == []

    def refuses(other: Integration) -> Graph:
        if getattr(other, "mode", "") == "large":
            raise UsageError("too large", "Take another.")
        return made(other, large="acme")

    assert list(idle_inputs(chosen, refuses)) == []
