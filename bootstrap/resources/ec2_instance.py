"""One machine (EC2 instance), with an encrypted root volume that goes when it goes.

AWS changes little of it in place; image, user data and the root volume count only when it is made. The owner tags are
also on its volumes and network interfaces, so that what outlives it is found. A machine that AWS has terminated stays
in its lists for about an hour: it is gone all the same.
Source: EC2 API reference RunInstances, TerminateInstances; EC2 user guide ec2-instance-lifecycle,
troubleshooting-launch, Run_Instance_Idempotency.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from bootstrap.aws import gone, taken
from bootstrap.core.account import Account
from bootstrap.core.difference import Difference
from bootstrap.core.query import Query
from bootstrap.core.resource import Live, Obstacle, Outputs, Owner, Permission, Taggable, tagless
from bootstrap.errors import AwsError
from bootstrap.resources import ec2, iam

GONE = "InvalidInstanceID.NotFound"
ALIVE = ("pending", "running", "stopping", "stopped")

_MACHINE = ec2.ARN + "instance/*"
_MADE = (_MACHINE, ec2.ARN + "volume/*", ec2.ARN + "network-interface/*")
_USED = (
    *(ec2.ARN + f"{what}/*" for what in ("subnet", "security-group", "key-pair")),
    "arn:{partition}:ec2:{region}::image/*",
)
_MINUTES = 0.5  # as a multiple of the usual 2

_WHY: Mapping[str, str] = {
    "Client.InternalError": "Most often the KMS key for EBS encryption may not be used: check its policy.",
    "Client.VolumeLimitExceeded": "Delete volumes that nobody needs, or ask for more (Service Quotas console).",
    "Server.InsufficientInstanceCapacity": "Choose another instance type or another subnet, or try again later.",
}


@dataclass(frozen=True, kw_only=True)
class Ec2Instance(Taggable):
    """`image` is an AMI's id or "resolve:ssm:/aws/service/..."; `subnet` and `security_groups` are ids; `profile` is the
    name of an instance profile, `key_name` of a key pair; `user_data` is text, not base64."""

    kind: ClassVar[str] = "ec2_instance"
    services: ClassVar[tuple[str, ...]] = ("ec2",)
    outputs: ClassVar[tuple[str, ...]] = ("instance_id",)
    unique_id: ClassVar[str] = "instance_id"
    immutable: ClassVar[frozenset[str]] = frozenset({"subnet", "key_name", "profile"})
    at_birth: ClassVar[frozenset[str]] = frozenset({"image", "user_data", "root_device", "root_volume_gb"})
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission("read", "ec2:DescribeInstances", "*"),
        Permission("create", "ec2:DescribeSubnets", "*"),
        Permission("create", "ec2:DescribeInstanceTypeOfferings", "*"),
        *(Permission("create", "ec2:RunInstances", arn) for arn in (*_MADE, *_USED)),
        *(Permission("create", "ec2:CreateTags", arn) for arn in _MADE),
        Permission("create", "iam:PassRole", "arn:{partition}:iam::{account}:role/*"),
        Permission("create", "ssm:GetParameters", "arn:{partition}:ssm:{region}::parameter/aws/service/*"),
        Permission("create", "ec2:DescribeInstances", "*"),
        Permission("update", "ec2:StopInstances", _MACHINE),
        Permission("update", "ec2:StartInstances", _MACHINE),
        Permission("update", "ec2:ModifyInstanceAttribute", _MACHINE),
        Permission("update", "ec2:ModifyInstanceAttribute", ec2.ARN + "security-group/*"),
        Permission("update", "ec2:DescribeInstances", "*"),
        Permission("update", "ec2:CreateTags", _MACHINE),
        Permission("update", "ec2:DeleteTags", _MACHINE),
        Permission("delete", "ec2:DescribeInstanceAttribute", _MACHINE),
        Permission("delete", "ec2:TerminateInstances", _MACHINE),
        Permission("delete", "ec2:DescribeVolumes", "*"),
        Permission("delete", "ec2:DeleteVolume", ec2.ARN + "volume/*"),
        Permission("delete", "ec2:DescribeNetworkInterfaces", "*"),
        Permission("delete", "ec2:DeleteNetworkInterface", ec2.ARN + "network-interface/*"),
    )

    image: str
    instance_type: str
    subnet: str
    security_groups: list[str]
    profile: str
    key_name: str | None = None
    user_data: str = ""
    root_device: str = "/dev/xvda"
    root_volume_gb: int

    @property
    def label(self) -> str:
        return self.tags.get("Name", "(without a name)")

    def problems(self, account: Account) -> Sequence[str]:
        found = [*ec2.tag_problems(self.tags), *iam.name_problems("instance profile", self.profile, 128)]
        found += ec2.machine_problems(self.user_data, self.root_device, self.root_volume_gb)
        shapes = {
            "image": (self.image, r"ami-[0-9a-f]{8,17}|resolve:ssm:[\w.:/-]+"),
            "instance type": (self.instance_type, r"[a-z0-9-]+\.[a-z0-9-]+"),
            "subnet": (self.subnet, r"subnet-[0-9a-f]{8,17}"),
            **{f"security group {group}": (group, r"sg-[0-9a-f]{8,17}") for group in self.security_groups},
        }
        for what, (value, shape) in shapes.items():
            if not iam.unresolved(value) and not re.fullmatch(shape, value):
                found.append(f"{value!r} is not what EC2 calls {what.partition(' sg')[0]}")
        if not 1 <= len(self.security_groups) <= 5:
            found.append(f"{len(self.security_groups)} security groups: EC2 takes 1 to 5")
        return found

    def canonical(self, name: str, value: Any) -> Any:
        return sorted(value) if name == "security_groups" and value else value

    def obstacles(self, aws: Any) -> Sequence[Obstacle]:
        if iam.unresolved(self.subnet, self.instance_type):
            return ()
        of_type = [{"Name": "instance-type", "Values": [self.instance_type]}]
        subnets, offerings = aws.read(
            Query("ec2", "describe_subnets", {"SubnetIds": [self.subnet]}, ("InvalidSubnetID.NotFound",)),
            Query("ec2", "describe_instance_type_offerings", {"LocationType": "availability-zone", "Filters": of_type}),
        )
        if subnets is None:
            return [Obstacle(f"there is no subnet {self.subnet} in {aws.account.region}", "Name another subnet.")]
        zone = subnets["Subnets"][0]["AvailabilityZone"]
        zones = sorted(item["Location"] for item in offerings["InstanceTypeOfferings"])
        if zone in zones:
            return ()
        what = f"{zone}, the zone of subnet {self.subnet}, does not offer {self.instance_type}"
        if not zones:
            return [Obstacle(what, f"Choose another instance type: {aws.account.region} does not offer this one at all.")]
        return [Obstacle(what, f"Choose a subnet in {', '.join(zones)}, or another instance type.")]

    def read(self, aws: Any, outputs: Outputs) -> Live | None:
        states = (*ALIVE, "shutting-down") if aws.destroying else ALIVE
        known = outputs.get("instance_id")
        in_states = [*ec2.of_owner(aws.owner), {"Name": "instance-state-name", "Values": list(states)}]
        which = {"InstanceIds": [known]} if known else {"Filters": in_states}
        found, *protection = aws.read(
            Query("ec2", "describe_instances", which, (GONE,)), *([_protection(known)] if known and aws.destroying else [])
        )
        machines = [item for item in _machines(found) if item["State"]["Name"] in states]
        if not machines:
            return None
        live = machines[0]
        if aws.destroying and not protection:
            protection = aws.read(_protection(live["InstanceId"]))
        tags = iam.tag_map(live.get("Tags", []))
        protected = any((item or {}).get("DisableApiTermination", {}).get("Value") for item in protection)
        stopped = live["State"]["Name"] in ("stopping", "stopped")
        return Live(
            outputs={"instance_id": live["InstanceId"]},
            properties={
                "instance_type": live["InstanceType"],
                "subnet": live.get("SubnetId"),
                "security_groups": sorted(group["GroupId"] for group in live.get("SecurityGroups", [])),
                "profile": live.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2],
                "key_name": live.get("KeyName") or None,
                "tags": tagless(tags),
            },
            owner=Owner.from_tags(tags),
            notes=("it is stopped: start it when it shall work",) if stopped else (),
            blockers=("termination protection is on: somebody wants to keep it",) if protected else (),
        )

    def create(self, aws: Any) -> Live:
        with taken("IdempotentParameterMismatch"):  # an earlier run asked with other properties
            answer = aws.call(
                "ec2",
                "run_instances",
                MinCount=1,
                MaxCount=1,
                ClientToken=aws.token,
                ImageId=self.image,
                InstanceType=self.instance_type,
                SubnetId=self.subnet,
                SecurityGroupIds=sorted(self.security_groups),
                IamInstanceProfile={"Name": self.profile},
                **({"KeyName": self.key_name} if self.key_name else {}),
                **({"UserData": self.user_data} if self.user_data else {}),
                BlockDeviceMappings=ec2.root_volume(self.root_device, self.root_volume_gb),
                MetadataOptions=ec2.METADATA,
                TagSpecifications=ec2.tag_specifications(aws.tags(self.tags), "instance", "volume", "network-interface"),
            )
        return Live({"instance_id": answer["Instances"][0]["InstanceId"]}, self.properties(), owner=aws.owner)

    def update(self, aws: Any, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        machine = {"InstanceId": outputs["instance_id"]}
        ec2.retag(aws, outputs["instance_id"], differences)
        for item in differences:
            if item.field == "security_groups":
                aws.call("ec2", "modify_instance_attribute", **machine, Groups=sorted(self.security_groups))
            if item.field == "instance_type":
                self._change_type(aws, outputs["instance_id"], item)
        return outputs

    def ready(self, aws: Any, outputs: Outputs) -> Outputs:
        """A machine that somebody has stopped counts as ready: it is there."""
        self._wait(aws, outputs["instance_id"], ("running", "stopped"), minutes=10)
        return outputs

    def delete(self, aws: Any, outputs: Outputs) -> None:
        if not (machine := outputs.get("instance_id")):
            return
        with gone(GONE):
            aws.call("ec2", "terminate_instances", InstanceIds=[machine])
        self._wait(aws, machine, ("terminated", ""), minutes=20)
        self._delete_leftovers(aws)

    def _delete_leftovers(self, aws: Any) -> None:
        """What the machine was born with and did not take along, because somebody told it so."""
        loose = {"Filters": [*ec2.of_owner(aws.owner), {"Name": "status", "Values": ["available"]}]}
        volumes, interfaces = aws.read(
            Query("ec2", "describe_volumes", loose), Query("ec2", "describe_network_interfaces", loose)
        )
        for item in volumes["Volumes"]:
            with gone("InvalidVolume.NotFound"):
                aws.call("ec2", "delete_volume", VolumeId=item["VolumeId"])
        for item in interfaces["NetworkInterfaces"]:
            with gone("InvalidNetworkInterfaceID.NotFound"):
                aws.call("ec2", "delete_network_interface", NetworkInterfaceId=item["NetworkInterfaceId"])

    def _change_type(self, aws: Any, machine: str, item: Difference) -> None:
        """EC2 changes the type of a stopped machine only. When it does not start any more it has its old type again, so
        that the next run finds the difference."""

        def change(to: str) -> None:
            aws.call("ec2", "modify_instance_attribute", InstanceId=machine, InstanceType={"Value": to})

        aws.call("ec2", "stop_instances", InstanceIds=[machine])
        self._wait(aws, machine, ("stopped",), minutes=10)
        change(item.after)
        try:
            aws.call("ec2", "start_instances", InstanceIds=[machine])
        except ClientError:
            change(item.before)
            raise
        self._wait(aws, machine, ("running",), minutes=10)

    def _wait(self, aws: Any, machine: str, wanted: tuple[str, ...], minutes: float) -> None:
        """Until it is in one of the states; "" is for one that AWS does not show. Raises AwsError when it ends instead."""

        def state() -> str:
            [found] = aws.read(Query("ec2", "describe_instances", {"InstanceIds": [machine]}, (GONE,)))
            live = next(iter(_machines(found)), {})
            now = live.get("State", {}).get("Name", "")
            if now in wanted:
                return ""
            if now in ("shutting-down", "terminated") and "terminated" not in wanted:
                raise _ended(machine, now, live.get("StateReason", {}))
            return f"machine {machine} is {now}" if now else f"machine {machine} does not show yet"

        aws.wait(state, minutes * _MINUTES)


def _machines(answer: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    return [item for each in (answer or {}).get("Reservations", []) for item in each["Instances"]]


def _protection(machine: str) -> Query:
    which = {"InstanceId": machine, "Attribute": "disableApiTermination"}
    return Query("ec2", "describe_instance_attribute", which, (GONE, "IncorrectInstanceState"))


def _ended(machine: str, state: str, reason: Mapping[str, str]) -> AwsError:
    code, message = reason.get("Code", ""), reason.get("Message", "AWS gives no reason")
    advice = _WHY.get(code, "Mend what the message names, and run the same command again: it makes a new machine.")
    return AwsError(f"machine {machine} is {state} and will not run: {message} ({code})", advice, code)
