"""VPC endpoints, and what their security groups and policies let pass. An interface endpoint with private DNS takes over the
names of its service in the whole VPC, a gateway endpoint the addresses of S3 in its route tables. So an endpoint that lets
nothing pass blocks a service that could otherwise be reached through the internet. Pure.

Sources: VPC PrivateLink guide, create-interface-endpoint (security groups, private DNS), vpc-endpoints-access (without a
custom policy, everything is allowed), gateway-endpoints; EC2 API reference DescribeVpcEndpoints, DescribeSecurityGroups.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_network
from typing import Any, NamedTuple

from bootstrap.core.policy import as_list
from bootstrap.permissions.wildcards import Patterns, matches

_HTTPS = 443
_ALL_OF_IT = ("*", ["*"], {"AWS": "*"}, {"AWS": ["*"]})


class Endpoint(NamedTuple):
    """An available VPC endpoint: the end of its service's name ("ecr.api"), for a gateway endpoint its route tables, for an
    interface endpoint its security groups, and the statements of its policy (None if it cannot be parsed)."""

    service: str
    tables: frozenset[str] | None = None
    id: str = ""
    groups: tuple[str, ...] = ()
    policy: tuple[Mapping[str, Any], ...] | None = None

    @property
    def denies_all(self) -> bool:
        """Whether its policy allows nothing; a policy that cannot be parsed counts as open."""
        if self.policy is None:
            return False
        denied = [item for item in self.policy if item["Effect"] == "Deny" and not item.get("Condition")]
        return not _with_effect(self.policy, "Allow") or any(_is_all(item) for item in denied)

    def lets_read(self, place: str) -> bool | None:
        """Whether its policy lets everybody read objects whose ARNs match the pattern `place`; None if only some people, or
        under conditions."""
        if self.policy is None:
            return True
        allowed = [item for item in _with_effect(self.policy, "Allow") if _is_about(item, place, whole=False)]
        denied = [item for item in _with_effect(self.policy, "Deny") if _is_about(item, place, whole=True)]
        if not allowed or any(map(_is_for_everybody, denied)):
            return False
        return True if any(map(_is_for_everybody, allowed)) else None


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
                policy=_statements(item.get("PolicyDocument") or ""),
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


def shut_out(ways: Iterable[Way443], cidr: str, group: str = "") -> bool | None:
    """Whether security groups with these sources block instances of the network `cidr` that are in `group` and in no other
    group ("": in one that does not exist yet, so no source can name it); None if that depends on the instance."""
    network, ways = ip_network(cidr), list(ways)
    nets = [ip_network(way.cidr, strict=False) for way in ways if way.cidr]
    inside = any(network.version == net.version and network.subnet_of(net) for net in nets)  # type: ignore[arg-type]
    if inside or (group and any(way.group == group for way in ways)):
        return False
    unclear = any(way == Way443() for way in ways) or any(network.overlaps(net) for net in nets)
    return None if unclear else True


def _statements(policy: str) -> tuple[Mapping[str, Any], ...] | None:
    try:
        listed = json.loads(policy)["Statement"]
        statements = tuple([listed] if isinstance(listed, dict) else listed)
        return statements if all(item["Effect"] in ("Allow", "Deny") for item in statements) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _with_effect(statements: Iterable[Mapping[str, Any]], effect: str) -> list[Mapping[str, Any]]:
    return [item for item in statements if item["Effect"] == effect]


def _is_about(statement: Mapping[str, Any], place: str, *, whole: bool) -> bool:
    """Whether it is about reading objects in the `place`: in the `whole` of it, or in a part."""

    def has(part: str, covers: Callable[[str], bool]) -> bool:
        named = [covers(str(each)) for each in as_list(statement.get(part, statement.get(f"Not{part}", "*")))]
        return any(named) is (f"Not{part}" not in statement)

    def covers(pattern: str) -> bool:
        return matches(pattern, place) if whole or "NotResource" in statement else bool(Patterns((pattern,)).meeting(place))

    return has("Action", lambda pattern: matches(pattern.lower(), "s3:getobject")) and has("Resource", covers)


def _is_for_everybody(statement: Mapping[str, Any]) -> bool:
    return statement.get("Principal") in _ALL_OF_IT and not statement.get("Condition")


def _is_all(statement: Mapping[str, Any]) -> bool:
    return all(statement.get(part) in _ALL_OF_IT for part in ("Principal", "Action", "Resource"))
