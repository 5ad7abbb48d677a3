"""What AWS says about one VPC: its subnets and their zones, where their routes lead, what their network ACLs let pass, its
endpoints, its DNS, and what the account's VPC Block Public Access blocks. What may not be read is None. Nothing is decided
here.

Sources: EC2 API reference DescribeSubnets, DescribeRouteTables, DescribeNatGateways, DescribeVpcEndpoints,
DescribeAvailabilityZones, DescribeVpcBlockPublicAccessOptions, DescribeVpcBlockPublicAccessExclusions, DescribeNetworkAcls,
DescribeVpcAttribute, DescribeDhcpOptions, DescribeSecurityGroups; VPC user guide, VPC_Route_Tables (a subnet without a table
of its own has the VPC's main one), security-vpc-bpa, vpc-sharing, VPC_DHCP_Options.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bootstrap.core.account import Account
from bootstrap.core.integration import Ask
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.integrations.existing.network_acls import Acl, acl_of
from bootstrap.integrations.existing.vpc_endpoints import Endpoint, Way443, endpoints_of, ways_in_of
from bootstrap.permissions.denial import CODES
from bootstrap.resources.ec2 import shared as ec2

_READS = {
    "DescribeRouteTables": "where the routes of subnets lead",
    "DescribeNatGateways": "whether NAT gateways work",
    "DescribeVpcEndpoints": "which AWS services can be reached without the internet",
    "DescribeAvailabilityZones": "which subnets are in a local zone or a Wavelength zone",
    "DescribeVpcBlockPublicAccessOptions": "whether the account blocks access to the internet",
    "DescribeVpcBlockPublicAccessExclusions": "which networks are excluded from that block",
    "DescribeNetworkAcls": "what the network ACLs of subnets block",
    "DescribeVpcAttribute": "whether names resolve in the VPC",
    "DescribeDhcpOptions": "whether instances use DNS servers of your own",
    "DescribeSecurityGroups": "whether VPC endpoints let instances in",
}
_ARNS = {"DescribeVpcAttribute": f"{ec2.ARN}vpc/*"}
_WIDE = "the VPC may not be known beforehand"
LOOKS = (
    *(Permission("look", f"ec2:{action}", "*") for action in ("DescribeSubnets", "DescribeVpcs")),
    *(
        Permission("look", f"ec2:{action}", _ARNS.get(action, "*"), why=why, wide=_WIDE, optional=True)
        for action, why in _READS.items()
    ),
)
_UNREADABLE = (*sorted(CODES), "InvalidAction", "NotImplemented", "501")
"""The error codes when the caller lacks permission, or a partition or an emulator lacks the call."""
_DNS = ("enableDnsSupport", "enableDnsHostnames")
_AMAZON_DNS = ("AmazonProvidedDNS", "169.254.169.253")
MAIN = ""
"""The key of the VPC's main route table in `Facts.tables`; the other keys are ids of subnets with their own route table."""
_TARGETS = (
    "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "EgressOnlyInternetGatewayId", "LocalGatewayId",
    "CarrierGatewayId", "CoreNetworkArn", "OdbNetworkArn", "InstanceId", "NetworkInterfaceId", "GatewayId",
)  # fmt: skip
_LIVE_EXCLUSION = ("create-complete", "update-in-progress", "update-complete", "update-failed")


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """`owner` is an account, `free` counts addresses, `gives_public` says that instances get a public IPv4 address by
    default, `default` that AWS created it for its zone; `cidr` is its IPv4 network, "" if it has none."""

    id: str
    vpc: str
    zone: str
    owner: str
    free: int
    cidr: str = ""
    gives_public: bool = False
    default: bool = False
    ipv6_only: bool = False
    dns64: bool = False
    outpost: bool = False
    available: bool = True


class Route(NamedTuple):
    """`to` is a CIDR or the id of a prefix list, `target` the id of the resource it leads to, or "local" within the VPC."""

    to: str
    target: str
    blackhole: bool = False


