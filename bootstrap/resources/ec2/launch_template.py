"""A launch template for AWS Batch: the settings of its machines that Batch does not choose itself.

Encrypted root volume, metadata with a token only, tags. AWS does not check the contents before a machine starts. Each change
creates a new version and makes it the default. Batch does not notice that; a reference to the output `version` passes the
change on.
Source: EC2 API reference CreateLaunchTemplate, CreateLaunchTemplateVersion, ModifyLaunchTemplate; Batch user guide
launch-templates (user data must be a MIME multi-part archive).
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_string
from typing import Any

from bootstrap.aws.errors import ignore_missing, raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference, with_entries
from bootstrap.core.live import Live, Outputs
from bootstrap.core.owner import Owner, stack_of, tagless
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.core.resource import OTHER_NAMES, Taggable
from bootstrap.core.resource_type import Identifiers, Updates
from bootstrap.core.search_filter import SearchFilter
from bootstrap.core.strictness import Chosen, Parts, Repaired
from bootstrap.resources.ec2 import shared as ec2
from bootstrap.resources.iam import shared as iam

GONE = ("InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateName.NotFoundException")
_TAGGED = ("instance", "volume")
NO_VERSION = "InvalidLaunchTemplateId.VersionNotFound"

_TEMPLATE = ec2.ARN + "launch-template/*"
_OURS = ec2.ARN + "launch-template/{template_id}"
_CONTENT = ("user_data", "root_device", "root_volume_gb", "root_volume", "metadata", "instance_tags")


@dataclass(frozen=True, kw_only=True)
class Ec2LaunchTemplate(Taggable):
    """`user_data` is a MIME multi-part text; `instance_tags` are for the machines and their volumes; `root_volume` and
    `metadata` are the other settings of the volume and the MetadataOptions, as the EC2 API names them."""

    kind = "ec2_launch_template"
    services = ("ec2",)
    identifiers = Identifiers(
        outputs=("template_id", "name", "version"),
        unique_id="template_id",
        if_taken=OTHER_NAMES,
        arn_prefixes={"ec2:launch-template": "template_id"},
        stack_id="template_id",
    )
    updates = Updates(
        force_new={"name"},
        recomputed_outputs={"version": _CONTENT},
        additive={"instance_tags": "tag on its machines"},
        strictness={
            "user_data": Chosen(),  # an agent in it may protect the machines, or do the opposite: nobody can tell here
            "root_device": Repaired("a name"),
            "root_volume_gb": Repaired("a size"),
            "root_volume": Parts(ec2.VOLUME_DIRECTIONS),
            "metadata": Parts(ec2.METADATA_DIRECTIONS),
            "instance_tags": Repaired("labels"),
        },
        opens={"metadata": ec2.OPEN_METADATA, "user_data": ec2.OTHER_SCRIPT},
    )
    permissions = (
        ec2.FIND,
        Permission("read", "ec2:DescribeLaunchTemplates", "*"),
        Permission("read", "ec2:DescribeLaunchTemplateVersions", "*"),
        *ec2.creating("CreateLaunchTemplate", _TEMPLATE),
        Permission("create", "ec2:DescribeLaunchTemplateVersions", "*"),
        Permission("update", "ec2:CreateLaunchTemplateVersion", _OURS, ec2.TAGGED, only_for=_CONTENT),
        Permission("update", "ec2:ModifyLaunchTemplate", _OURS, ec2.TAGGED, only_for=_CONTENT),
        Permission("update", "ec2:DescribeLaunchTemplateVersions", "*"),
        *ec2.retagging(_OURS, "tags"),
        Permission("delete", "ec2:DeleteLaunchTemplate", _OURS, ec2.TAGGED),
    )

    name: str
    user_data: str
    root_device: str = "/dev/xvda"
    root_volume_gb: int
    root_volume: dict[str, Any] = field(default_factory=lambda: dict(ec2.VOLUME))
    metadata: dict[str, Any] = field(default_factory=lambda: dict(ec2.METADATA))
    instance_tags: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.name

    def validate(self, account: Account) -> Sequence[str]:
        found = [*ec2.tag_problems(self.tags), *ec2.tag_problems(self.instance_tags)]
        found += ec2.machine_problems(self.user_data, self.root_device, self.root_volume_gb)
        if not re.fullmatch(r"[a-zA-Z0-9().\-/_]{3,128}", self.name):
            found.append(f"launch template name {self.name!r}: EC2 accepts 3 to 128 letters, digits and ( ) . - / _")
        if not message_from_string(self.user_data).is_multipart():
            found.append("user data: Batch accepts a MIME multi-part text only (it adds parts of its own)")
        return found

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return {"name": self.name}

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        template = outputs.get("template_id")
        several = {"LaunchTemplateIds": [template]} if template else {"LaunchTemplateNames": [self.name]}
        one = {"LaunchTemplateId": template} if template else {"LaunchTemplateName": self.name}
        which = one if aws.destroying else {**one, "Versions": ["$Default"]}
        found, versions = aws.read_existing(
            Query("ec2", "describe_launch_templates", several, GONE),
            Query("ec2", "describe_launch_template_versions", which, GONE),
        )
        if not found or not found["LaunchTemplates"] or not versions:
            return None
        live, every = found["LaunchTemplates"][0], versions["LaunchTemplateVersions"]
        version = next(item for item in every if item["DefaultVersion"])
        numbers = [item["VersionNumber"] for item in every] if aws.destroying else []
        tags = iam.tag_map(live.get("Tags", []))
        return Live(
            outputs=_outputs(live, version["VersionNumber"]),
            properties={"name": live["LaunchTemplateName"], **_content(version), "tags": tagless(tags)},
            owner=Owner.from_tags(tags),
            stack=stack_of(tags),
            along=tuple(f"launch template version {number}" for number in sorted(numbers)),
        )

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: SearchFilter) -> Iterable[tuple[Outputs, Mapping[str, str]]]:
        return ec2.list_tagged(aws, cls.identifiers.arn_prefixes)

    def create(self, aws: Cloud) -> Live:
        with raise_already_exists("InvalidLaunchTemplateName.AlreadyExistsException", "IdempotentParameterMismatch"):
            answer = aws.call(
                "ec2",
                "create_launch_template",
                ClientToken=aws.client_token,
                LaunchTemplateName=self.name,
                LaunchTemplateData=self._data(),
                TagSpecifications=ec2.tag_specifications(aws.tags(self.tags), "launch-template"),
            )
        return Live(_outputs(answer["LaunchTemplate"], 1), self.properties(), owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        template = {"LaunchTemplateId": outputs["template_id"]}
        ec2.retag(aws, outputs["template_id"], differences)
        if not any(item.field in _CONTENT for item in differences):
            return outputs
        which = {**template, "Versions": ["$Default"]}
        [version] = aws.call("ec2", "describe_launch_template_versions", **which)["LaunchTemplateVersions"]
        data = _onto(version["LaunchTemplateData"], self._data(), differences)
        # The same content has the same token: AWS answers a repeated call with the version that the first call created.
        content = f"{outputs['template_id']}\n{json.dumps(data, sort_keys=True)}"
        token = hashlib.sha256(content.encode()).hexdigest()[:32]
        answer = aws.call("ec2", "create_launch_template_version", ClientToken=token, **template, LaunchTemplateData=data)
        version = str(answer["LaunchTemplateVersion"]["VersionNumber"])
        aws.call("ec2", "modify_launch_template", **template, DefaultVersion=version)
        return {**outputs, "version": version}

    def ready(self, aws: Cloud, outputs: Outputs) -> Outputs:
        """A compute environment that is created before Batch can see the version would stay invalid."""
        which = {"LaunchTemplateId": outputs["template_id"], "Versions": [outputs["version"]]}

        def hidden() -> str:
            [found] = aws.read(Query("ec2", "describe_launch_template_versions", which, (*GONE, NO_VERSION)))
            return "" if found else f"version {outputs['version']} of launch template {self.name} does not show yet"

        aws.wait(hidden)
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        if template := outputs.get("template_id"):
            with ignore_missing(*GONE):
                aws.call("ec2", "delete_launch_template", LaunchTemplateId=template)

    def _data(self) -> dict[str, Any]:
        specifications = _specifications(dict.fromkeys(_TAGGED, self.instance_tags))
        return {
            "UserData": base64.b64encode(self.user_data.encode()).decode(),
            "BlockDeviceMappings": ec2.root_volume(self.root_device, self.root_volume_gb, self.root_volume),
            "MetadataOptions": self.metadata,
            **({"TagSpecifications": specifications} if specifications else {}),
        }


def _onto(live: Mapping[str, Any], ours: Mapping[str, Any], differences: Sequence[Difference]) -> dict[str, Any]:
    """Our content together with what somebody else added to the current default version, such as a key for the volume, a tag
    or a setting that bootstrap does not know: a new version replaces everything."""
    [volume], [live_volume, *volumes] = ours["BlockDeviceMappings"], live.get("BlockDeviceMappings") or [{}]
    ebs = live_volume.get("Ebs", {})
    if ebs.get("VolumeType") != volume["Ebs"]["VolumeType"]:  # numbers of another type would be refused
        ebs = {name: value for name, value in ebs.items() if name == "KmsKeyId"}
    options = {name: value for name, value in live.get("MetadataOptions", {}).items() if name != "State"}
    labels = [item for item in live.get("TagSpecifications", []) if item["ResourceType"] not in _TAGGED]
    tagged = {kind: with_entries(_tags(live, kind), "instance_tags", differences) for kind in _TAGGED}
    tags = [*_specifications(tagged), *labels]
    content = {
        **live,
        **ours,
        "BlockDeviceMappings": [{**volume, "Ebs": {**ebs, **volume["Ebs"]}}, *volumes],
        "MetadataOptions": {**options, **ours["MetadataOptions"]},
        "TagSpecifications": tags,
    }
    return {name: value for name, value in content.items() if value or name != "TagSpecifications"}


def _outputs(template: Mapping[str, Any], version: int) -> dict[str, str]:
    return {
        "template_id": template["LaunchTemplateId"],
        "name": template["LaunchTemplateName"],
        "version": str(version),
    }


def _content(version: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a version's data describes; None where a version of somebody else omits one."""
    data = version["LaunchTemplateData"]
    volume = (data.get("BlockDeviceMappings") or [{}])[0]
    ebs = volume.get("Ebs", {})
    return {
        "user_data": base64.b64decode(data.get("UserData", "")).decode(errors="replace"),
        "root_device": volume.get("DeviceName"),
        "root_volume_gb": ebs.get("VolumeSize"),
        "root_volume": {name: ebs.get(name) for name in ec2.VOLUME},
        "metadata": ec2.metadata_of(data.get("MetadataOptions", {})),
        "instance_tags": _tags(data, "instance"),
    }


def _specifications(tags: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """The TagSpecifications, one for each type that gets tags."""
    return [
        specification
        for kind, wanted in tags.items()
        for specification in ec2.tag_specifications(
            [{"Key": key, "Value": value} for key, value in sorted(wanted.items())], kind
        )
    ]


def _tags(data: Mapping[str, Any], kind: str) -> dict[str, str]:
    found = [item["Tags"] for item in data.get("TagSpecifications", []) if item.get("ResourceType") == kind]
    return iam.tag_map(found[0]) if found else {}
