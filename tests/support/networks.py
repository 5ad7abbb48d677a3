"""Integrations whose network is named, as after create has looked for one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bootstrap.aws.scope import Scope
from bootstrap.core.integration import Integration


def with_network(wanted: Integration, vpc: str, subnets: Sequence[str], **inputs: Any) -> Integration:
    changes: dict[str, Any] = {"vpc": vpc, "subnet": tuple(subnets), **inputs}
    return replace(wanted, **changes)


def in_network(here: Scope, wanted: Integration, **inputs: Any) -> Integration:
    """In two subnets of the default VPC."""
    subnets = here.client("ec2").describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    # By zone: not every zone offers every type of machine, and the ids are random.
    first, second, *_ = (item["SubnetId"] for item in sorted(subnets, key=lambda item: str(item["AvailabilityZone"])))
    return with_network(wanted, subnets[0]["VpcId"], (first, second), **inputs)
