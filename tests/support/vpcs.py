"""A VPC of one's own in moto, with subnets of each kind."""

from typing import Any

import pytest
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend, Zone

_LOCAL = "us-east-1-bos-1a"


class Vpc:
    """Made with an internet gateway, to which its main route table leads. A subnet is private and has the main table unless
    more is said."""

    def __init__(self, ec2: Any, patch: pytest.MonkeyPatch) -> None:
        self.ec2, self._patch, self._made = ec2, patch, 0
        self.id = str(ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"])
        self.gateway = str(ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.id)
        tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.id]}])["RouteTables"]
        self._lead(tables[0]["RouteTableId"], {"GatewayId": self.gateway})
        self._tables: dict[str, str] = {}
        self.nat_subnet = ""

    def subnet(self, *, public: bool = False, zone: str = "us-east-1a", routes: dict[str, str] | None = None) -> str:
        """`public` gives addresses to machines; `routes` is what the default route of its own table leads to, or {}."""
        cidr = f"10.9.{self._made}.0/24"
        self._made += 1
        made = self.ec2.create_subnet(VpcId=self.id, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        self.ec2.modify_subnet_attribute(SubnetId=made, MapPublicIpOnLaunch={"Value": public})
        if routes is not None:
            table = self.ec2.create_route_table(VpcId=self.id)["RouteTable"]["RouteTableId"]
            self.ec2.associate_route_table(RouteTableId=table, SubnetId=made)
            self._tables[made] = table
            if routes:
                self._lead(table, routes)
        return str(made)

    def nat(self) -> str:
        """A NAT gateway, in a subnet `nat_subnet` that gives no public addresses."""
        self.nat_subnet = self.subnet()
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = self.ec2.create_nat_gateway(SubnetId=self.nat_subnet, AllocationId=address)
        return str(made["NatGateway"]["NatGatewayId"])

    def local_zone(self) -> str:
        """The name of a local zone that the region has from now on."""
        zone = Zone(name=_LOCAL, region_name="us-east-1", zone_id="use1-bos1-az1", zone_type="local-zone")
        zones = [*RegionsAndZonesBackend.zones["us-east-1"], zone]
        self._patch.setitem(RegionsAndZonesBackend.zones, "us-east-1", zones)
        groups = property(lambda each: "us-east-1-bos-1" if each.name == _LOCAL else each.region_name)
        self._patch.setattr(Zone, "network_border_group", groups)
        return _LOCAL

    def endpoint(self, service: str, *subnets: str, **more: str) -> None:
        """For the route tables of these subnets a gateway, else one for the whole VPC."""
        tables = {"RouteTableIds": [self._tables[each] for each in subnets]} if subnets else {}
        kind = "Gateway" if subnets else "Interface"
        name = f"com.amazonaws.us-east-1.{service}"
        self.ec2.create_vpc_endpoint(VpcId=self.id, ServiceName=name, VpcEndpointType=kind, **tables, **more)

    def target(self, kind: str) -> str:
        """The id of something new that a route can lead to, by the parameter of CreateRoute."""
        ec2 = self.ec2
        match kind:
            case "InstanceId":
                image = ec2.describe_images()["Images"][0]["ImageId"]
                made = ec2.run_instances(ImageId=image, SubnetId=self.subnet(), MinCount=1, MaxCount=1)["Instances"]
                return str(made[0]["InstanceId"])
            case "NetworkInterfaceId":
                return str(ec2.create_network_interface(SubnetId=self.subnet())["NetworkInterface"]["NetworkInterfaceId"])
            case "TransitGatewayId":
                return str(ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"])
        other = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
        peering = ec2.create_vpc_peering_connection(VpcId=self.id, PeerVpcId=other)["VpcPeeringConnection"]
        return str(peering["VpcPeeringConnectionId"])

    def _lead(self, table: str, target: dict[str, str]) -> None:
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