@dataclass(frozen=True)
class Table:
    id: str
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Nat:
    """A NAT gateway. One for the whole VPC (a regional NAT gateway) has the subnet ""."""

    subnet: str = ""
    state: str = "available"
    public: bool = True


class Zone(NamedTuple):
    """`kind` in AWS's words ("availability-zone", "local-zone"); `border_group` says where its public addresses come
    from."""

    ""

    kind: str
    border_group: str


class Dns(NamedTuple):
    """The attributes enableDnsSupport and enableDnsHostnames of a VPC."""

    support: bool = True
    hostnames: bool = True


@dataclass(frozen=True, kw_only=True)
class Facts:
    """`tables` are by the id of a subnet or MAIN, `zones` by name. `block` is "off", "block-ingress" or
    "block-bidirectional"; `excluded` says by the id of a VPC or subnet what stays open ("allow-bidirectional",
    "allow-egress"). `acls` are by the id of a subnet, `own_servers` are DNS servers that instances use instead of Amazon's,
    `groups` say by the id of a security group from where it lets TCP in to port 443, and `group_names` are their ids by
    name."""

    account: Account
    subnets: Mapping[str, Subnet]
    tables: Mapping[str, Table] | None = field(default_factory=dict)
    nats: Mapping[str, Nat] | None = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] | None = ()
    zones: Mapping[str, Zone] | None = field(default_factory=dict)
    block: str | None = "off"
    excluded: Mapping[str, str] | None = field(default_factory=dict)
    acls: Mapping[str, Acl] | None = field(default_factory=dict)
    dns: Dns | None = field(default_factory=Dns)
    own_servers: tuple[str, ...] | None = ()
    groups: Mapping[str, tuple[Way443, ...]] | None = field(default_factory=dict)
    group_names: Mapping[str, str] = field(default_factory=dict)

    def table_of(self, subnet: Subnet) -> Table | None:
        """None if it is not known: not readable, or the main table of another account's VPC."""
        return None if self.tables is None else self.tables.get(subnet.id, self.tables.get(MAIN))

    def is_shared(self, subnet: Subnet) -> bool:
        """Whether another account shares it with this one. This account does not see the other's gateways and endpoints."""
        return subnet.owner != self.account.id

    @property
    def unread(self) -> list[str]:
        """The actions that were not allowed."""
        found = (self.tables, self.nats, self.endpoints, self.zones, self.block, self.excluded)
        more = (self.acls, self.dns, self.own_servers, self.groups)
        return [f"ec2:{action}" for action, answer in zip(_READS, (*found, *more), strict=True) if answer is None]


