"""A machine. Its image is looked up where the document is used, and the newest one is taken.

As in a plan of ours, a newer image or another script changes nothing for a machine that exists: Terraform ignores them, a
stack cannot. Only a call of EC2 can tag the network interface in the creating call.
Source: CloudFormation user guide dynamic-references-ssm; template reference AWS::EC2::Instance; AWS provider, aws_instance,
aws_ec2_tag.
"""

from collections.abc import Iterator
from typing import Any

from bootstrap.core.graph import Node
from bootstrap.export.exported import Exported
from bootstrap.export.hcl import Code
from bootstrap.export.kinds.ec2_launch_template import metadata
from bootstrap.export.kinds.form import (
    REF,
    Add,
    Block,
    Command,
    Forms,
    LookedUp,
    Nested,
    Note,
    resource_of,
    tag_list,
    without_empty,
)
from bootstrap.export.names import snake
from bootstrap.resources.ec2 import shared as ec2
from bootstrap.resources.ec2.instance import Ec2Instance

_BY_NAME = "resolve:ssm:"


def cloudformation(of: Exported, node: Node) -> Iterator[Add | Note]:
    machine = resource_of(node, Ec2Instance)
    by_name = machine.image.startswith(_BY_NAME)
    properties = {
        "ImageId": LookedUp(machine.image) if by_name else machine.image,
        "InstanceType": machine.instance_type,
        "SubnetId": machine.subnet,
        "SecurityGroupIds": machine.security_groups,
        "IamInstanceProfile": machine.profile,
        "KeyName": machine.key_name,
        "UserData": {"Fn::Base64": machine.user_data} if machine.user_data else None,
        "BlockDeviceMappings": ec2.root_volume(machine.root_device, machine.root_volume_gb),
        "MetadataOptions": machine.metadata,
        "PropagateTagsToVolumeOnCreation": True,
        "Tags": tag_list(of.tags(node)),
    }
    if by_name and of.recorded:
        first = f"write the id of its image in place of {{{{{machine.image}}}}}, in both templates"
        yield Note("BeforeImporting", f"{node.address}: {first}: the next update would replace the machine, with its disk")
    elif by_name:
        newest = "a stack update takes the newest image, and replaces the machine if there is a newer one: its disk is lost"
        yield Note("SideEffects", f"{node.address}: {newest}")
    if machine.tags:
        yield Note("SideEffects", f"{node.address}: its network interface has no tags, as a stack can give it none")
    yield Add("AWS::EC2::Instance", without_empty(properties), {"InstanceId": "instance_id"})


def terraform(of: Exported, node: Node) -> Iterator[Block]:
    machine = resource_of(node, Ec2Instance)
    image: Any = machine.image
    if machine.image.startswith(_BY_NAME):
        yield Block("aws_ssm_parameter", {"name": machine.image.removeprefix(_BY_NAME)}, is_data=True)
        image = Code(f"data.aws_ssm_parameter.{snake(node.address)}.insecure_value")
    volume = {
        "volume_size": machine.root_volume_gb,
        "volume_type": ec2.VOLUME["VolumeType"],
        "encrypted": ec2.VOLUME["Encrypted"],
        "delete_on_termination": ec2.VOLUME["DeleteOnTermination"],
        "tags": of.tags(node),
    }
    body = {
        "ami": image,
        "instance_type": machine.instance_type,
        "subnet_id": machine.subnet,
        "vpc_security_group_ids": machine.security_groups,
        "iam_instance_profile": machine.profile,
        "key_name": machine.key_name,
        "user_data": machine.user_data,
        "tags": of.tags(node),
        "root_block_device": Nested(without_empty(volume)),
        "metadata_options": Nested(metadata(machine.metadata)),
        "lifecycle": Nested({"ignore_changes": [Code("ami"), Code("user_data")]}),
    }
    yield Block("aws_instance", without_empty(body), imported=of.recorded_output(node, "instance_id"))
    interface = Code(f"aws_instance.{snake(node.address)}.primary_network_interface_id")
    known = of.recorded_output(node, "interfaces").partition(",")[0]
    for key, value in machine.tags.items():
        tag = {"resource_id": interface, "key": key, "value": value}
        yield Block("aws_ec2_tag", tag, part=f"interface {key}", imported=f"{known},{key}" if known else "")


def script(of: Exported, node: Node) -> Iterator[Command]:
    machine = resource_of(node, Ec2Instance)
    options = {
        "image-id": machine.image,
        "instance-type": machine.instance_type,
        "subnet-id": machine.subnet,
        "security-group-ids": machine.security_groups,
        "iam-instance-profile": {"Name": machine.profile},
        "key-name": machine.key_name,
        "user-data": machine.user_data,
        "block-device-mappings": ec2.root_volume(machine.root_device, machine.root_volume_gb),
        "metadata-options": machine.metadata,
        "tag-specifications": ec2.tag_specifications(tag_list(machine.tags), "instance", "volume", "network-interface"),
    }
    # The group's id is another one once all is deleted, so the token is, too.
    options["client-token"] = f"{node.address}-{next(iter(machine.security_groups), machine.subnet)}"
    keeps = {"instance_id": "Instances[0].InstanceId"}
    why = (
        "With the same client token, EC2 makes no second machine. To make one after this one is terminated, change the token"
    )
    yield Command("ec2", "run-instances", without_empty(options), keeps=keeps, patient=True, why=why)


FORMS = Forms(
    {"instance_id": (REF, "id"), "volumes": ("", ""), "interfaces": ("", "")},
    "aws_instance",
    cloudformation,
    terraform,
    script,
)
