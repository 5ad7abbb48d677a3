"""moto's VPCs, corrected: gateways, routes, and VPC Block Public Access."""

from typing import Any

import pytest

from tests.conftest import MakeScope
from tests.support.vpcs import Vpc


@pytest.fixture
def ec2(scope: MakeScope) -> Any:
    return scope().client("ec2")


def routes(ec2: Any, vpc: str) -> list[tuple[str, str]]:
    """Where the default routes of the VPC lead, and their state."""
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    found = [route for table in tables for route in table["Routes"] if route["DestinationCidrBlock"] == "0.0.0.0/0"]
    return [(route.get("GatewayId") or route["NatGatewayId"], route["State"]) for route in found]


def test_a_default_vpc_has_a_gateway_and_a_route_to_it(ec2: Any) -> None:
    [gateway] = ec2.describe_internet_gateways()["InternetGateways"]
    [attachment] = gateway["Attachments"]
    assert routes(ec2, attachment["VpcId"]) == [(gateway["InternetGatewayId"], "active")]
    assert [item["VpcId"] for item in ec2.describe_vpcs()["Vpcs"] if item["IsDefault"]] == [attachment["VpcId"]]


def test_routes_to_what_is_gone_are_blackholes(ec2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    vpc = Vpc(ec2, monkeypatch)
    nat = vpc.nat()
    vpc.subnet(routes={"NatGatewayId": nat})
    ec2.delete_nat_gateway(NatGatewayId=nat)
    assert routes(ec2, vpc.id) == [(vpc.gateway, "active"), (nat, "blackhole")]
    ec2.detach_internet_gateway(InternetGatewayId=vpc.gateway, VpcId=vpc.id)
    assert routes(ec2, vpc.id) == [(vpc.gateway, "blackhole"), (nat, "blackhole")]


def test_the_border_group_of_a_zone_is_its_region(ec2: Any) -> None:
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert {item["NetworkBorderGroup"] for item in zones} == {"us-east-1"}


def test_an_account_blocks_public_access_and_leaves_networks_out(ec2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def options() -> str:
        return str(ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]["InternetGatewayBlockMode"])

    assert options() == "off"
    assert ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"] == []
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-ingress")
    assert options() == "block-ingress"
    vpc = Vpc(ec2, monkeypatch)
    subnet = vpc.subnet()
    for which in ({"VpcId": vpc.id}, {"SubnetId": subnet}):
        ec2.create_vpc_block_public_access_exclusion(InternetGatewayExclusionMode="allow-egress", **which)
    found = ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"]
    arns = {item["ResourceArn"].partition("123456789012:")[2] for item in found}
    assert arns == {f"vpc/{vpc.id}", f"subnet/{subnet}"}
