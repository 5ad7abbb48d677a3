"""An elastic IP on a machine."""

from collections.abc import Iterator

from bootstrap.core.graph import Node
from bootstrap.export.exported import Exported
from bootstrap.export.kinds.form import Add, Block, Command, Forms, resource_of
from bootstrap.resources.ec2.address_association import Ec2AddressAssociation


def cloudformation(of: Exported, node: Node) -> Iterator[Add]:
    association = resource_of(node, Ec2AddressAssociation)
    properties = {"AllocationId": association.allocation, "InstanceId": association.instance}
    yield Add("AWS::EC2::EIPAssociation", properties, {"Id": "association_id"})


def terraform(of: Exported, node: Node) -> Iterator[Block]:
    association = resource_of(node, Ec2AddressAssociation)
    body = {"allocation_id": association.allocation, "instance_id": association.instance}
    yield Block("aws_eip_association", body, imported=of.recorded_output(node, "association_id"))


def script(of: Exported, node: Node) -> Iterator[Command]:
    """A machine gets an address only once it runs."""
    association = resource_of(node, Ec2AddressAssociation)
    yield Command("ec2", "wait instance-running", {"instance-ids": association.instance})
    options = {"allocation-id": association.allocation, "instance-id": association.instance}
    yield Command("ec2", "associate-address", options)


FORMS = Forms({"association_id": ("Id", "id")}, "aws_eip_association", cloudformation, terraform, script)
