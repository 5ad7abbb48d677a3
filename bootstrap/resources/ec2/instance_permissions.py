"""The permissions that a machine needs, from its creation to its deletion.

Source: service authorization reference, Amazon EC2; EC2 user guide iam-roles-for-amazon-ec2 (iam:PassRole).
"""

from bootstrap.core.permission import MAYBE_BY_SERVICE, REQUEST_TAGS, Condition, Permission
from bootstrap.resources.ec2 import shared as ec2, vcpus
from bootstrap.resources.iam import shared as iam

_MACHINE = ec2.ARN + "instance/*"
_OURS = ec2.ARN + "instance/{instance_id}"
_VOLUME, _INTERFACE = ec2.ARN + "volume/*", ec2.ARN + "network-interface/*"
_CREATED = (_MACHINE, _VOLUME, _INTERFACE)
_USED = (ec2.ARN + "subnet/{subnet}", ec2.ARN + "security-group/{security_groups}")
_KEY = ec2.ARN + "key-pair/{key_name}"
_IMAGE = "arn:{partition}:ec2:{region}::image/*"
_SENDS = {
    _MACHINE: ec2.MACHINE_SENDS,
    _VOLUME: ec2.VOLUME_SENDS,
    _INTERFACE: (Condition("ArnEquals", "ec2:Subnet", (ec2.ARN + "subnet/{subnet}",)),),
}
_KEY_SENDS = Condition("StringEquals", "ec2:KeyPairName", ("{key_name}",))
_IMAGE_SENDS = (
    Condition("StringEquals", "ec2:ImageType", ("machine",)),
    Condition("StringEquals", "ec2:Owner", ("{image_owner}",)),
)
_PARAMETER = "arn:{partition}:ssm:{region}::parameter/aws/service/*"
_NEWEST = "a public parameter of AWS says which image is the newest"
_PROFILE = ("profile", "profile_id")
_PASSES = "AWS asks for it, as the profile has that role"
_WITH_IT = "its root volume and network interface get the owner tags with it"
_PROTECTED = "whether stop protection keeps it from stopping for a new type"

PERMISSIONS: tuple[Permission, ...] = (
    ec2.FIND,
    Permission("read", "ec2:DescribeInstances", "*"),
    Permission(
        "report",
        "ec2:GetConsoleOutput",
        _OURS,
        ec2.TAGGED,
        given=("user_data",),
        why="how its first boot went",
        optional=True,
    ),
    Permission("create", "ec2:DescribeSubnets", "*"),
    Permission("create", "ec2:DescribeInstanceTypeOfferings", "*"),
    *vcpus.PERMISSIONS,
    *ec2.creating("RunInstances", *_CREATED, sends=_SENDS),
    *(Permission("create", "ec2:RunInstances", arn) for arn in _USED),
    Permission("create", "ec2:RunInstances", _KEY, only_for=("key_name",), sends=(_KEY_SENDS,)),
    Permission("create", "ec2:RunInstances", _IMAGE, wide=_NEWEST, sends=_IMAGE_SENDS),
    Permission(
        "create",
        "ssm:GetParameters",
        _PARAMETER,
        why="EC2 reads there which image is the newest",
        wide=_NEWEST,
        sends=MAYBE_BY_SERVICE,
    ),
    Permission("create", "iam:PassRole", "{passed}", iam.PASSED_TO_EC2, why=_PASSES),
    Permission("create", "ec2:DescribeInstances", "*"),
    Permission("update", "ec2:StopInstances", _OURS, ec2.TAGGED, only_for=("instance_type",)),
    Permission("update", "ec2:StartInstances", _OURS, ec2.TAGGED),
    Permission("update", "ec2:ModifyInstanceAttribute", _OURS, ec2.TAGGED, only_for=("instance_type", "security_groups")),
    Permission(
        "update",
        "ec2:ModifyInstanceAttribute",
        ec2.ARN + "security-group/{security_groups}",
        ec2.TAGGED,
        only_for=("security_groups",),
    ),
    Permission("update", "ec2:DescribeInstanceAttribute", _OURS, only_for=("instance_type",), why=_PROTECTED, optional=True),
    Permission("update", "ec2:DescribeIamInstanceProfileAssociations", "*", only_for=_PROFILE),
    Permission("update", "ec2:DisassociateIamInstanceProfile", _OURS, ec2.TAGGED, only_for=_PROFILE),
    Permission("update", "ec2:AssociateIamInstanceProfile", _OURS, ec2.TAGGED, only_for=_PROFILE),
    Permission("update", "iam:PassRole", "{passed}", iam.PASSED_TO_EC2, only_for=_PROFILE, why=_PASSES),
    Permission("update", "ec2:ModifyInstanceMetadataOptions", _OURS, ec2.TAGGED, only_for=("metadata",)),
    Permission("update", "ec2:DescribeInstances", "*"),
    *ec2.retagging(_OURS, "tags", "instance_type"),
    *(
        Permission("adopt", "ec2:CreateTags", arn, (ec2.OURS,), sends=REQUEST_TAGS, why=_WITH_IT)
        for arn in (_VOLUME, _INTERFACE)
    ),
    Permission("delete", "ec2:DescribeInstanceAttribute", _OURS),  # also for an id that EC2 no longer knows
    Permission("delete", "ec2:TerminateInstances", _OURS, ec2.TAGGED),
    Permission("delete", "ec2:DescribeVolumes", "*"),
    Permission("delete", "ec2:DeleteVolume", ec2.ARN + "volume/*", ec2.TAGGED, only_for=("delete-data",)),
    Permission("delete", "ec2:DescribeNetworkInterfaces", "*"),
    Permission("delete", "ec2:DeleteNetworkInterface", ec2.ARN + "network-interface/*", ec2.TAGGED),
)
