"""Whether the machines of a subnet reach the internet or AWS, case by case, without AWS."""

from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.integrations.existing.internet_access import (
    SERVICES,
    Kind,
    Way,
    lets_in,
    missing_endpoints,
    odd_place,
    reaches_internet,
    way_out,
)
from bootstrap.integrations.existing.network_facts import MAIN, Dns, Facts, Nat, Route, Subnet, Table, Zone
from bootstrap.integrations.existing.vpc_endpoints import Endpoint

LOCAL, S3_ROUTE = Route("10.0.0.0/16", "local"), Route("pl-63a5400a", "vpce-1")
OWN, OTHER = "123456789012", "210987654321"
EGRESS, BOTH = "allow-egress", "allow-bidirectional"
IN, INOUT = "block-ingress", "block-bidirectional"


def subnet(name: str = "subnet-1", **given: Any) -> Subnet:
    return Subnet(**{"id": name, "vpc": "vpc-1", "zone": "us-east-1a", "owner": OWN, "free": 250, **given})


def facts(*routes: Route, of_nat: tuple[Route, ...] = (Route("0.0.0.0/0", "igw-1"),), **given: Any) -> Facts:
    """The main table has these routes; "subnet-nat" has a table of its own with those `of_nat`, and nat-1 in it."""
    return Facts(
        **{
            "account": replace(EXAMPLE, id=OWN),
            "subnets": {"subnet-nat": subnet("subnet-nat")},
            "tables": {MAIN: Table("rtb-1", (LOCAL, *routes)), "subnet-nat": Table("rtb-2", (LOCAL, *of_nat))},
            "nats": {"nat-1": Nat(subnet="subnet-nat")},
            **given,
        }
    )


def default(target: str, *, blackhole: bool = False) -> Route:
    return Route("0.0.0.0/0", target, blackhole)


def nat(**given: Any) -> dict[str, Nat]:
    return {"nat-1": Nat(**{"subnet": "subnet-nat", **given})}


