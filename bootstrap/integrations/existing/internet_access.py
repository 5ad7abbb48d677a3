"""Whether the instances of a subnet reach the internet, or at least the AWS services that Batch needs. Pure: decides on what
`network_facts` read.

The answer is "none" only if it is certain; routes into other networks are "unknown".
Sources: VPC user guide, VPC_Route_Tables, VPC_Internet_Gateway, vpc-nat-gateway (a public one needs a subnet with a route to
an internet gateway, which drops packets from a private one), security-vpc-bpa (ingress-only leaves NAT gateways open; an
egress-only exclusion counts with a bidirectional block only), vpc-share-limitations, AmazonDNS-concepts (without
enableDnsSupport Amazon's DNS server does not answer); VPC PrivateLink guide, create-interface-endpoint and gateway-endpoints
(AWS's names lead to endpoints only with both DNS attributes); ECS developer guide, vpc-endpoints; Batch user guide,
vpc-endpoint-considerations; Systems Manager user guide, setup-create-vpc (ssm and ssmmessages; old agents also use
ec2messages).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from ipaddress import ip_network
from typing import NamedTuple

from bootstrap.core.account import Account
from bootstrap.integrations.existing.network_acls import EVERYWHERE, TRANSLATED, Flow, asking, passing_on, stop_of
from bootstrap.integrations.existing.network_facts import Facts, Nat, Route, Subnet

_IMAGES = "images"
SERVICES: Mapping[str, str] = {
    **dict.fromkeys(("ecs", "ecs-agent", "ecs-telemetry"), "joining the cluster"),
    **dict.fromkeys(("ecr.api", "ecr.dkr"), _IMAGES),
    "logs": "the output of jobs",
    "s3": "files and image layers",
}
"""The VPC endpoints that Batch's instances need if they cannot reach the internet (the ends of their names), and what
for."""
""
VM_SERVICES: Mapping[str, str] = {
    **dict.fromkeys(("ssm", "ssmmessages"), "Session Manager"),
    "batch": "submitting jobs",
    **dict.fromkeys(("ecr.api", "ecr.dkr"), _IMAGES),
    "logs": "the output of failed jobs",
    "s3": "files and image layers",
}
"""The same for the VM."""
_HALVES = ("0.0.0.0/1", "128.0.0.0/1")
_MOST_NAMED = 6
_OTHER_NETWORKS = {
    "tgw": "a transit gateway",
    "pcx": "a VPC peering connection",
    "vgw": "a VPN",
    "vpce": "a firewall or another appliance",
    "eni": "an instance that must forward it",
    "i": "an instance that must forward it",
    "lgw": "the local network of an Outpost",
    "cagw": "the network of a mobile carrier",
    "arn": "a core network",
}


class Kind(StrEnum):
    GATEWAY = "gateway"
    """An internet gateway: instances need their own public address."""
    NAT = "nat"
    UNKNOWN = "unknown"
    NONE = "none"


class Way(NamedTuple):
    """How instances of a subnet reach the internet. If `kind` is unknown or none, `why` ends a sentence about the subnet;
    `fix` says what opens it, if that is not a route."""

    kind: Kind
    why: str = ""
    fix: str = ""


def way_out(facts: Facts, subnet: Subnet) -> Way:
    """Where packets to the internet go (IPv4, which the endpoints of ECS, S3 and the other services use)."""
    table = facts.table_of(subnet)
    if table is None:
        owner = f"account {subnet.owner} does not show its route table"
        return Way(Kind.UNKNOWN, owner if facts.is_shared(subnet) else "you may not read its route table")
    if subnet.ipv6_only:
        leads = any(route.to in ("::/0", TRANSLATED) and not route.blackhole for route in table.routes)
        if subnet.dns64 and leads:
            return Way(Kind.UNKNOWN, "it has only IPv6, so everything depends on the translation to IPv4 (DNS64)")
        return Way(Kind.NONE, "it has only IPv6, but AWS's endpoints have IPv4 addresses")
    ways = [_target(facts, subnet, route) for route in _default(table.routes)]
    if not ways:
        return _partly(table.routes)
    return ways[0] if len({way.kind for way in ways}) == 1 else Way(Kind.UNKNOWN, "its default route is split in two")


def reaches_internet(facts: Facts, subnet: Subnet, *, public_address: bool = False, ports: Sequence[int] = (443,)) -> Way:
    """How instances reach these TCP ports on the internet. With `public_address` they get one even if the subnet assigns
    none."""
    way = way_out(facts, subnet)
    if way.kind is Kind.NONE:
        return way
    if way.kind is Kind.GATEWAY and not (subnet.gives_public or public_address):
        why = "its instances get no public address, which its route to an internet gateway requires"
        return Way(Kind.NONE, why, f"To let {subnet.id} assign public addresses: {_turn_on(facts.account, subnet.id)}")
    found = [each for each in (_names(facts, subnet), *_filters(facts, subnet, way, ports)) if each]
    closed = [each for each in found if each.kind is Kind.NONE]
    return (closed or ([way] if way.kind is Kind.UNKNOWN else []) or found or [way])[0]


def stopped_by_acl(facts: Facts, subnet: Subnet, flows: Iterable[Flow]) -> Way | None:
    """How the network ACL of the subnet blocks these flows, if it is known to block any."""
    acl = (facts.acls or {}).get(subnet.id)
    if acl is None or (stop := stop_of(acl, flows)) is None:
        return None
    kind, how = (Kind.NONE, "lets no") if stop.whole else (Kind.UNKNOWN, "lets only some")
    return Way(kind, f"its network ACL {acl.id} {how} {stop.flow}", f"Change network ACL {acl.id} to let {stop.flow} pass.")


def missing_endpoints(facts: Facts, subnet: Subnet, services: Iterable[str] = SERVICES) -> list[str] | None:
    """Which of these AWS services have no VPC endpoint for the subnet; None if that is not known."""
    if facts.endpoints is None or facts.is_shared(subnet):
        return None
    table, resolves = facts.table_of(subnet), facts.dns is None or all(facts.dns)
    found = {each.service for each in facts.endpoints if each.tables is None or (table and table.id in each.tables)}
    return [name for name in services if name not in found or not resolves]


def lets_in(facts: Facts, subnet: Subnet) -> bool:
    """Whether VPC Block Public Access lets connections from the internet in, as far as known."""
    return facts.is_shared(subnet) or facts.block in (None, "off") or _excluded(facts, subnet) == "allow-bidirectional"


def _names(facts: Facts, subnet: Subnet) -> Way | None:
    if facts.dns is None or facts.dns.support or facts.own_servers:
        return None
    why = "names do not resolve in its VPC: enableDnsSupport is off"
    if facts.own_servers is None:
        return Way(Kind.UNKNOWN, f"{why}, and you may not read whether it has its own DNS servers")
    flags = ["--enable-dns-support", "Value=true"]
    turn_on = facts.account.aws("ec2", "modify-vpc-attribute", vpc_id=subnet.vpc, flags=flags)
    return Way(Kind.NONE, why, f"To let names resolve in {subnet.vpc}: {turn_on}")


def _filters(facts: Facts, subnet: Subnet, way: Way, ports: Sequence[int]) -> Iterator[Way | None]:
    """The network ACLs on the way: that of the subnet, and that of the NAT gateway's subnet."""
    yield stopped_by_acl(facts, subnet, asking(ports, TRANSLATED if subnet.ipv6_only else EVERYWHERE))
    table = facts.table_of(subnet)
    route = next(iter(_default(table.routes)), None) if table else None
    nat = (facts.nats or {}).get(route.target) if route and way.kind is Kind.NAT else None
    behind = facts.subnets.get(nat.subnet) if nat else None
    if route and behind and subnet.cidr and (stop := stopped_by_acl(facts, behind, passing_on(ports, subnet.cidr))):
        yield stop._replace(why=f"it goes out through {route.target} in {behind.id}, and {stop.why}")


