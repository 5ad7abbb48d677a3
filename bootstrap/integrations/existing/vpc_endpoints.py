"""VPC endpoints, and what their security groups and policies let pass. An interface endpoint with private DNS takes over the
names of its service in the whole VPC, a gateway endpoint the addresses of S3 in its route tables. So an endpoint that lets
nothing pass blocks a service that could otherwise be reached through the internet. Pure.

Sources: VPC PrivateLink guide, create-interface-endpoint (security groups, private DNS), vpc-endpoints-access (without a
custom policy, everything is allowed), gateway-endpoints; EC2 API reference DescribeVpcEndpoints, DescribeSecurityGroups.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from typing import Any, NamedTuple

_HTTPS = 443
_ALL_OF_IT = ("*", ["*"], {"AWS": "*"}, {"AWS": ["*"]})


class Endpoint(NamedTuple):
    """An available VPC endpoint: the end of its service's name ("ecr.api"), for a gateway endpoint its route tables, for an
    interface endpoint its security groups, and whether its policy `denies_all`."""

    service: str
    tables: frozenset[str] | None = None
    id: str = ""
    groups: tuple[str, ...] = ()
    denies_all: bool = False


class Way443(NamedTuple):
    """A source from which a security group lets TCP in to port 443: a CIDR, another group, or a prefix list (neither)."""

    cidr: str = ""
    group: str = ""


def endpoints_of(items: Iterable[Mapping[str, Any]], region: str) -> Iterator[Endpoint]:
    """`items` are entries of DescribeVpcEndpoints."""
    for item in items:
        if item["State"].lower() == "available":
            gateway = item.get("VpcEndpointType", "Gateway").lower() == "gateway"
            if not gateway and not item.get("PrivateDnsEnabled", True):
                continue  # AWS's own names do not lead to it
            yield Endpoint(
                service=item["ServiceName"].rpartition(f".{region}.")[2],
                tables=frozenset(item.get("RouteTableIds", ())) if gateway else None,
                id=item["VpcEndpointId"],
                groups=tuple(group["GroupId"] for group in item.get("Groups", ())),
                denies_all=_denies_all(item.get("PolicyDocument") or ""),
            )


def ways_in_of(group: Mapping[str, Any]) -> tuple[Way443, ...]:
    """`group` is an entry of DescribeSecurityGroups. IPv6 is ignored: the names of AWS's endpoints have IPv4 addresses."""
    found: list[Way443] = []
    for rule in group["IpPermissions"]:
        every_port = rule["IpProtocol"] == "-1"
        if every_port or (rule["IpProtocol"] == "tcp" and rule["FromPort"] <= _HTTPS <= rule["ToPort"]):
            found += [Way443(cidr=each["CidrIp"]) for each in rule.get("IpRanges", ())]
            found += [Way443(group=each["GroupId"]) for each in rule.get("UserIdGroupPairs", ()) if each.get("GroupId")]
            found += [Way443() for _ in rule.get("PrefixListIds", ())]
    return tuple(found)


def shut_out(endpoint: Endpoint, ways: Iterable[Way443], cidr: str) -> bool | None:
    """Whether the groups of the endpoint, with these sources, block instances of the network `cidr`; None if that depends on
    the instance. Our instances are in none of the endpoint's own groups."""
    network = ip_network(cidr)
    others = [way for way in ways if way.group not in endpoint.groups or not way.group]
    nets = [ip_network(way.cidr, strict=False) for way in others if way.cidr]
    if any(network.version == net.version and network.subnet_of(net) for net in nets):  # type: ignore[arg-type]
        return False
    unclear = any(not way.cidr for way in others) or any(network.overlaps(net) for net in nets)
    return None if unclear else True


def _denies_all(policy: str) -> bool:
    """Whether the policy of an endpoint allows nothing; a policy that cannot be parsed counts as open."""
    try:
        listed = json.loads(policy)["Statement"]
        statements = [listed] if isinstance(listed, dict) else listed
        allows = [item for item in statements if item["Effect"] == "Allow"]
        denied = [item for item in statements if item["Effect"] == "Deny" and not item.get("Condition")]
        return not allows or any(_is_all(item) for item in denied)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _is_all(statement: Mapping[str, Any]) -> bool:
    return all(statement.get(part) in _ALL_OF_IT for part in ("Principal", "Action", "Resource"))