GATEWAY, NAT = default("igw-1"), default("nat-1")
TO_INTERNET = {
    "an internet gateway": (facts(GATEWAY), Kind.GATEWAY, ""),
    "two halves to the same gateway": (
        facts(Route("0.0.0.0/1", "igw-1"), Route("128.0.0.0/1", "igw-1")),
        Kind.GATEWAY,
        "",
    ),
    "halves before the whole": (
        facts(GATEWAY, Route("0.0.0.0/1", "tgw-1"), Route("128.0.0.0/1", "tgw-1")),
        Kind.UNKNOWN,
        "transit gateway",
    ),
    "halves to two things": (facts(Route("0.0.0.0/1", "igw-1"), Route("128.0.0.0/1", "tgw-1")), Kind.UNKNOWN, "split"),
    "one half only": (facts(Route("0.0.0.0/1", "igw-1")), Kind.UNKNOWN, "only one to 0.0.0.0/1"),
    "nothing but the VPC itself": (facts(), Kind.NONE, "no default route"),
    "S3's endpoint only": (facts(S3_ROUTE), Kind.NONE, "no default route"),
    "only IPv6 through an egress-only gateway": (facts(Route("::/0", "eigw-1")), Kind.NONE, "no default route"),
    "a gateway that is detached": (facts(default("igw-1", blackhole=True)), Kind.NONE, "which is detached or deleted"),
    "a NAT gateway that is deleted": (facts(default("nat-1", blackhole=True)), Kind.NONE, "(a blackhole)"),
    "part of the internet": (facts(Route("3.5.0.0/16", "igw-1")), Kind.UNKNOWN, "only one to 3.5.0.0/16"),
    "a list of addresses": (facts(Route("pl-1", "nat-1")), Kind.UNKNOWN, "only one to pl-1"),
    "a private network behind a transit gateway": (facts(Route("10.0.0.0/8", "tgw-1")), Kind.UNKNOWN, "tgw-1"),
    "a dead private network": (facts(Route("10.0.0.0/8", "tgw-1", True)), Kind.NONE, "no default route"),
    **{
        f"through {target}": (facts(default(target)), Kind.UNKNOWN, target)
        for target in (
            "tgw-1", "pcx-1", "vgw-1", "vpce-1", "eni-1", "i-1", "lgw-1", "cagw-1",
            "arn:aws:networkmanager::123456789012:core-network/core-network-1", "new-1",
        )
    },
    "a NAT gateway": (facts(NAT), Kind.NAT, ""),
    "a regional NAT gateway": (facts(NAT, nats=nat(subnet="")), Kind.NAT, ""),
    "a NAT gateway that fails": (facts(NAT, nats=nat(state="failed")), Kind.NONE, "nat-1, which is failed"),
    "a NAT gateway that is on its way out": (facts(NAT, nats=nat(state="deleting")), Kind.NONE, "which is deleting"),
    "a NAT gateway that is not ready": (facts(NAT, nats=nat(state="pending")), Kind.UNKNOWN, "still being created"),
    "a NAT gateway that is not there": (facts(NAT, nats={}), Kind.NONE, "nat-1, which is deleted"),
    "a NAT gateway without a way out": (facts(NAT, of_nat=()), Kind.NONE, "own subnet subnet-nat has no route"),
    "a NAT gateway whose gateway is gone": (
        facts(NAT, of_nat=(default("igw-1", blackhole=True),)),
        Kind.NONE,
        "own subnet subnet-nat has no route",
    ),
    "a NAT gateway behind itself": (facts(NAT, of_nat=(NAT,)), Kind.NONE, "own subnet subnet-nat has no route"),
    "a NAT gateway behind a firewall": (facts(NAT, of_nat=(default("vpce-1"),)), Kind.UNKNOWN, "through another network"),
    "a private NAT gateway to other networks": (
        facts(NAT, nats=nat(public=False), of_nat=(Route("10.0.0.0/8", "tgw-1"),)),
        Kind.UNKNOWN,
        "through another network",
    ),
    "a private NAT gateway to an internet gateway": (facts(NAT, nats=nat(public=False)), Kind.NONE, "a private NAT gateway"),
}  # fmt: skip
BLOCKED = {
    "a gateway, all blocked": (facts(GATEWAY, block=INOUT), Kind.NONE, f"VPC Block Public Access ({INOUT})"),
    "a gateway, what comes in blocked": (facts(GATEWAY, block=IN), Kind.NONE, f"VPC Block Public Access ({IN})"),
    "a gateway, the VPC left out": (facts(GATEWAY, block=IN, excluded={"vpc-1": BOTH}), Kind.GATEWAY, ""),
    "a gateway, the subnet left out": (facts(GATEWAY, block=INOUT, excluded={"subnet-1": BOTH}), Kind.GATEWAY, ""),
    "a gateway, another subnet left out": (facts(GATEWAY, block=INOUT, excluded={"subnet-2": BOTH}), Kind.NONE, INOUT),
    "a gateway, all blocked but what goes out": (
        facts(GATEWAY, block=INOUT, excluded={"vpc-1": EGRESS}),
        Kind.GATEWAY,
        "",
    ),
    "a gateway, an exclusion that does not count": (facts(GATEWAY, block=IN, excluded={"vpc-1": EGRESS}), Kind.NONE, IN),
    "NAT, what comes in blocked": (facts(NAT, block=IN), Kind.NAT, ""),
    "NAT, all blocked": (facts(NAT, block=INOUT), Kind.NONE, f"VPC Block Public Access ({INOUT})"),
    "NAT, its subnet left out": (facts(NAT, block=INOUT, excluded={"subnet-nat": EGRESS}), Kind.NAT, ""),
    "NAT, the VPC left out": (facts(NAT, block=INOUT, excluded={"vpc-1": EGRESS}), Kind.NAT, ""),
    "a regional NAT gateway, all blocked": (facts(NAT, nats=nat(subnet=""), block=INOUT), Kind.NONE, INOUT),
    "another network, all blocked": (facts(default("tgw-1"), block=INOUT), Kind.UNKNOWN, "tgw-1"),
}
UNREADABLE = {
    "routes": (facts(tables=None), Kind.UNKNOWN, "you may not read its route table"),
    "NAT gateways": (facts(NAT, nats=None), Kind.UNKNOWN, "nat-1, which is not shown"),
    "the block": (facts(GATEWAY, block=None, excluded=None), Kind.GATEWAY, ""),
    "what the block leaves out": (facts(GATEWAY, block=INOUT, excluded=None), Kind.GATEWAY, ""),
}


@pytest.mark.parametrize(("known", "kind", "why"), [*TO_INTERNET.values(), *BLOCKED.values(), *UNREADABLE.values()],
                         ids=[*TO_INTERNET, *BLOCKED, *UNREADABLE])  # fmt: skip
def test_where_packets_to_the_internet_go(known: Facts, kind: Kind, why: str) -> None:
    way = way_out(known, subnet())
    assert way.kind is kind
    assert why in way.why
    assert bool(way.why) == (kind in (Kind.NONE, Kind.UNKNOWN))


