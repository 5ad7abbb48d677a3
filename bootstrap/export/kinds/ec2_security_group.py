"""A security group with its rules. A new one lets everything out over IPv4 (`EVERYTHING_OUT`)."""

from collections.abc import Iterator
from typing import Any

from bootstrap.core.graph import Node
from bootstrap.export.exported import Exported
from bootstrap.export.kinds.form import Add, Block, Command, Forms, Nested, resource_of, tag_list, without_empty
from bootstrap.resources.ec2 import rules, shared as ec2
from bootstrap.resources.ec2.security_group import EVERYTHING_OUT, Ec2SecurityGroup


def cloudformation(of: Exported, node: Node) -> Iterator[Add]:
    group = resource_of(node, Ec2SecurityGroup)
    properties = {
        "GroupName": group.name,
        "GroupDescription": group.description,
        "VpcId": group.vpc,
        "SecurityGroupIngress": [_flat(*each) for each in group.ingress.items()],
        "SecurityGroupEgress": [_flat(*each) for each in group.egress.items()],
        "Tags": tag_list(of.tags(node)),
    }
    yield Add("AWS::EC2::SecurityGroup", without_empty(properties), {"Id": "group_id"})


def terraform(of: Exported, node: Node) -> Iterator[Block]:
    group = resource_of(node, Ec2SecurityGroup)
    body = {
        "name": group.name,
        "description": group.description,
        "vpc_id": group.vpc,
        "tags": of.tags(node),
        "ingress": [Nested(_of_terraform(*each)) for each in group.ingress.items()],
        "egress": [Nested(_of_terraform(*each)) for each in group.egress.items()],
    }
    yield Block("aws_security_group", without_empty(body), imported=of.recorded_output(node, "group_id"))


def script(of: Exported, node: Node) -> Iterator[Command]:
    group = resource_of(node, Ec2SecurityGroup)
    options = {
        "group-name": group.name,
        "description": group.description,
        "vpc-id": group.vpc,
        "tag-specifications": ec2.tag_specifications(tag_list(group.tags), "security-group"),
    }
    yield Command("ec2", "create-security-group", without_empty(options), keeps={"group_id": "GroupId"})
    out = {EVERYTHING_OUT: ""}
    changes = {
        "authorize-security-group-ingress": group.ingress,
        "authorize-security-group-egress": {rule: why for rule, why in group.egress.items() if rule not in out},
        "revoke-security-group-egress": {rule: why for rule, why in out.items() if rule not in group.egress},
    }
    for operation, wanted in changes.items():
        if permissions := [rules.permission(*each) for each in wanted.items()]:
            yield Command("ec2", operation, {"group-id": node["group_id"], "ip-permissions": permissions})


def _flat(rule: str, description: str) -> dict[str, Any]:
    """One range for each rule."""
    permission = rules.permission(rule, description)
    [item] = permission.pop("IpRanges", None) or permission.pop("Ipv6Ranges")
    return {**permission, **item}


def _of_terraform(rule: str, description: str) -> dict[str, Any]:
    flat = _flat(rule, description)
    names = {"CidrIp": "cidr_blocks", "CidrIpv6": "ipv6_cidr_blocks"}
    ranges = {names[name]: [value] for name, value in flat.items() if name in names}
    said = {"description": description} if description else {}
    ports = {"from_port": flat.get("FromPort", 0), "to_port": flat.get("ToPort", 0)}
    return {**said, "protocol": flat["IpProtocol"], **ports, **ranges}


FORMS = Forms(
    {"group_id": ("GroupId", "id"), "name": ("", "name")},
    "aws_security_group",
    cloudformation,
    terraform,
    script,
)