def read_facts(account: Account, vpc: str, ask: Ask) -> Facts:
    """Reads everything in one round of calls. Raises the SDK's error if even the subnets may not be read."""
    of_vpc = {"vpc-id": (vpc,)}
    subnets, tables, nats, endpoints, zones, block, excluded, acls, vpcs, options, groups, *dns = ask(
        Query("ec2", "describe_subnets", ec2.filters(of_vpc)),
        Query("ec2", "describe_route_tables", ec2.filters(of_vpc), _UNREADABLE),
        Query("ec2", "describe_nat_gateways", {"Filter": ec2.filters(of_vpc)["Filters"]}, _UNREADABLE),
        Query("ec2", "describe_vpc_endpoints", ec2.filters(of_vpc), _UNREADABLE),
        Query("ec2", "describe_availability_zones", {}, _UNREADABLE),
        Query("ec2", "describe_vpc_block_public_access_options", {}, _UNREADABLE),
        Query("ec2", "describe_vpc_block_public_access_exclusions", {}, _UNREADABLE),
        Query("ec2", "describe_network_acls", ec2.filters(of_vpc), _UNREADABLE),
        Query("ec2", "describe_vpcs", ec2.filters(of_vpc)),
        Query("ec2", "describe_dhcp_options", {}, _UNREADABLE),
        Query("ec2", "describe_security_groups", ec2.filters(of_vpc), (*_UNREADABLE, "InvalidGroup.NotFound")),
        *(Query("ec2", "describe_vpc_attribute", {"VpcId": vpc, "Attribute": name}, _UNREADABLE) for name in _DNS),
    )
    return Facts(
        account=account,
        subnets={item["SubnetId"]: _subnet(item, account) for item in subnets["Subnets"]},
        tables=tables and dict(pair for item in tables["RouteTables"] for pair in _tables(item)),
        nats=nats and {item["NatGatewayId"]: _nat(item) for item in nats["NatGateways"]},
        endpoints=endpoints and tuple(endpoints_of(endpoints["VpcEndpoints"], account.region)),
        zones=zones and {item["ZoneName"]: _zone(item, account) for item in zones["AvailabilityZones"]},
        block=block and block["VpcBlockPublicAccessOptions"].get("InternetGatewayBlockMode", "off"),
        excluded=excluded
        and {
            item["ResourceArn"].rpartition("/")[2]: item["InternetGatewayExclusionMode"]
            for item in excluded["VpcBlockPublicAccessExclusions"]
            if item.get("State") in _LIVE_EXCLUSION
        },
        acls=acls
        and {
            association["SubnetId"]: acl
            for item in acls["NetworkAcls"]
            for acl in [acl_of(item)]
            for association in item["Associations"]
        },
        dns=Dns(*(item[name[0].upper() + name[1:]]["Value"] for name, item in zip(_DNS, dns, strict=True)))
        if all(dns)
        else None,
        own_servers=options
        and tuple(_own_servers(options["DhcpOptions"], {item["DhcpOptionsId"] for item in vpcs["Vpcs"]})),
        groups=groups and {item["GroupId"]: ways_in_of(item) for item in groups["SecurityGroups"]},
        group_names={item["GroupName"]: item["GroupId"] for item in (groups or {"SecurityGroups": ()})["SecurityGroups"]},
    )


def _subnet(item: Mapping[str, Any], account: Account) -> Subnet:
    return Subnet(
        id=item["SubnetId"],
        vpc=item["VpcId"],
        zone=item["AvailabilityZone"],
        owner=item.get("OwnerId", account.id),
        free=item["AvailableIpAddressCount"],
        cidr=item.get("CidrBlock", ""),
        gives_public=item.get("MapPublicIpOnLaunch", False),
        default=item.get("DefaultForAz", False),
        ipv6_only=item.get("Ipv6Native", False),
        dns64=item.get("EnableDns64", False),
        outpost=bool(item.get("OutpostArn")),
        available=item["State"] == "available",
    )


def _tables(item: Mapping[str, Any]) -> Iterator[tuple[str, Table]]:
    table = Table(item["RouteTableId"], tuple(map(_route, item["Routes"])))
    for association in item["Associations"]:
        if association.get("Main"):
            yield MAIN, table
        elif association.get("SubnetId"):  # else it is a gateway's
            yield association["SubnetId"], table


def _route(item: Mapping[str, Any]) -> Route:
    """A route through an instance names both the instance and its network interface, one through an endpoint has a
    GatewayId."""
    to = next((item[key] for key in item if key.startswith("Destination") and item[key]), "")
    target = next((item[key] for key in _TARGETS if item.get(key)), "")
    return Route(to, target, item.get("State") == "blackhole")


def _nat(item: Mapping[str, Any]) -> Nat:
    return Nat(
        subnet=item.get("SubnetId") or "",
        state=item["State"],
        public=item.get("ConnectivityType", "public") == "public",
    )


def _own_servers(items: list[Mapping[str, Any]], used: Collection[str]) -> Iterator[str]:
    for item in items:
        for option in item["DhcpConfigurations"] if item["DhcpOptionsId"] in used else ():
            if option["Key"] == "domain-name-servers":
                yield from (value["Value"] for value in option["Values"] if value["Value"] not in _AMAZON_DNS)


def _zone(item: Mapping[str, Any], account: Account) -> Zone:
    return Zone(item.get("ZoneType", "availability-zone"), item.get("NetworkBorderGroup") or account.region)
