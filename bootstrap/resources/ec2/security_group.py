"""A security group: who may reach the machines in it, and what they may reach: all, as AWS makes each new group.

One DescribeSecurityGroups tells everything, each range with its description; DescribeSecurityGroupRules would need the
id first, and so a second round trip where only the name is known.
Source: EC2 API reference CreateSecurityGroup, DeleteSecurityGroup; VPC user guide security-groups, amazon-vpc-limits.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from bootstrap.aws.errors import NOT_OFFERED, code_of, ignore_missing, raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.direction import Directions, Granted, Removable
from bootstrap.core.live import Live, Outputs, Part
from bootstrap.core.owner import Owner, tagless
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.core.resource import OTHER_NAMES, Taggable
from bootstrap.core.search_filter import SearchFilter
from bootstrap.permissions.denial import CODES
from bootstrap.resources.ec2 import rules, shared as ec2
from bootstrap.resources.iam import shared as iam

GONE = ("InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound")
IN_USE = ("DependencyViolation", "InvalidGroup.InUse")
EVERYTHING_OUT = "all 0.0.0.0/0"
"""The egress rule that AWS puts into each new group."""
EVERYTHING_OUT_IPV6 = "all ::/0"
"""The one that it adds where the VPC has IPv6: nobody's, unless it is wanted here."""

_GROUP = ec2.ARN + "security-group/*"
_OURS = ec2.ARN + "security-group/{group_id}"
_BATCH_TAG = "AWSBatchServiceTag"
"""What Batch puts on each machine that it starts (managed policy BatchServiceRolePolicy)."""
_LONGEST_WAIT = 7.5  # times 2 minutes; what machines leave behind in a group may stay for a while


