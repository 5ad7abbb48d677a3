"""An elastic IP."""

from collections.abc import Iterator

from bootstrap.core.graph import Node
from bootstrap.export.exported import Exported
from bootstrap.export.kinds.form import Add, Block, Command, Forms, resource_of, tag_list, without_empty
from bootstrap.resources.ec2 import shared as ec2
from bootstrap.resources.ec2.elastic_ip import Ec2ElasticIp


def cloudformation(of: Exported, node: Node) -> Iterator[Add]:
    properties = {"Domain": "vpc", "Tags": tag_list(of.tags(node))}
    yield Add("AWS::EC2::EIP", without_empty(properties), {"PublicIp": "public_ip", "AllocationId": "allocation_id"})


def terraform(of: Exported, node: Node) -> Iterator[Block]:
    body = {"domain": "vpc", "tags": of.tags(node)}
    yield Block("aws_eip", without_empty(body), imported=of.recorded_output(node, "allocation_id"))


def script(of: Exported, node: Node) -> Iterator[Command]:
    address = resource_of(node, Ec2ElasticIp)
    options = {"domain": "vpc", "tag-specifications": ec2.tag_specifications(tag_list(address.tags), "elastic-ip")}
    keeps = {"allocation_id": "AllocationId", "public_ip": "PublicIp"}
    yield Command("ec2", "allocate-address", without_empty(options), keeps=keeps)


FORMS = Forms(
    {"allocation_id": ("AllocationId", "allocation_id"), "public_ip": ("PublicIp", "public_ip")},
    "aws_eip",
    cloudformation,
    terraform,
    script,
)
