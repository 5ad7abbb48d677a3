"""A key pair of EC2: the public half of a key.

Terraform cannot read the key of one that exists (AWS provider, aws_key_pair, Import), so it does not compare it then.
"""

from collections.abc import Iterator

from bootstrap.core.graph import Node
from bootstrap.export.exported import Exported
from bootstrap.export.hcl import Code
from bootstrap.export.kinds.form import (
    REF,
    Add,
    Block,
    Command,
    Forms,
    Nested,
    Note,
    OfFile,
    fixed_tags,
    resource_of,
    tag_list,
    without_empty,
)
from bootstrap.resources.ec2 import shared as ec2
from bootstrap.resources.ec2.key_pair import Ec2KeyPair


def cloudformation(of: Exported, node: Node) -> Iterator[Add | Note]:
    pair = resource_of(node, Ec2KeyPair)
    properties = {"KeyName": pair.name, "PublicKeyMaterial": pair.public_key, "Tags": tag_list(of.tags(node))}
    yield from fixed_tags(of, node)
    yield Add("AWS::EC2::KeyPair", without_empty(properties), {"KeyName": "name"})


def terraform(of: Exported, node: Node) -> Iterator[Block]:
    pair = resource_of(node, Ec2KeyPair)
    imported = of.recorded_output(node, "name")
    unread = Nested({"ignore_changes": [Code("public_key")]}) if imported else None
    body = {"key_name": pair.name, "public_key": pair.public_key, "tags": of.tags(node), "lifecycle": unread}
    yield Block("aws_key_pair", without_empty(body), imported=imported)


def script(of: Exported, node: Node) -> Iterator[Command]:
    pair = resource_of(node, Ec2KeyPair)
    options = {
        "key-name": pair.name,
        "public-key-material": OfFile(pair.public_key),
        "tag-specifications": ec2.tag_specifications(tag_list(pair.tags), "key-pair"),
    }
    yield Command("ec2", "import-key-pair", without_empty(options))


FORMS = Forms(
    {"name": (REF, "key_name"), "key_pair_id": ("KeyPairId", "key_pair_id")},
    "aws_key_pair",
    cloudformation,
    terraform,
    script,
)