def test_a_subnet_with_a_table_of_its_own_does_not_have_the_main_one() -> None:
    own = facts(GATEWAY, tables={MAIN: Table("rtb-1", (GATEWAY,)), "subnet-1": Table("rtb-2", (LOCAL,))})
    assert way_out(own, subnet()).kind is Kind.NONE
    assert way_out(own, subnet("subnet-2")).kind is Kind.GATEWAY


def test_a_gateway_needs_public_addresses_and_nat_does_not() -> None:
    assert reaches_internet(facts(GATEWAY), subnet(gives_public=True)).kind is Kind.GATEWAY
    assert reaches_internet(facts(GATEWAY), subnet()).kind is Kind.NONE
    assert "get no public address" in reaches_internet(facts(GATEWAY), subnet()).why
    assert reaches_internet(facts(NAT), subnet()).kind is Kind.NAT


@pytest.mark.parametrize(
    ("routes", "dns64", "kind"),
    [
        ((Route("::/0", "igw-1"),), False, Kind.NONE),
        ((Route("::/0", "igw-1"),), True, Kind.UNKNOWN),
        ((Route("64:ff9b::/96", "nat-1"),), True, Kind.UNKNOWN),
        ((Route("64:ff9b::/96", "nat-1", True),), True, Kind.NONE),
        ((), True, Kind.NONE),
    ],
)
def test_ipv6_alone_is_enough_only_where_it_is_translated(routes: tuple[Route, ...], dns64: bool, kind: Kind) -> None:
    way = way_out(facts(*routes), subnet(ipv6_only=True, dns64=dns64))
    assert way.kind is kind
    assert "only IPv6" in way.why


def test_of_a_subnet_of_another_account_what_is_not_shown_is_not_missing() -> None:
    theirs = subnet(owner=OTHER, gives_public=True)
    hidden = facts(tables={}, nats={}, endpoints=())
    assert way_out(hidden, theirs) == Way(Kind.UNKNOWN, f"account {OTHER} does not show its route table")
    assert way_out(facts(NAT, nats={}), theirs).kind is Kind.UNKNOWN
    assert way_out(facts(GATEWAY, block=INOUT), theirs).kind is Kind.GATEWAY  # what counts is the owner's block
    assert missing_endpoints(hidden, theirs) is None
    assert lets_in(facts(GATEWAY, block=INOUT), theirs)


def test_endpoints_count_by_service_and_a_gateway_only_for_its_route_tables() -> None:
    mine = tuple(Endpoint(name) for name in SERVICES if name != "s3")
    for s3, missing in (
        (Endpoint("s3", frozenset({"rtb-1"})), []),
        (Endpoint("s3"), []),
        (Endpoint("s3", frozenset({"rtb-9"})), ["s3"]),
    ):
        assert missing_endpoints(facts(endpoints=(*mine, s3)), subnet()) == missing
    assert missing_endpoints(facts(), subnet()) == list(SERVICES)
    assert missing_endpoints(facts(endpoints=None), subnet()) is None
    for dns in (Dns(support=False), Dns(hostnames=False)):  # AWS's names do not lead to them then
        assert missing_endpoints(facts(endpoints=mine, dns=dns), subnet()) == list(SERVICES)


def test_an_egress_only_exclusion_lets_nobody_in() -> None:
    for block, excluded, expected in (("off", {}, True), (INOUT, {"vpc-1": EGRESS}, False), (INOUT, {"vpc-1": BOTH}, True)):
        assert lets_in(facts(block=block, excluded=excluded), subnet()) is expected
    assert lets_in(facts(block=None), subnet())


def test_a_place_is_odd_unless_it_is_an_ordinary_zone_or_not_known() -> None:
    def place(kind: str, **given: Any) -> str:
        return odd_place(facts(zones={"us-east-1a": Zone(kind, "us-east-1")}), subnet(**given))

    assert place("availability-zone") == odd_place(facts(zones=None), subnet()) == odd_place(facts(), subnet()) == ""
    assert place("local-zone") == "in a local zone (us-east-1a)"
    assert place("wavelength-zone") == "in a Wavelength zone (us-east-1a)"
    assert place("availability-zone", outpost=True) == "on an Outpost"


def test_what_was_not_allowed_is_named_as_an_action() -> None:
    assert facts().unread == []
    known = replace(facts(), tables=None, excluded=None)
    assert known.unread == ["ec2:DescribeRouteTables", "ec2:DescribeVpcBlockPublicAccessExclusions"]
