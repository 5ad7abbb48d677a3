"""Which choices change nothing with the other inputs."""

import pytest

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.integrations import integration
from bootstrap.permissions.report import Made, report


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