@dataclass(frozen=True, kw_only=True)
class Ec2SecurityGroup(Taggable):
    """`ingress` and `egress` map a rule as in `ec2_rules` to its description; `vpc` is the VPC's id."""

    kind: ClassVar[str] = "ec2_security_group"
    services: ClassVar[tuple[str, ...]] = ("ec2",)
    outputs: ClassVar[tuple[str, ...]] = ("group_id", "name")
    unique_id: ClassVar[str] = "group_id"
    immutable: ClassVar[frozenset[str]] = frozenset({"name", "description", "vpc"})
    directions: ClassVar[Directions] = {
        "ingress": Granted("the ways in that the inputs name"),
        "egress": Removable(),
    }
    additive: ClassVar[Mapping[str, str]] = {"tags": "tag", "ingress": "ingress rule", "egress": "egress rule"}
    if_taken: ClassVar[str] = OTHER_NAMES
    tagged: ClassVar[Mapping[str, str]] = {"ec2:security-group": "group_id"}
    permissions: ClassVar[tuple[Permission, ...]] = (
        ec2.FIND,
        Permission("read", "ec2:DescribeSecurityGroups", "*"),
        *ec2.creating("CreateSecurityGroup", _GROUP),
        Permission("create", "ec2:CreateSecurityGroup", ec2.ARN + "vpc/{vpc}"),
        Permission("create", "ec2:AuthorizeSecurityGroupIngress", _OURS, ec2.TAGGED),
        Permission("create", "ec2:AuthorizeSecurityGroupEgress", _OURS, ec2.TAGGED),
        *(
            Permission("update", f"ec2:{action}{way}", _OURS, ec2.TAGGED, only_for=(way.lower(),))
            for way in ("Ingress", "Egress")
            for action in ("AuthorizeSecurityGroup", "RevokeSecurityGroup", "UpdateSecurityGroupRuleDescriptions")
        ),
        *ec2.retagging(_OURS, "tags"),
        Permission("delete", "ec2:DeleteSecurityGroup", _OURS, ec2.TAGGED),
        Permission("delete", "ec2:DescribeNetworkInterfaces", "*"),
        Permission("delete", "ec2:DescribeInstances", "*"),
    )

    name: str
    description: str
    vpc: str
    ingress: dict[str, str] = field(default_factory=dict)
    egress: dict[str, str] = field(default_factory=lambda: {EVERYTHING_OUT: ""})

    @property
    def label(self) -> str:
        return self.name

    def validate(self, account: Account) -> Sequence[str]:
        found = [*ec2.tag_problems(self.tags), *rules.problems(self.ingress), *rules.problems(self.egress)]
        if EVERYTHING_OUT not in self.egress:
            found.append(f"egress without {EVERYTHING_OUT!r}: AWS puts that into each new group, and it stays there")
        for what, text in (("name", self.name), ("description", self.description)):
            if not re.fullmatch(rules.LETTERS + "{1,255}", text) or text.strip() != text:
                letters = "letters, digits, blanks (not at its ends) and ._-:/()#,@[]+=&;{}!$*"
                found.append(f"security group {what} {text!r}: EC2 takes 1 to 255 {letters}")
        if self.name.lower().startswith("sg-") or self.name.lower() == "default":
            found.append(f"security group name {self.name!r}: AWS keeps such names for itself")
        if not iam.unresolved(self.vpc) and not re.fullmatch("vpc-[0-9a-f]{8,17}", self.vpc):
            found.append(f"{self.vpc!r} is not the id of a VPC (vpc-0123456789abcdef0)")
        return found

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return {"name": self.name}

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        if group_id := outputs.get("group_id"):
            which: dict[str, Any] = {"GroupIds": [group_id]}
        elif iam.unresolved(self.vpc):
            return None
        else:
            which = {"Filters": [_filter("group-name", self.name), _filter("vpc-id", self.vpc)]}
        held = _holder_queries(group_id) if group_id and aws.destroying else []
        found, *holders = aws.read(Query("ec2", "describe_security_groups", which, GONE), *held)
        if not found or not found["SecurityGroups"]:
            return None
        live = found["SecurityGroups"][0]
        tags = iam.tag_map(live.get("Tags", []))
        out = rules.from_aws(live.get("IpPermissionsEgress", []))
        if EVERYTHING_OUT_IPV6 not in self.egress:
            out.pop(EVERYTHING_OUT_IPV6, None)
        return Live(
            outputs={"group_id": live["GroupId"], "name": live["GroupName"]},
            properties={
                "name": live["GroupName"],
                "description": live["Description"],
                "vpc": live["VpcId"],
                "ingress": rules.from_aws(live.get("IpPermissions", [])),
                "egress": out,
                "tags": tagless(tags),
            },
            owner=Owner.from_tags(tags),
            parts=frozenset(_of_others(aws, live["GroupId"], holders) if holders else ()),
        )

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: SearchFilter) -> Iterable[tuple[Outputs, Mapping[str, str]]]:
        return ec2.listed(aws, cls.tagged)

    def create(self, aws: Cloud) -> Live:
        with raise_already_exists("InvalidGroup.Duplicate"):
            answer = aws.call(
                "ec2",
                "create_security_group",
                GroupName=self.name,
                Description=self.description,
                VpcId=self.vpc,
                TagSpecifications=ec2.tag_specifications(aws.tags(self.tags), "security-group"),
            )
        outputs = {"group_id": answer["GroupId"], "name": self.name}
        return Live(outputs, {**self.properties(), "ingress": {}, "egress": {EVERYTHING_OUT: ""}}, owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        group_id = outputs["group_id"]
        for item in differences:
            if item.field in ("ingress", "egress"):
                self._admit(aws, group_id, item)
        ec2.retag(aws, group_id, differences)
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        """Waits while something holds the group, and says what. Raises AwsError with that after 15 minutes."""
        group_id = outputs.get("group_id")
        if not group_id:
            return  # a name alone is no proof that it is ours

        def held() -> str:
            try:
                with ignore_missing(*GONE):
                    aws.call("ec2", "delete_security_group", GroupId=group_id)
            except ClientError as error:
                if code_of(error) not in IN_USE:
                    raise
                by = _holders(aws, group_id) or ["AWS does not say by what"]
                return f"security group {self.name} is in use: {', '.join(by)}"
            return ""

        aws.wait(held, _LONGEST_WAIT)

    def _admit(self, aws: Cloud, group_id: str, item: Difference) -> None:
        """One rule a call: of several in one, a single rule that is there already would stop all."""

        def call(operation: str, description: str) -> None:
            rule = rules.permission(str(item.key), description)
            aws.call("ec2", f"{operation}_{item.field}", GroupId=group_id, IpPermissions=[rule])

        if item.after is None:
            with ignore_missing("InvalidPermission.NotFound"):
                call("revoke_security_group", "")
        elif item.before is not None:
            call("update_security_group_rule_descriptions", item.after)
        else:
            try:
                call("authorize_security_group", item.after)
            except ClientError as error:
                if code_of(error) != "InvalidPermission.Duplicate":
                    raise
                call("update_security_group_rule_descriptions", item.after)


def _holders(aws: Cloud, group_id: str) -> list[str]:
    """What AWS shows that keeps the group from being deleted, at most ten. It is good to know, and no more."""
    interfaces, *groups = aws.read(*(replace(query, absent=(*CODES, *NOT_OFFERED)) for query in _holder_queries(group_id)))
    found = [f"network interface {_named(item)}" for item in (interfaces or {}).get("NetworkInterfaces", [])]
    return [*found, *(f"a rule of security group {each}" for each in _naming(group_id, [each for each in groups if each]))][
        :10
    ]


def _of_others(aws: Cloud, group_id: str, holders: Sequence[Mapping[str, Any]]) -> Iterator[Part]:
    """What keeps the group from being deleted and does not go with the rest of the deployment.

    Network interfaces of machines of ours carry the owner tags; the machines that Batch starts have a tag of Batch's.
    """
    interfaces, *groups = holders
    foreign = {}
    for item in interfaces["NetworkInterfaces"]:
        owner = Owner.from_tags(iam.tag_map(item.get("TagSet", [])))
        if owner is None or not owner.shares_deployment(aws.owner):
            foreign[item["NetworkInterfaceId"]] = item
    machines = sorted({item.get("Attachment", {}).get("InstanceId", "") for item in foreign.values()} - {""})
    batches = {"Filters": [_filter("instance-id", *machines), _filter("tag-key", _BATCH_TAG)]}
    [answer] = aws.read(Query("ec2", "describe_instances", batches)) if machines else [{"Reservations": []}]
    batch = {machine["InstanceId"] for found in answer["Reservations"] for machine in found["Instances"]}
    for item in foreign.values():
        if item.get("Attachment", {}).get("InstanceId") not in batch:
            yield Part("network interface", group_id, _named(item))
    for each in _naming(group_id, groups):
        yield Part("rule of security group", group_id, each)


def _holder_queries(group_id: str) -> list[Query]:
    """Network interfaces in it, and groups with a rule that names it."""
    return [
        Query("ec2", "describe_network_interfaces", {"Filters": [_filter("group-id", group_id)]}),
        Query("ec2", "describe_security_groups", {"Filters": [_filter("ip-permission.group-id", group_id)]}),
        Query("ec2", "describe_security_groups", {"Filters": [_filter("egress.ip-permission.group-id", group_id)]}),
    ]


def _named(interface: Mapping[str, Any]) -> str:
    of = interface.get("Attachment", {}).get("InstanceId") or interface.get("Description") or interface.get("Status", "")
    return f"{interface['NetworkInterfaceId']} ({of})"


def _naming(group_id: str, groups: Sequence[Mapping[str, Any]]) -> list[str]:
    others = {item["GroupId"]: item["GroupName"] for answer in groups for item in answer["SecurityGroups"]}
    return [f"{key} ({name})" for key, name in sorted(others.items()) if key != group_id]


def _filter(name: str, *values: str) -> dict[str, Any]:
    return {"Name": name, "Values": list(values)}
