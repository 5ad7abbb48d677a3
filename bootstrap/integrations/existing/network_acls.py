"""What the network ACL of a subnet blocks. An ACL is stateless: replies need a rule of their own, for the ports from which
the connection came. Pure.

Source: VPC user guide, nacl-rules (the matching rule with the lowest number decides), nacl-ephemeral-ports (Linux connects
from ports 32768 to 60999, a NAT gateway from 1024 to 65535), vpc-network-acls (Amazon's DNS, DHCP and metadata always pass).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any, NamedTuple, TypeVar

EVERYWHERE = "0.0.0.0/0"
TRANSLATED = "64:ff9b::/96"
"""The IPv6 addresses that stand for IPv4 addresses in an IPv6-only subnet. Source: VPC user guide,
nat-gateway-nat64-dns64."""
""
LINUX, ANY_CLIENT = (32768, 60999), (1024, 65535)
"""The ports from which connections start, and at which their replies arrive."""
_TCP, _ALL = "6", "-1"
_LAST_PORT = 65535
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))


_Network = TypeVar("_Network", IPv4Network, IPv6Network)


class Rule(NamedTuple):
    """A rule for TCP. `other` is the CIDR at the other end, IPv4 or IPv6."""

    number: int
    allows: bool
    outbound: bool
    other: str = EVERYWHERE
    first: int = 0
    last: int = _LAST_PORT


class Acl(NamedTuple):
    id: str
    rules: tuple[Rule, ...]


class Flow(NamedTuple):
    """TCP that must pass, to or from the addresses `other`."""

    outbound: bool
    ports: tuple[int, int]
    other: str = EVERYWHERE

    def __str__(self) -> str:
        first, last = self.ports
        ports = f"port {first}" if first == last else f"ports {first}-{last}"
        ends = ("out to", "to") if self.outbound else ("in at", "from")
        return f"TCP {ends[0]} {ports}" + (f" {ends[1]} {self.other}" if self.other != EVERYWHERE else "")


class Stop(NamedTuple):
    """What an ACL blocks. With `whole` nothing passes; otherwise it depends on the address or the port."""

    acl: str
    flow: Flow
    whole: bool


def asking(ports: Iterable[int] = (443,), other: str = EVERYWHERE) -> tuple[Flow, ...]:
    """What instances that connect to `other` (the internet) at these ports need in their own subnet."""
    return (*(Flow(True, (port, port), other) for port in ports), Flow(False, LINUX, other))


def passing_on(ports: Iterable[int], subnet: str) -> tuple[Flow, ...]:
    """What a NAT gateway needs in its subnet for instances of another network, `subnet`."""
    found = [Flow(outbound, (port, port), end) for port in ports for outbound, end in ((False, subnet), (True, EVERYWHERE))]
    return (*found, Flow(False, ANY_CLIENT), Flow(True, LINUX, subnet))


def answering(port: int, clients: str) -> tuple[Flow, ...]:
    """What an instance needs to which `clients` connect."""
    return (Flow(False, (port, port), clients), Flow(True, ANY_CLIENT, clients))


def stop_of(acl: Acl, flows: Iterable[Flow]) -> Stop | None:
    """The first of these flows that is blocked completely, else the first that is blocked partly."""
    found = [Stop(acl.id, flow, not most) for flow in flows for least, most in [_shares(acl.rules, flow)] if least <= 0.5]
    return next((item for item in found if item.whole), found[0] if found else None)


def acl_of(item: Mapping[str, Any]) -> Acl:
    """`item` is an entry of DescribeNetworkAcls."""
    return Acl(item["NetworkAclId"], tuple(_rules(item["Entries"])))


def _rules(entries: Iterable[Mapping[str, Any]]) -> Iterator[Rule]:
    for item in sorted(entries, key=lambda item: int(item["RuleNumber"])):
        ports = item.get("PortRange") if item["Protocol"] == _TCP else None
        other = item.get("CidrBlock") or item.get("Ipv6CidrBlock")
        if item["Protocol"] in (_TCP, _ALL) and other:
            first, last = (ports or {}).get("From", 0), (ports or {}).get("To", _LAST_PORT)
            allows = item["RuleAction"] == "allow"
            yield Rule(int(item["RuleNumber"]), allows, item["Egress"], other, first, last)


def _shares(rules: Sequence[Rule], flow: Flow) -> tuple[float, float]:
    """The share of addresses at the other end that pass: at the port where fewest do, and where most do."""
    ipv6 = ":" in flow.other
    ours = [rule for rule in rules if rule.outbound == flow.outbound and (":" in rule.other) == ipv6]
    first, last = flow.ports
    edges = {first, *(edge for rule in ours for edge in (rule.first, rule.last + 1) if first <= edge <= last)}
    at_ports = [[rule for rule in ours if rule.first <= port <= rule.last] for port in edges]
    found = [_share(each, flow.other, IPv6Network) if ipv6 else _share(each, flow.other, IPv4Network) for each in at_ports]
    return min(found), max(found)


def _share(rules: Iterable[Rule], other: str, network: type[_Network]) -> float:
    """The first matching rule decides on an address. Private addresses are not part of the internet: rules for them open
    nothing."""
    whole = network(other)
    left, passes = [whole], 0
    for rule in rules:
        net = network(rule.other, strict=False)
        met = [min(each, net, key=lambda item: item.num_addresses) for each in left if each.overlaps(net)]
        left = [part for each in left for part in _without(each, net)]
        passes += sum(each.num_addresses for each in met if rule.allows and not _is_inside(each, other))
    return passes / whole.num_addresses


def _is_inside(network: IPv4Network | IPv6Network, other: str) -> bool:
    return other == EVERYWHERE and isinstance(network, IPv4Network) and any(network.subnet_of(each) for each in _PRIVATE)


def _without(network: _Network, other: _Network) -> Iterable[_Network]:
    if not network.overlaps(other):
        return (network,)
    return () if other.supernet_of(network) else network.address_exclude(other)
