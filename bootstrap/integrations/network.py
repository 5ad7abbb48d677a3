"""Where in the account's network machines can run: the VPC and subnets that were named, or those that are fit for it.

Source: EC2 API reference DescribeVpcs, DescribeSubnets, DescribeInstanceTypeOfferings; VPC user guide, default-vpc.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bootstrap.core import commands
from bootstrap.core.account import NOT_ASKED, Account
from bootstrap.core.integration import Ask
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.errors import PlanRefused
from bootstrap.integrations import network_facts
from bootstrap.integrations.network_facts import Facts, Subnet, read_facts
from bootstrap.integrations.ways_out import Kind, by_reason, listed, odd_place, reaches_internet, way_out
from bootstrap.resources import ec2

LOOKS = (
    *network_facts.LOOKS,
    *(Permission("look", f"ec2:{action}", "*") for action in ("DescribeVpcs", "DescribeInstanceTypeOfferings")),
)
NO_VPC, NO_SUBNET = f"vpc-{NOT_ASKED}", f"subnet-{NOT_ASKED}"
"""Stand for those of the account before it was asked."""


@dataclass(frozen=True)
class Network:
    """As far as it is known: the ids of a VPC and of its subnets."""

    vpc: str | None
    subnets: tuple[str, ...]


def find_network(given: Network, instance_type: str, account: Account, ask: Ask) -> Network:
    """The network whole. Subnets that were named stay in their order. Of the VPC's others those are found whose machines
    reach the internet, and that are in an ordinary zone: first the ones in whose zone `instance_type` is offered.

    Raises PlanRefused that names all that is wrong.
    """
    if given.subnets:
        [answer] = ask(_query("describe_subnets", **{"subnet-id": given.subnets}))
        return _as_named(given, {item["SubnetId"]: item for item in answer["Subnets"]}, account.region)
    which = {"vpc-id": (given.vpc,)} if given.vpc else {"is-default": ("true",)}
    of_type = {"LocationType": "availability-zone", **ec2.filters({"instance-type": (instance_type,)})}
    vpcs, offers = ask(_query("describe_vpcs", **which), Query("ec2", "describe_instance_type_offerings", of_type))
    if not vpcs["Vpcs"]:
        what = f"there is no VPC {given.vpc}" if given.vpc else "there is no default VPC"
        make = commands.aws("ec2", "create-default-vpc", region=account.region)
        advice = f"Name one of yours with --vpc, or make the default one: {make}"
        raise PlanRefused(f"{what} in {account.region}", (), advice)
    vpc = vpcs["Vpcs"][0]["VpcId"]
    fit = fit_subnets(read_facts(account, vpc, ask), vpc)
    zones = {item["Location"] for item in offers["InstanceTypeOfferings"]}
    return Network(vpc, tuple(item.id for item in sorted(fit, key=lambda item: (item.zone not in zones, item.zone))))


def fit_subnets(facts: Facts, vpc: str) -> list[Subnet]:
    """Those of one kind: if there are any, the ones with an internet gateway, and those that AWS made for the default VPC.

    Raises PlanRefused with what is wrong with each.
    """
    whys = {item: _unfit(facts, item) for item in facts.subnets.values()}
    fit = [item for item, why in whys.items() if not why]
    fit = [item for item in fit if item.default] or fit
    if fit:
        return [item for item in fit if way_out(facts, item).kind is not Kind.NAT] or fit
    raise PlanRefused(
        f"{vpc} has no subnet that is known to let its machines reach the internet",
        [f"{listed(subnets)}: {why}" for subnets, why in by_reason((item.id, why) for item, why in whys.items())],
        "Choose another VPC with --vpc, or name subnets with --subnet. A subnet needs a default route to a NAT gateway, or "
        "one to an internet gateway if it gives public addresses.",
    )


def _unfit(facts: Facts, subnet: Subnet) -> str:
    if not subnet.available or not subnet.free:
        return "it has no free address" if subnet.available else "it is not available"
    if place := odd_place(facts, subnet):
        return f"it is {place}"
    if facts.tables is None:
        return "" if subnet.gives_public else "its route table may not be read, and it gives no public addresses"
    way = reaches_internet(facts, subnet)
    return way.why if way.kind in (Kind.NONE, Kind.UNKNOWN) else ""


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
    if problems:
        raise PlanRefused("the network is not as the inputs say", problems, "Name other subnets, or none: --subnet ''")
    return Network(vpc, given.subnets)


def _query(operation: str, **filters: Sequence[str | None]) -> Query:
    return Query("ec2", operation, ec2.filters(filters))
