"""Partitions: what is known of them before AWS was asked."""

import json
from pathlib import Path

import botocore
import pytest

from bootstrap.core.partitions import DOMAINS, partition_of
from bootstrap.engine import graphs
from bootstrap.integrations.aspera.atc import AsperaAtc


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_role_of_any_partition_is_not_refused_before_aws_was_asked(partition: str) -> None:
    recipe = AsperaAtc(bucket=("acme",), node_role=f"arn:{partition}:iam::123456789012:role/nodes")
    assert "iam" in graphs.services_of(recipe, None)
    assert graphs.search_filter_for(recipe)


def test_the_partitions_and_their_domains_are_those_of_the_sdk() -> None:
    known = json.loads((Path(botocore.__file__).parent / "data" / "partitions.json").read_text())["partitions"]
    assert {each["id"]: each["outputs"]["dnsSuffix"] for each in known} == DOMAINS
    found = {partition_of(region) for each in known for region in each["regions"] if not region.startswith("aws-")}
    assert found == set(DOMAINS)
