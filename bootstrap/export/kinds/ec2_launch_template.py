"""A launch template for Batch. A stack or a plan that changes it makes a new version, to which Batch is sent."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from bootstrap.core.graph import Node
from bootstrap.export.exported import Exported
from bootstrap.export.kinds.form import (
    REF,
    Add,
    Applied,
    Block,
    Command,
    Forms,
    Nested,
    resource_of,
    tag_list,
    without_empty,
)
from bootstrap.resources.ec2 import shared as ec2
from bootstrap.resources.ec2.launch_template import Ec2LaunchTemplate


def cloudformation(of: Exported, node: Node) -> Iterator[Add]:
    template = resource_of(node, Ec2LaunchTemplate)
    properties = {
        "LaunchTemplateName": template.name,
        "LaunchTemplateData": {**_data(template), "UserData": {"Fn::Base64": template.user_data}},
        "TagSpecifications": ec2.tag_specifications(tag_list(of.tags(node)), "launch-template"),
    }
    yield Add("AWS::EC2::LaunchTemplate", without_empty(properties), {"LaunchTemplateId": "template_id"})


def terraform(of: Exported, node: Node) -> Iterator[Block]:
    template = resource_of(node, Ec2LaunchTemplate)
    volume = {
        "volume_size": template.root_volume_gb,
        "volume_type": template.root_volume["VolumeType"],
        "encrypted": str(template.root_volume["Encrypted"]).lower(),
        "delete_on_termination": str(template.root_volume["DeleteOnTermination"]).lower(),
    }
    tagged = [{"resource_type": kind, "tags": template.instance_tags} for kind in ("instance", "volume")]
    body = {
        "name": template.name,
        "user_data": Applied("base64encode", template.user_data),
        "tags": of.tags(node),
        "block_device_mappings": Nested({"device_name": template.root_device, "ebs": Nested(volume)}),
        "metadata_options": Nested(metadata(template.metadata)),
        "tag_specifications": [Nested(each) for each in tagged if template.instance_tags],
    }
    yield Block("aws_launch_template", without_empty(body), imported=of.recorded_output(node, "template_id"))


def script(of: Exported, node: Node) -> Iterator[Command]:
    template = resource_of(node, Ec2LaunchTemplate)
    user_data = base64.b64encode(template.user_data.encode()).decode()
    options = {
        "launch-template-name": template.name,
        "launch-template-data": {"UserData": user_data, **_data(template)},
        "tag-specifications": ec2.tag_specifications(tag_list(template.tags), "launch-template"),
    }
    keeps = {"template_id": "LaunchTemplate.LaunchTemplateId", "version": "LaunchTemplate.LatestVersionNumber"}
    why = "UserData is what the machines run at their first start, in base64"
    yield Command("ec2", "create-launch-template", without_empty(options), keeps=keeps, why=why)


def metadata(options: Mapping[str, Any]) -> dict[str, Any]:
    """Terraform's words for the MetadataOptions."""
    words = {"HttpEndpoint": "http_endpoint", "HttpTokens": "http_tokens"}
    words |= {"HttpPutResponseHopLimit": "http_put_response_hop_limit"}
    return {words[name]: value for name, value in options.items()}


def _data(template: Ec2LaunchTemplate) -> dict[str, Any]:
    """All but the user data."""
    content = {
        "BlockDeviceMappings": ec2.root_volume(template.root_device, template.root_volume_gb, template.root_volume),
        "MetadataOptions": template.metadata,
        "TagSpecifications": ec2.tag_specifications(tag_list(template.instance_tags), "instance", "volume"),
    }
    return without_empty(content)


FORMS = Forms(
    {"template_id": (REF, "id"), "name": ("", "name"), "version": ("LatestVersionNumber", "latest_version")},
    "aws_launch_template",
    cloudformation,
    terraform,
    script,
)