def _turn_on(account: Account, subnet: str) -> str:
    flags = ["--map-public-ip-on-launch"]
    return account.aws("ec2", "modify-subnet-attribute", subnet_id=subnet, flags=flags)


def _default(routes: Sequence[Route]) -> list[Route]:
    """The default routes. More specific routes win, as in a VPC."""
    by_destination = {route.to: route for route in routes}
    halves = [by_destination[each] for each in _HALVES if each in by_destination]
    return halves if len(halves) == len(_HALVES) else [route for route in routes if route.to == EVERYWHERE]


def _partly(routes: Iterable[Route]) -> Way:
    """For a table without a default route: another network may have AWS's endpoints, or a proxy."""
    for route in routes:
        if route.blackhole or route.target == "local" or ":" in route.to:
            continue
        if route.to.startswith("pl-") and route.target.startswith("vpce-"):  # S3 or DynamoDB
            continue
        if words := _network(route.target):
            return Way(Kind.UNKNOWN, f"it has no default route, only one through {words} ({route.target})")
        if route.to.startswith("pl-") or ip_network(route.to).is_global:
            return Way(Kind.UNKNOWN, f"it has no default route, only one to {route.to}")
    return Way(Kind.NONE, "it has no default route")


def _network(target: str) -> str:
    return _OTHER_NETWORKS.get(target.replace(":", "-").partition("-")[0], "")


