"""Partitions: what is known of them before AWS was asked."""

import pytest

from bootstrap import workflow
from bootstrap.integrations.aspera_atc import AsperaAtc


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_role_of_any_partition_is_not_refused_before_aws_was_asked(partition: str) -> None:
    recipe = AsperaAtc(bucket=("acme",), node_role=f"arn:{partition}:iam::123456789012:role/nodes")
    assert "iam" in workflow.services_of(recipe, None)
    assert workflow.sought(recipe)
