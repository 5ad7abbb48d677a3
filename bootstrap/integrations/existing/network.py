"""Where in the account's network instances can run: in the VPC and subnets that the inputs name, or in suitable ones.

Source: EC2 API reference DescribeVpcs, DescribeSubnets, DescribeInstanceTypeOfferings; VPC user guide, default-vpc.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bootstrap.core import commands
from bootstrap.core.account import NOT_ASKED, Account
from bootstrap.core.integration import Ask
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.errors import PlanRefused
from bootstrap.integrations.existing import network_facts
from bootstrap.integrations.existing.internet_access import Kind, by_reason, listed, odd_place, reaches_internet, way_out
from bootstrap.integrations.existing.network_facts import Facts, Subnet, read_facts
from bootstrap.resources.ec2 import shared as ec2

LOOKS = (
    *network_facts.LOOKS,
    Permission("look", "ec2:DescribeInstanceTypeOfferings", "*"),
)
NO_VPC, NO_SUBNET = f"vpc-{NOT_ASKED}", f"subnet-{NOT_ASKED}"
"""Placeholders until the account has been asked."""


@dataclass(frozen=True)
class Network:
    """As far as known: the ids of a VPC, of its subnets, and of the subnet for an instance with a public address, if that is
    not the first one."""

    vpc: str | None
    subnets: tuple[str, ...]
    public: str | None = None


def find_network(given: Network, instance_type: str, account: Account, ask: Ask, *, public_address: bool = False) -> Network:
    """The complete network. Given subnets stay in their order. Without any, the subnets of the VPC are chosen whose
    instances reach the internet and that are in an ordinary zone, those first whose zone offers `instance_type`. If they
    have NAT gateways, a `public_address` gets a separate subnet with an internet gateway, if there is one.

    Raises PlanRefused, which names everything that is wrong.
    """
    if named := (*given.subnets, *([given.public] if given.public else [])):
        [answer] = ask(_query("describe_subnets", **{"subnet-id": named}))
        given = _as_named(given, {item["SubnetId"]: item for item in answer["Subnets"]}, account.region)
    if given.subnets:
        return given
    which = {"vpc-id": (given.vpc,)} if given.vpc else {"is-default": ("true",)}
    of_type = {"LocationType": "availability-zone", **ec2.filters({"instance-type": (instance_type,)})}
    vpcs, offers = ask(_query("describe_vpcs", **which), Query("ec2", "describe_instance_type_offerings", of_type))
    if not vpcs["Vpcs"]:
        what = f"there is no VPC {given.vpc}" if given.vpc else "there is no default VPC"
        create = account.aws("ec2", "create-default-vpc")
        advice = f"Name one of your VPCs with --vpc, or create the default VPC: {create}"
        raise PlanRefused(f"{what} in {account.region}", (), advice)
    vpc = vpcs["Vpcs"][0]["VpcId"]
    facts = read_facts(account, vpc, ask)
    zones = {item["Location"] for item in offers["InstanceTypeOfferings"]}

    def ordered(items: Iterable[Subnet]) -> tuple[str, ...]:
        return tuple(item.id for item in sorted(items, key=lambda item: (item.zone not in zones, item.zone)))

    subnets, public = ordered(fit_subnets(facts, vpc)), given.public
    if public_address and not public and not _is_public(facts, facts.subnets[subnets[0]]):
        public = next(iter(ordered(item for item in facts.subnets.values() if _is_public(facts, item))), None)
    return Network(vpc, subnets, public)


def fit_subnets(facts: Facts, vpc: str) -> list[Subnet]:
    """The suitable subnets, all of one kind: those with an internet gateway, and those that AWS created for the default VPC,
    if there are any.

    Raises PlanRefused with what is wrong with each subnet if none is suitable.
    """
    whys = {item: _unfit(facts, item) for item in facts.subnets.values()}
    fit = [item for item, why in whys.items() if not why]
    fit = [item for item in fit if item.default] or fit
    if fit:
        return [item for item in fit if way_out(facts, item).kind is not Kind.NAT] or fit
    raise PlanRefused(
        f"{vpc} has no subnet whose instances are known to reach the internet",
        [f"{listed(subnets)}: {why}" for subnets, why in by_reason((item.id, why) for item, why in whys.items())],
        "Choose another VPC with --vpc, or name subnets with --subnet. A subnet needs a default route to a NAT gateway, or "
        "to an internet gateway if it assigns public addresses.",
    )


def _is_public(facts: Facts, subnet: Subnet) -> bool:
    """Whether an instance with a public address reaches the internet there, and is reachable."""
    usable = subnet.available and subnet.free and not odd_place(facts, subnet)
    return bool(usable) and reaches_internet(facts, subnet, public_address=True).kind is Kind.GATEWAY


def _unfit(facts: Facts, subnet: Subnet) -> str:
    if not subnet.available or not subnet.free:
        return "it has no free address" if subnet.available else "it is not available"
    if place := odd_place(facts, subnet):
        return f"it is {place}"
    if facts.tables is None:
        return "" if subnet.gives_public else "you may not read its route table, and it assigns no public addresses"
    way = reaches_internet(facts, subnet)
    return way.why if way.kind in (Kind.NONE, Kind.UNKNOWN) else ""


def _as_named(given: Network, found: Mapping[str, Mapping[str, Any]], region: str) -> Network:
    named = [("--subnet", name) for name in given.subnets] + ([("--vm-subnet", given.public)] if given.public else [])
    problems = [f"{flag}: there is no {name} in {region}" for flag, name in named if name not in found]
    vpc = given.vpc or next((found[name]["VpcId"] for _, name in named if name in found), None)
    problems += [
        f"{flag}: {name} is in {found[name]['VpcId']}, not in {vpc}"
        for flag, name in named
        if name in found and found[name]["VpcId"] != vpc
    ]
    problems += [
        f"{flag}: {name} is {state}, not available"
        for flag, name in named
        if name in found and (state := found[name]["State"]) != "available"
    ]
    if problems:
        none = commands.quoted(*(word for flag in dict.fromkeys(flag for flag, _ in named) for word in (flag, "")))
        raise PlanRefused("the network is not as the inputs say", problems, f"Name other subnets, or none: {none}")
    return replace(given, vpc=vpc)


def _query(operation: str, **filters: Sequence[str | None]) -> Query:
    return Query("ec2", operation, ec2.filters(filters))
