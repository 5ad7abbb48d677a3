"""A security group: who may reach its machines, and what these may reach (everything, as in each new group of AWS).

One DescribeSecurityGroups reports everything, each range with its description; DescribeSecurityGroupRules would need the
id first, so a second round trip where only the name is known.
Source: EC2 API reference CreateSecurityGroup, DeleteSecurityGroup; VPC user guide security-groups, amazon-vpc-limits.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import NOT_OFFERED, code_of, ignore_missing, raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Outputs, Part
from bootstrap.core.owner import Owner, stack_of, tagless
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.core.resource import OTHER_NAMES, Taggable
from bootstrap.core.resource_type import Identifiers, Opening, Updates
from bootstrap.core.search_filter import SearchFilter
from bootstrap.core.strictness import Granted, Removable
from bootstrap.permissions.denial import CODES
from bootstrap.resources.ec2 import rules, shared as ec2
from bootstrap.resources.iam import shared as iam

GONE = ("InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound")
IN_USE = ("DependencyViolation", "InvalidGroup.InUse")
EVERYTHING_OUT = "all 0.0.0.0/0"
"""The egress rule that AWS puts into each new group."""
EVERYTHING_OUT_IPV6 = "all ::/0"
"""The rule that AWS adds if the VPC has IPv6. It counts as nobody's unless the properties name it."""

_GROUP = ec2.ARN + "security-group/*"
_OURS = ec2.ARN + "security-group/{group_id}"
_BATCH_TAG = "AWSBatchServiceTag"
"""The tag that Batch puts on each machine that it starts (managed policy BatchServiceRolePolicy)."""
_LONGEST_WAIT = 7.5  # times 2 minutes; what machines leave behind in a group may take a while to go


@dataclass(frozen=True, kw_only=True)
class Ec2SecurityGroup(Taggable):
    """`ingress` and `egress` map a rule (see `ec2/rules.py`) to its description; `vpc` is the VPC's id."""

    kind = "ec2_security_group"
    services = ("ec2",)
    identifiers = Identifiers(
        outputs=("group_id", "name"),
        unique_id="group_id",
        if_taken=OTHER_NAMES,
        arn_prefixes={"ec2:security-group": "group_id"},
    )
    updates = Updates(
        force_new={"name", "description", "vpc"},
        after_create={"egress": {EVERYTHING_OUT: ""}},
        additive={"ingress": "ingress rule", "egress": "egress rule"},
        opens={"ingress rule": Opening("open-network", "it opens the machines of the group to that address")},
        strictness={
            "ingress": Granted("the ways in that the inputs name"),
            "egress": Removable(),
        },
    )
    permissions = (
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
            found.append(f"egress without {EVERYTHING_OUT!r}: AWS adds it to each new group, and bootstrap keeps it")
        for what, text in (("name", self.name), ("description", self.description)):
            if not re.fullmatch(rules.LETTERS + "{1,255}", text) or text.strip() != text:
                letters = "letters, digits, blanks (not at its ends) and ._-:/()#,@[]+=&;{}!$*"
                found.append(f"security group {what} {text!r}: EC2 accepts 1 to 255 {letters}")
        if self.name.lower().startswith("sg-") or self.name.lower() == "default":
            found.append(f"security group name {self.name!r}: AWS reserves such names")
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
        holder_queries = _holder_queries(group_id) if group_id and aws.destroying else []
        found, *holders = aws.read_existing(Query("ec2", "describe_security_groups", which, GONE), *holder_queries)
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
            stack=stack_of(tags),
            parts=frozenset(_of_others(aws, live["GroupId"], holders) if holders else ()),
        )

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: SearchFilter) -> Iterable[tuple[Outputs, Mapping[str, str]]]:
        return ec2.list_tagged(aws, cls.identifiers.arn_prefixes)

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
        return Live(outputs, {**self.properties(), "ingress": {}, **self.updates.after_create}, owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        group_id = outputs["group_id"]
        for item in differences:
            if item.field in ("ingress", "egress"):
                self._apply_rule(aws, group_id, item)
        ec2.retag(aws, group_id, differences)
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        """Waits while something uses the group, and reports what. Raises AwsError that names it after 15 minutes."""
        group_id = outputs.get("group_id")
        if not group_id:
            return  # a name alone does not prove that it belongs to us

        def in_use() -> str:
            try:
                with ignore_missing(*GONE):
                    aws.call("ec2", "delete_security_group", GroupId=group_id)
            except ClientError as error:
                if code_of(error) not in IN_USE:
                    raise
                by = _holders(aws, group_id) or ["AWS does not say by what"]
                return f"security group {self.name} is in use: {', '.join(by)}"
            return ""

        aws.wait(in_use, _LONGEST_WAIT)

    def _apply_rule(self, aws: Cloud, group_id: str, item: Difference) -> None:
        """One rule per call: if a call has several and one exists already, AWS refuses all of them."""

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
    """What prevents the deletion of the group, as far as AWS shows it; at most ten entries, for the message only."""
    interfaces, *groups = aws.read(*(replace(query, absent=(*CODES, *NOT_OFFERED)) for query in _holder_queries(group_id)))
    found = [f"network interface {_named(item)}" for item in (interfaces or {}).get("NetworkInterfaces", [])]
    return [*found, *(f"a rule of security group {each}" for each in _naming(group_id, [each for each in groups if each]))][
        :10
    ]


def _of_others(aws: Cloud, group_id: str, holders: Sequence[Mapping[str, Any]]) -> Iterator[Part]:
    """What prevents the deletion of the group and is not deleted with the deployment.

    Network interfaces of our machines carry the owner tags, or the machines do if they were adopted; machines that Batch
    starts have a tag of Batch.
    """
    interfaces, *groups = holders
    foreign = {}
    for item in interfaces["NetworkInterfaces"]:
        owner = Owner.from_tags(iam.tag_map(item.get("TagSet", [])))
        if owner is None or not owner.shares_deployment(aws.owner):
            foreign[item["NetworkInterfaceId"]] = item
    machines = sorted({item.get("Attachment", {}).get("InstanceId", "") for item in foreign.values()} - {""})
    named = {"Filters": [_filter("instance-id", *machines)]}
    [answer] = aws.read(Query("ec2", "describe_instances", named)) if machines else [{"Reservations": []}]
    leaving = {
        machine["InstanceId"]
        for found in answer["Reservations"]
        for machine in found["Instances"]
        if _goes(iam.tag_map(machine.get("Tags", [])), aws.owner)
    }
    for item in foreign.values():
        if item.get("Attachment", {}).get("InstanceId") not in leaving:
            yield Part("network interface", group_id, _named(item))
    for each in _naming(group_id, groups):
        yield Part("rule of security group", group_id, each)


def _goes(tags: Mapping[str, str], owner: Owner) -> bool:
    """Whether a machine with these tags is deleted with the deployment."""
    whose = Owner.from_tags(tags)
    return _BATCH_TAG in tags or (whose is not None and whose.shares_deployment(owner))


def _holder_queries(group_id: str) -> list[Query]:
    """The queries for network interfaces in the group, and for groups with a rule that names it."""
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
