"""What the EC2 kinds share: tags, the root volume and metadata settings of machines, and the ARNs of permissions.

Sources: EC2 API reference CreateTags, DescribeInstances (filters), RunInstances; EC2 user guide Using_Tags,
instancedata-data-retrieval, user-data.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Outputs
from bootstrap.core.owner import OWNER_TAGS, Owner
from bootstrap.core.permission import REMOVED_TAGS, REQUEST_TAGS, Condition, Permission
from bootstrap.core.query import Query
from bootstrap.core.resource_type import Opening
from bootstrap.core.strictness import Ranked, Repaired, Rule, Smaller

ARN = "arn:{partition}:ec2:{region}:{account}:"

OURS = Condition("StringEquals", f"aws:RequestTag/{OWNER_TAGS[0]}", ("{deployment}",))
"""For creating calls on resources whose ARN has no name of ours: the calls carry the owner tags."""

TAGGED = (Condition("StringEquals", f"aws:ResourceTag/{OWNER_TAGS[0]}", ("{deployment}",)),)
"""For calls on existing resources: these carry the owner tags, whatever their id."""

STOPPED_TAG = "bootstrap:stopped"
"""On a machine from before bootstrap stops it until it runs again: it shows that nobody wanted it stopped."""

# Reading the metadata requires a token; two hops let containers on the machine read it, too.
METADATA = {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 2}

METADATA_DIRECTIONS: Mapping[str, Rule] = {
    "HttpEndpoint": Ranked(("enabled", "disabled")),
    "HttpTokens": Ranked(("optional", "required")),
    "HttpPutResponseHopLimit": Smaller(),
}

OTHER_SCRIPT = Opening("other-code", "machines start with a script of somebody else, which acts with their role")
OPEN_METADATA = Opening("open-metadata", "anyone who reaches the machine reads the credentials of its role more easily")

VOLUME = {"VolumeType": "gp3", "Encrypted": True, "DeleteOnTermination": True}

VOLUME_DIRECTIONS: Mapping[str, Rule] = {
    "VolumeType": Repaired("how fast it is"),
    "Encrypted": Ranked((False, True)),
    "DeleteOnTermination": Ranked((True, False)),  # retained data can still be deleted
}

USER_DATA_BYTES = 16 * 1024
LARGEST_VOLUME_GB = 16_384


def tag_specifications(tags: Sequence[Mapping[str, str]], *kinds: str) -> list[dict[str, Any]]:
    """The same tags for each type ("instance", "volume") that a creating call creates. AWS refuses empty ones."""
    return [{"ResourceType": kind, "Tags": list(tags)} for kind in kinds if tags]


def filters(wanted: Mapping[str, Sequence[str | None]]) -> dict[str, Any]:
    """The parameter of a Describe call that asks for resources with one of these values for each name."""
    return {"Filters": [{"Name": name, "Values": list(values)} for name, values in wanted.items()]}


def owner_filters(owner: Owner) -> list[dict[str, Any]]:
    """The filters that match these owner tags."""
    return [{"Name": f"tag:{key}", "Values": [value]} for key, value in owner.tags().items()]


def ambiguous(what: str, ids: Sequence[str]) -> str:
    """Why a resource that is found by its tags alone is not used when two have them: somebody copied the tags."""
    return (
        f"several {what} have its owner tags ({', '.join(sorted(ids))}); remove the tags from those that do not belong to it"
    )


# What RunInstances sends about the root volume, as `VOLUME` has it.
VOLUME_SENDS = (
    Condition("Bool", "ec2:Encrypted", ("true",)),
    Condition("StringEquals", "ec2:VolumeType", (str(VOLUME["VolumeType"]),)),
    Condition("NumericEquals", "ec2:VolumeSize", ("{root_volume_gb}",)),
)
# What RunInstances sends about the machine, with the fields of its `METADATA` as variables.
MACHINE_SENDS = (
    Condition("StringEquals", "ec2:InstanceType", ("{instance_type}",)),
    Condition("StringEquals", "ec2:MetadataHttpEndpoint", ("{HttpEndpoint}",)),
    Condition("StringEquals", "ec2:MetadataHttpTokens", ("{HttpTokens}",)),
    Condition("NumericEquals", "ec2:MetadataHttpPutResponseHopLimit", ("{HttpPutResponseHopLimit}",)),
    Condition("StringEquals", "ec2:RootDeviceType", ("ebs",)),
)


def creating(
    action: str, *arns: str, sends: Mapping[str, tuple[Condition, ...]] = MappingProxyType({})
) -> tuple[Permission, ...]:
    """The permissions of a creating call for what it creates: EC2 also requires CreateTags, for the tags in it. `sends` has
    what else the call sends about them, by ARN."""
    within = Condition("StringEquals", "ec2:CreateAction", (action,))
    why = f"EC2 asks for it, as the owner tags go into {action}"
    return (
        *(Permission("create", f"ec2:{action}", arn, (OURS,), sends=(*REQUEST_TAGS, *sends.get(arn, ()))) for arn in arns),
        *(Permission("create", "ec2:CreateTags", arn, (OURS, within), why=why, sends=REQUEST_TAGS) for arn in arns),
    )


def retagging(arn: str, *fields: str) -> tuple[Permission, ...]:
    """The permissions of `retag` for an existing resource, when one of the `fields` changes."""
    return (
        Permission("update", "ec2:CreateTags", arn, TAGGED, only_for=fields, sends=REQUEST_TAGS),
        Permission("update", "ec2:DeleteTags", arn, TAGGED, only_for=fields, sends=REMOVED_TAGS),
    )


FIND = Permission("find", "ec2:DescribeTags", "*")
"""The permission of `list_tagged`."""


def list_tagged(aws: Cloud, arn_prefixes: Mapping[str, str]) -> Iterator[tuple[Outputs, Mapping[str, str]]]:
    """`Resource.list_tagged` for the types in `arn_prefixes`: one list for all of EC2, which is never late."""
    [answer] = aws.read(Query("ec2", "describe_tags", {"Filters": [{"Name": "key", "Values": list(OWNER_TAGS)}]}))
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for item in answer["Tags"]:
        found[f"ec2:{item['ResourceType']}", item["ResourceId"]][item["Key"]] = item["Value"]
    for (prefix, resource_id), tags in found.items():
        if prefix in arn_prefixes:
            yield ({arn_prefixes[prefix]: resource_id} if arn_prefixes[prefix] else {}), tags


def retag(aws: Cloud, resource_id: str, differences: Sequence[Difference], *created_with: str) -> None:
    """Applies the tag differences to the resource with this id. New owner tags go on what was `created_with` it, too, by the
    same call: each of them finds the others."""
    tags = [item for item in differences if item.field == "tags"]
    put = [{"Key": item.key, "Value": item.after} for item in tags if item.after is not None]
    remove = [{"Key": item.key} for item in tags if item.after is None]
    if put:
        aws.call("ec2", "create_tags", Resources=[resource_id, *created_with], Tags=put)
    if remove:
        aws.call("ec2", "delete_tags", Resources=[resource_id], Tags=remove)


def tag_problems(tags: Mapping[str, str]) -> list[str]:
    """EC2 allows any letter; keys that differ only in case are two keys."""
    found = [
        f"tag {key!r}: EC2 accepts keys of 1 to 128 and values of up to 256 characters"
        for key, value in tags.items()
        if not (1 <= len(key) <= 128 and len(value) <= 256)
    ]
    found += [
        f"tag {key!r}: such keys are reserved"
        for key in tags
        if key in (*OWNER_TAGS, STOPPED_TAG) or key.lower().startswith("aws:")
    ]
    if len(tags) + len(OWNER_TAGS) > 50:
        found.append(f"{len(tags)} tags: AWS allows 50, and {len(OWNER_TAGS)} are the owner tags")
    return found


def root_volume(device: str, gigabytes: int, kind: Mapping[str, Any] = VOLUME) -> list[dict[str, Any]]:
    """The BlockDeviceMappings of a machine: one encrypted volume that is deleted with the machine."""
    return [{"DeviceName": device, "Ebs": {"VolumeSize": gigabytes, **kind}}]


def metadata_of(live: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields of the MetadataOptions that AWS shows. The endpoint is on where they do not mention it."""
    return {name: live.get(name, "enabled" if name == "HttpEndpoint" else None) for name in METADATA}


def machine_problems(user_data: str, root_device: str, root_volume_gb: int) -> list[str]:
    found = []
    if (size := len(user_data.encode())) > USER_DATA_BYTES:
        found.append(f"user data of {size:,} bytes: EC2 accepts {USER_DATA_BYTES:,}")
    if not root_device.startswith("/dev/"):
        found.append(f"root device {root_device!r}: it begins with /dev/")
    if not 1 <= root_volume_gb <= LARGEST_VOLUME_GB:
        found.append(f"a root volume of {root_volume_gb} GB: EC2 has volumes of 1 to {LARGEST_VOLUME_GB:,}")
    return found
