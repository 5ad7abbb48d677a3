"""Where machines can run: found in the account, or as it was named, with everything that is wrong with it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from moto.ec2.models.subnets import Subnet

from bootstrap.aws.scope import Scope
from bootstrap.core.query import Query
from bootstrap.errors import PlanRefused
from bootstrap.integrations.existing.internet_access import Kind, way_out
from bootstrap.integrations.existing.network import Network, find_network
from bootstrap.integrations.existing.network_acls import Rule
from bootstrap.integrations.existing.network_facts import LOOKS, MAIN, Dns, Nat, Route, Zone, read_facts
from tests.conftest import MakeScope
from tests.support.vpcs import Vpc
from tests.support.wire import Wire

Find = Callable[..., Network]
DENIABLE = [item.action.removeprefix("ec2:") for item in LOOKS if item.optional]


@pytest.fixture
def here(scope: MakeScope) -> Scope:
    return scope()


@pytest.fixture
def ec2(here: Scope) -> Any:
    return here.client("ec2")


@pytest.fixture
def vpc(ec2: Any, monkeypatch: pytest.MonkeyPatch) -> Vpc:
    return Vpc(ec2, monkeypatch)


@pytest.fixture
def find(here: Scope) -> Find:
    """Takes a VPC, subnets, and an instance type."""

    def ask(*queries: Query) -> list[Any]:
        return here.read(*queries)

    def find(
        vpc: str | None = None,
        *subnets: str,
        instance_type: str = "t3.large",
        public: str | None = None,
        public_address: bool = False,
    ) -> Network:
        given = Network(vpc, subnets, public)
        return find_network(given, instance_type, here.account, ask, public_address=public_address)

    return find


def refusal(find: Callable[[], Network]) -> PlanRefused:
    with pytest.raises(PlanRefused) as caught:
        find()
    return caught.value


def default_subnets(ec2: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    return sorted(listed, key=lambda item: str(item["AvailabilityZone"]))


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


def test_a_vpc_without_a_fit_subnet_is_refused_with_what_is_wrong_with_each(find: Find, vpc: Vpc) -> None:
    silent, closed = vpc.subnet(), vpc.subnet(public=True, routes={})
    refused = refusal(partial(find, vpc.id))
    assert refused.message == f"{vpc.id} has no subnet whose instances are known to reach the internet"
    assert refused.problems == (
        f"{silent}: its instances get no public address, which its route to an internet gateway requires",
        f"{closed}: it has no default route",
    )
    assert find(vpc.id, silent) == Network(vpc.id, (silent,))  # one that is named is examined with the plan


def test_of_a_vpc_only_fit_subnets_are_chosen_those_with_a_gateway_before_those_with_nat(find: Find, vpc: Vpc) -> None:
    vpc.subnet(public=True, routes={})
    vpc.subnet(zone=vpc.local_zone(), public=True)
    public, nat = vpc.subnet(public=True), vpc.nat()
    private = vpc.subnet(routes={"NatGatewayId": nat})
    assert find(vpc.id) == Network(vpc.id, (public,))
    vpc.ec2.modify_subnet_attribute(SubnetId=public, MapPublicIpOnLaunch={"Value": False})
    assert find(vpc.id) == Network(vpc.id, (private,))
    vpc.ec2.delete_nat_gateway(NatGatewayId=nat)
    assert len(refusal(partial(find, vpc.id)).problems) == 4


def test_a_public_address_gets_a_public_subnet_beside_private_ones(find: Find, vpc: Vpc) -> None:
    """The usual VPC: public subnets that give no addresses, private ones with NAT."""
    private = vpc.subnet(routes={"NatGatewayId": vpc.nat()})
    assert find(vpc.id) == Network(vpc.id, (private,))
    assert find(vpc.id, public_address=True) == Network(vpc.id, (private,), vpc.nat_subnet)
    assert find(vpc.id, private, public_address=True) == Network(vpc.id, (private,))  # what was named stays as it is
    for given in ({"vpc": vpc.id}, {}):
        assert find(**given, public=vpc.nat_subnet) == Network(vpc.id, (private,), vpc.nat_subnet)
    [problem] = refusal(partial(find, vpc.id, private, public="subnet-12345678")).problems
    assert problem == "--vm-subnet: there is no subnet-12345678 in us-east-1"
    assert refusal(partial(find, vpc.id, private, public="subnet-12345678")).advice.endswith("--subnet '' --vm-subnet ''")


def test_a_default_vpc_with_public_subnets_of_ones_own_needs_no_default_ones(find: Find, ec2: Any) -> None:
    first, *others = default_subnets(ec2)
    for item in others:
        ec2.delete_subnet(SubnetId=item["SubnetId"])
    own = ec2.create_subnet(VpcId=first["VpcId"], CidrBlock="172.31.240.0/20", AvailabilityZone="us-east-1a")["Subnet"]
    ec2.modify_subnet_attribute(SubnetId=own["SubnetId"], MapPublicIpOnLaunch={"Value": True})
    assert find() == Network(first["VpcId"], (first["SubnetId"],))
    ec2.delete_subnet(SubnetId=first["SubnetId"])
    assert find() == Network(first["VpcId"], (own["SubnetId"],))


@pytest.mark.parametrize("mode", ["block-ingress", "block-bidirectional"])
def test_an_account_that_blocks_the_internet_has_no_fit_public_subnets(mode: str, find: Find, vpc: Vpc) -> None:
    public = vpc.subnet(public=True)
    vpc.ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode=mode)
    [problem] = refusal(partial(find, vpc.id)).problems
    assert f"VPC Block Public Access ({mode})" in problem
    vpc.ec2.create_vpc_block_public_access_exclusion(VpcId=vpc.id, InternetGatewayExclusionMode="allow-bidirectional")
    assert find(vpc.id) == Network(vpc.id, (public,))


def test_where_routes_may_not_be_read_subnets_count_that_give_public_addresses(find: Find, vpc: Vpc, cloud: Wire) -> None:
    vpc.subnet()
    public = vpc.subnet(public=True)
    cloud.refuse("DescribeRouteTables", "UnauthorizedOperation", status=403)
    assert find(vpc.id) == Network(vpc.id, (public,))


def test_a_vpc_that_is_not_there_is_refused(find: Find) -> None:
    assert refusal(partial(find, "vpc-12345678")).message == "there is no VPC vpc-12345678 in us-east-1"


def test_subnets_that_are_named_keep_their_order_and_tell_the_vpc(find: Find, ec2: Any) -> None:
    listed = [item["SubnetId"] for item in default_subnets(ec2)]
    assert find(None, listed[2], listed[0]).subnets == (listed[2], listed[0])
    assert find(None, listed[2]).vpc == default_subnets(ec2)[0]["VpcId"]


def test_named_subnets_are_available(ec2: Any, here: Scope) -> None:
    first = default_subnets(ec2)[0]
    name, pending = first["SubnetId"], {**first, "State": "pending"}
    found = partial(find_network, Network(None, (name,)), "t3.large", here.account, lambda *asked: [{"Subnets": [pending]}])
    assert refusal(found).problems == (f"--subnet: {name} is pending, not available",)


def test_subnets_that_are_found_have_a_free_address(ec2: Any, find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    full = default_subnets(ec2)[0]["SubnetId"]
    monkeypatch.setattr(Subnet, "available_ip_address_count", property(lambda subnet: 0 if subnet.id == full else 9))
    assert set(find().subnets) == {item["SubnetId"] for item in default_subnets(ec2)} - {full}


def test_all_that_is_wrong_with_named_subnets_is_said_at_once(find: Find, ec2: Any, vpc: Vpc) -> None:
    theirs = vpc.subnet(public=True)
    default = default_subnets(ec2)[0]
    refused = refusal(partial(find, default["VpcId"], default["SubnetId"], theirs, "subnet-12345678"))
    assert refused.problems == (
        "--subnet: there is no subnet-12345678 in us-east-1",
        f"--subnet: {theirs} is in {vpc.id}, not in {default['VpcId']}",
    )


# What AWS's answers become


def test_what_is_read_is_told_as_it_is(vpc: Vpc, here: Scope) -> None:
    nat = vpc.nat()
    private = vpc.subnet(routes={"NatGatewayId": nat})
    local = vpc.subnet(zone=vpc.local_zone(), public=True)
    vpc.endpoint("s3", private)
    vpc.endpoint("ecr.api")
    found = read_facts(here.account, vpc.id, here.read)
    assert found.unread == []
    assert found.dns == Dns(support=True, hostnames=False)
    assert found.own_servers == ()
    assert found.acls is not None
    assert {rule.allows for rule in found.acls[private].rules if rule.number == 100} == {True}
    assert found.subnets[private].cidr.startswith("10.9.")
    assert found.nats == {nat: Nat(subnet=vpc.nat_subnet)}
    assert found.subnets[local].gives_public
    assert found.zones is not None
    assert found.zones["us-east-1-bos-1a"] == Zone("local-zone", "us-east-1-bos-1")
    assert found.tables is not None
    assert {private, MAIN} <= set(found.tables)
    assert Route("0.0.0.0/0", nat) in found.tables[private].routes
    assert Route("0.0.0.0/0", vpc.gateway) in found.tables[MAIN].routes
    assert found.endpoints and found.groups
    assert [(each.service, each.tables) for each in found.endpoints] == [
        ("s3", frozenset({found.tables[private].id})),
        ("ecr.api", None),
    ]
    assert not any(each.denies_all for each in found.endpoints)
    assert {group for each in found.endpoints for group in each.groups} <= set(found.groups)
    vpc.ec2.detach_internet_gateway(InternetGatewayId=vpc.gateway, VpcId=vpc.id)
    later = read_facts(here.account, vpc.id, here.read)
    assert way_out(later, later.subnets[private]).kind is Kind.NONE


def test_what_may_not_be_read_is_none_and_the_rest_is_read(vpc: Vpc, here: Scope, cloud: Wire) -> None:
    vpc.subnet()
    for action in DENIABLE:
        cloud.refuse(action, "UnauthorizedOperation", status=403)
        assert read_facts(here.account, vpc.id, here.read).unread == [f"ec2:{action}"]


def test_dns_servers_of_ones_own_and_rules_of_network_acls_are_read(vpc: Vpc, here: Scope) -> None:
    item = vpc.subnet()
    servers = [{"Key": "domain-name-servers", "Values": ["10.9.0.2", "AmazonProvidedDNS"]}]
    options = vpc.ec2.create_dhcp_options(DhcpConfigurations=servers)["DhcpOptions"]["DhcpOptionsId"]
    vpc.ec2.associate_dhcp_options(DhcpOptionsId=options, VpcId=vpc.id)
    vpc.ec2.modify_vpc_attribute(VpcId=vpc.id, EnableDnsSupport={"Value": False})
    [acl] = vpc.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc.id]}])["NetworkAcls"]
    rule = {"NetworkAclId": acl["NetworkAclId"], "CidrBlock": "52.0.0.0/8", "Egress": True, "RuleAction": "deny"}
    for number, protocol, ports in ((7, "6", {"PortRange": {"From": 443, "To": 444}}), (8, "17", {})):
        vpc.ec2.create_network_acl_entry(**rule, RuleNumber=number, Protocol=protocol, **ports)
    found = read_facts(here.account, vpc.id, here.read)
    assert found.own_servers == ("10.9.0.2",)
    assert found.dns == Dns(support=False, hostnames=False)
    assert found.acls is not None
    assert found.acls[item].rules[0] == Rule(7, False, True, "52.0.0.0/8", 443, 444)
    assert [rule.number for rule in found.acls[item].rules].count(8) == 0


@pytest.mark.parametrize("target", ["InstanceId", "NetworkInterfaceId", "TransitGatewayId", "VpcPeeringConnectionId"])
def test_the_target_of_a_route_is_known_by_its_id(target: str, vpc: Vpc, here: Scope) -> None:
    subnet = vpc.subnet(routes={target: vpc.target(target)})
    found = read_facts(here.account, vpc.id, here.read)
    way = way_out(found, found.subnets[subnet])
    assert way.kind is Kind.UNKNOWN
    assert "its default route goes through a" in way.why