def _target(facts: Facts, subnet: Subnet, route: Route) -> Way:
    to = f"its default route goes to {route.target}"
    if route.blackhole:
        return Way(Kind.NONE, f"{to}, which is detached or deleted (a blackhole)")
    if route.target.startswith("igw-"):
        if facts.is_shared(subnet) or _gateway_open(facts, subnet):
            return Way(Kind.GATEWAY)
        return Way(Kind.NONE, f"VPC Block Public Access ({facts.block}) blocks its internet gateway")
    if route.target.startswith("nat-"):
        return _through_nat(facts, subnet, route.target, to)
    if words := _network(route.target):
        return Way(Kind.UNKNOWN, f"its default route goes through {words} ({route.target})")
    return Way(Kind.UNKNOWN, to)


def _through_nat(facts: Facts, subnet: Subnet, name: str, to: str) -> Way:
    nat = facts.nats.get(name) if facts.nats is not None else None
    if nat is None:
        seen = facts.nats is not None and not facts.is_shared(subnet)
        return Way(Kind.NONE, f"{to}, which is deleted") if seen else Way(Kind.UNKNOWN, f"{to}, which is not shown")
    if nat.state == "pending":
        return Way(Kind.UNKNOWN, f"{to}, which is still being created")
    if nat.state != "available":
        return Way(Kind.NONE, f"{to}, which is {nat.state}")
    behind = facts.subnets.get(nat.subnet)
    if not facts.is_shared(subnet) and not _nat_open(facts, subnet, nat):
        return Way(Kind.NONE, f"VPC Block Public Access ({facts.block}) blocks {name}")
    table = facts.table_of(behind) if behind else None
    if not table:  # a regional NAT gateway has its own table, in which AWS maintains the route
        regional = nat.public and not nat.subnet
        return Way(Kind.NAT) if regional else Way(Kind.UNKNOWN, f"{to}, and where that leads is not shown")
    onward = _default(table.routes)
    to_gateway = [route.target.startswith("igw-") and not route.blackhole for route in onward]
    if nat.public and onward and all(to_gateway):
        return Way(Kind.NAT)
    if not nat.public and any(to_gateway):
        return Way(Kind.NONE, f"{to}, a private NAT gateway, whose packets an internet gateway drops")
    if any(_network(route.target) and not route.blackhole for route in (onward or table.routes)):
        return Way(Kind.UNKNOWN, f"{to}, and from there through another network")
    return Way(Kind.NONE, f"{to}, whose own subnet {nat.subnet} has no route to an internet gateway")


def _gateway_open(facts: Facts, subnet: Subnet) -> bool:
    if facts.block in (None, "off"):
        return True
    excluded = _excluded(facts, subnet)
    return excluded == "allow-bidirectional" or (excluded == "allow-egress" and facts.block == "block-bidirectional")


def _nat_open(facts: Facts, subnet: Subnet, nat: Nat) -> bool:
    of_nat = facts.subnets.get(nat.subnet)
    return facts.block != "block-bidirectional" or any(_excluded(facts, each) for each in (subnet, of_nat) if each)


def _excluded(facts: Facts, subnet: Subnet) -> str:
    """How the subnet is excluded from the block; its own exclusion comes before that of its VPC. If exclusions may not be
    read, it counts as fully excluded."""
    if facts.excluded is None:
        return "allow-bidirectional"
    return facts.excluded.get(subnet.id) or facts.excluded.get(subnet.vpc, "")


def odd_place(facts: Facts, subnet: Subnet) -> str:
    """Where the subnet is, if it is known not to be in an ordinary zone of the region: "in a local zone (...)", else ""."""
    zone = (facts.zones or {}).get(subnet.zone)
    if subnet.outpost:
        return "on an Outpost"
    if zone is None or zone.kind == "availability-zone":
        return ""
    return f"in a {_ZONES.get(zone.kind, zone.kind)} ({subnet.zone})"


_ZONES = {"local-zone": "local zone", "wavelength-zone": "Wavelength zone"}


def by_reason(found: Iterable[tuple[str, str]]) -> Iterator[tuple[list[str], str]]:
    """(subnets, why) from (subnet, why) pairs: subnets with the same reason together."""
    names: dict[str, list[str]] = {}
    for subnet, why in found:
        names.setdefault(why, []).append(subnet)
    yield from ((subnets, why) for why, subnets in names.items())


def listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
