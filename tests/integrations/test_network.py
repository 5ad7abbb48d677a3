"""Where machines can run: found in the account, or as it was named, with everything that is wrong with it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from bootstrap.aws import Scope
from bootstrap.core.query import Query
from bootstrap.errors import PlanRefused
from bootstrap.integrations.network import Network, find_network
from tests.conftest import MakeScope

Find = Callable[..., Network]


@pytest.fixture
def here(scope: MakeScope) -> Scope:
    return scope()


@pytest.fixture
def ec2(here: Scope) -> Any:
    return here.client("ec2")


@pytest.fixture
def find(here: Scope) -> Find:
    """Takes a VPC, subnets, and an instance type."""

    def ask(*queries: Query) -> list[Any]:
        return here.read(*queries)

    def find(vpc: str | None = None, *subnets: str, instance_type: str = "t3.large") -> Network:
        return find_network(Network(vpc, subnets), instance_type, "us-east-1", ask)

    return find


def refusal(find: Callable[[], Network]) -> PlanRefused:
    with pytest.raises(PlanRefused) as caught:
        find()
    return caught.value


def default_subnets(ec2: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    return sorted(listed, key=lambda item: str(item["AvailabilityZone"]))


def own_vpc(ec2: Any, *public: bool) -> tuple[str, list[str]]:
    """A VPC with a subnet for each, which gives public addresses or does not."""
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = []
    for number, is_public in enumerate(public):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24")["Subnet"]["SubnetId"]
        ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": is_public})
        subnets.append(subnet)
    return vpc, subnets


def test_the_default_vpc_is_found_with_its_subnets(find: Find, ec2: Any) -> None:
    found = find()
    listed = default_subnets(ec2)
    assert found.vpc == listed[0]["VpcId"]
    assert sorted(found.subnets) == sorted(item["SubnetId"] for item in listed)


def test_the_vm_gets_a_subnet_in_whose_zone_its_type_is_offered(find: Find, ec2: Any) -> None:
    offered = [{"Name": "instance-type", "Values": ["t3.large"]}]
    zones = ec2.describe_instance_type_offerings(LocationType="availability-zone", Filters=offered)["InstanceTypeOfferings"]
    without = {item["AvailabilityZone"] for item in default_subnets(ec2)} - {item["Location"] for item in zones}
    assert without, "moto's table has no zone without this type any more"
    by_id = {item["SubnetId"]: item["AvailabilityZone"] for item in default_subnets(ec2)}
    order = [by_id[name] in without for name in find().subnets]
    assert order == sorted(order)
    assert order[0] is False


def test_a_region_without_a_default_vpc_gets_advice(find: Find, ec2: Any) -> None:
    listed = default_subnets(ec2)
    for item in listed:
        ec2.delete_subnet(SubnetId=item["SubnetId"])
    ec2.delete_vpc(VpcId=listed[0]["VpcId"])
    refused = refusal(find)
    assert refused.message == "there is no default VPC in us-east-1"
    assert "aws ec2 create-default-vpc --region us-east-1" in refused.advice


def test_of_a_vpc_that_is_named_those_subnets_count_that_give_public_addresses(find: Find, ec2: Any) -> None:
    vpc, [_, public] = own_vpc(ec2, False, True)
    assert find(vpc) == Network(vpc, (public,))


def test_a_vpc_without_public_subnets_needs_them_named(find: Find, ec2: Any) -> None:
    vpc, [private] = own_vpc(ec2, False)
    assert refusal(partial(find, vpc)).message == f"no subnet of {vpc} with a free address gives its machines a public one"
    assert find(vpc, private) == Network(vpc, (private,))


def test_a_vpc_that_is_not_there_is_refused(find: Find) -> None:
    assert refusal(partial(find, "vpc-12345678")).message == "there is no VPC vpc-12345678 in us-east-1"


def test_subnets_that_are_named_keep_their_order_and_tell_the_vpc(find: Find, ec2: Any) -> None:
    listed = [item["SubnetId"] for item in default_subnets(ec2)]
    assert find(None, listed[2], listed[0]).subnets == (listed[2], listed[0])
    assert find(None, listed[2]).vpc == default_subnets(ec2)[0]["VpcId"]


def test_named_subnets_are_available_and_the_first_has_an_address_for_the_vm(ec2: Any) -> None:
    first, second = default_subnets(ec2)[:2]
    full, pending = {**first, "AvailableIpAddressCount": 0}, {**second, "State": "pending"}
    names = (first["SubnetId"], second["SubnetId"])
    refused = refusal(
        lambda: find_network(Network(None, names), "t3.large", "us-east-1", lambda *asked: [{"Subnets": [full, pending]}])
    )
    assert refused.problems == (
        f"--subnet: {names[1]} is pending, not available",
        f"--subnet: {names[0]} has no free address for the VM",
    )


def test_subnets_that_are_found_have_a_free_address(ec2: Any, here: Scope) -> None:
    def ask(*asked: Query) -> list[Any]:
        vpcs, subnets, offers = here.read(*asked)
        full, *others = subnets["Subnets"]
        return [vpcs, {"Subnets": [{**full, "AvailableIpAddressCount": 0}, *others]}, offers]

    assert len(find_network(Network(None, ()), "t3.large", "us-east-1", ask).subnets) == len(default_subnets(ec2)) - 1


def test_all_that_is_wrong_with_named_subnets_is_said_at_once(find: Find, ec2: Any) -> None:
    vpc, [theirs] = own_vpc(ec2, True)
    default = default_subnets(ec2)[0]
    refused = refusal(partial(find, default["VpcId"], default["SubnetId"], theirs, "subnet-12345678"))
    assert refused.problems == (
        "--subnet: there is no subnet-12345678 in us-east-1",
        f"--subnet: {theirs} is in {vpc}, not in {default['VpcId']}",
    )
