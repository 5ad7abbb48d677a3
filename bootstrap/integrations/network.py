"""Where in the account's network machines can run: the VPC and subnets that were named, or those of the default VPC.

Source: EC2 API reference DescribeVpcs, DescribeSubnets, DescribeInstanceTypeOfferings; VPC user guide, default-vpc.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bootstrap.core import commands
from bootstrap.core.account import NOT_ASKED
from bootstrap.core.integration import Ask
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.errors import PlanRefused
from bootstrap.resources import ec2

LOOKS = tuple(
    Permission("look", f"ec2:{action}", "*")
    for action in ("DescribeVpcs", "DescribeSubnets", "DescribeInstanceTypeOfferings")
)
NO_VPC, NO_SUBNET = f"vpc-{NOT_ASKED}", f"subnet-{NOT_ASKED}"
"""Stand for those of the account before it was asked."""


@dataclass(frozen=True)
class Network:
    """As far as it is known: the ids of a VPC and of its subnets."""

    vpc: str | None
    subnets: tuple[str, ...]


def find_network(given: Network, instance_type: str, region: str, ask: Ask) -> Network:
    """The network whole. Subnets that were named stay in their order; of those that are found, the ones in whose zone
    `instance_type` is offered come first. Raises PlanRefused that names all that is wrong."""
    if given.subnets:
        [answer] = ask(_query("describe_subnets", **{"subnet-id": given.subnets}))
        return _as_named(given, {item["SubnetId"]: item for item in answer["Subnets"]}, region)
    of_vpc = {"vpc-id": (given.vpc,)} if given.vpc else {"default-for-az": ("true",)}
    vpcs, subnets, offers = ask(
        _query("describe_vpcs", **({"vpc-id": (given.vpc,)} if given.vpc else {"is-default": ("true",)})),
        _query("describe_subnets", state=("available",), **of_vpc),
        Query(
            "ec2",
            "describe_instance_type_offerings",
            {"LocationType": "availability-zone", **ec2.filters({"instance-type": (instance_type,)})},
        ),
    )
    if not vpcs["Vpcs"]:
        what = f"there is no VPC {given.vpc}" if given.vpc else "there is no default VPC"
        make = commands.aws("ec2", "create-default-vpc", region=region)
        advice = f"Name one of yours with --vpc, or make the default one: {make}"
        raise PlanRefused(f"{what} in {region}", (), advice)
    public = [item for item in subnets["Subnets"] if item["MapPublicIpOnLaunch"] and item["AvailableIpAddressCount"]]
    if not public:
        raise PlanRefused(
            f"no subnet of {vpcs['Vpcs'][0]['VpcId']} with a free address gives its machines a public one",
            (),
            "Name the subnets with --subnet; they need a way to the internet (a NAT gateway), or Batch starts nothing.",
        )
    zones = {item["Location"] for item in offers["InstanceTypeOfferings"]}
    best_first = sorted(public, key=lambda item: (item["AvailabilityZone"] not in zones, item["AvailabilityZone"]))
    return Network(vpcs["Vpcs"][0]["VpcId"], tuple(item["SubnetId"] for item in best_first))


def _as_named(given: Network, found: Mapping[str, Mapping[str, Any]], region: str) -> Network:
    problems = [f"--subnet: there is no {name} in {region}" for name in given.subnets if name not in found]
    vpc = given.vpc or next((item["VpcId"] for item in found.values()), None)
    problems += [
        f"--subnet: {name} is in {found[name]['VpcId']}, not in {vpc}"
        for name in given.subnets
        if name in found and found[name]["VpcId"] != vpc
    ]
    problems += [
        f"--subnet: {name} is {state}, not available"
        for name in given.subnets
        if name in found and (state := found[name]["State"]) != "available"
    ]
    if (first := found.get(given.subnets[0])) and not first["AvailableIpAddressCount"]:
        problems.append(f"--subnet: {given.subnets[0]} has no free address for the VM")
    if problems:
        raise PlanRefused("the network is not as the inputs say", problems, "Name other subnets, or none: --subnet ''")
    return Network(vpc, given.subnets)


def _query(operation: str, **filters: Sequence[str | None]) -> Query:
    return Query("ec2", operation, ec2.filters(filters))
