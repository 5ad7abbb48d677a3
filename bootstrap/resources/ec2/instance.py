"""One machine (EC2 instance), with an encrypted root volume that is deleted with it.

AWS changes little of it in place (the profile also while it runs); it uses image, user data and the root volume's settings
only at creation. The volumes and network interfaces also carry the owner tags, so bootstrap finds what outlives the machine.
EC2 lists a terminated machine for about an hour more: here it counts as deleted.
Source: EC2 API reference RunInstances, TerminateInstances; EC2 user guide ec2-instance-lifecycle,
troubleshooting-launch, Run_Instance_Idempotency, ec2-stop-protection (it also prevents termination).
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from bootstrap.aws.errors import ignore_missing, raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.first_boot import MARK, FirstBoot, pinned_versions
from bootstrap.core.live import Live, Obstacle, Outputs, Part, Properties
from bootstrap.core.owner import OWNER_TAGS, Owner, stack_of, tagless
from bootstrap.core.query import Query
from bootstrap.core.resource import Taggable
from bootstrap.core.resource_type import Deletion, Identifiers, Opening, Updates
from bootstrap.core.search_filter import SearchFilter
from bootstrap.core.strictness import Chosen, Members, Parts, Repaired
from bootstrap.resources.ec2 import leftovers, machine as ec2_machine, shared as ec2, vcpus
from bootstrap.resources.ec2.instance_permissions import PERMISSIONS
from bootstrap.resources.ec2.machine import GONE
from bootstrap.resources.ec2.vcpus import Machines
from bootstrap.resources.iam import shared as iam

ALIVE = ("pending", "running", "stopping", "stopped")


@dataclass(frozen=True, kw_only=True)
class Ec2Instance(Taggable):
    """`image` is an AMI's id or "resolve:ssm:/aws/service/..."; `subnet` and `security_groups` are ids; `profile` is the
    name of an instance profile and `profile_id` its id, or "" if it is not known, `passed_role` the ARN of its role (for
    a permission only), `key_name` the name of a key pair; `user_data` is text, not base64; `metadata` has the
    MetadataOptions as the EC2 API names them."""

    kind = "ec2_instance"
    services = ("ec2",)
    identifiers = Identifiers(
        outputs=("instance_id", "volumes", "interfaces"),
        unique_id="instance_id",
        unnamed=True,
        arn_prefixes={"ec2:instance": "instance_id", "ec2:volume": "", "ec2:network-interface": ""},
    )
    updates = Updates(
        force_new={"subnet", "key_name"},
        create_only={"image", "user_data", "root_device", "root_volume_gb"},
        strictness={
            "instance_type": Chosen(),  # resetting it would stop what runs on the machine
            "security_groups": Members("security group"),
            "profile": Chosen(),
            "profile_id": Repaired("which profile of that name: one that was deleted gives no credentials"),
            "passed_role": Repaired("for a permission only"),
            "metadata": Parts(ec2.METADATA_DIRECTIONS),
        },
        opens={
            "security_groups": Opening("open-network", "its rules may open the machine to more addresses"),
            "security group": Opening("open-network", "its rules may open the machine to more addresses"),
            "profile": Opening("new-role", "the machine acts with the role of another instance profile"),
            "metadata": ec2.OPEN_METADATA,
        },
        set_by={"instance_type": "--vm-instance-type"},
        precheck_on_update={"instance_type"},
        interrupt_flag="restart-vm",
    )
    deletion = Deletion(force_flag="delete-data")
    permissions = PERMISSIONS

    image: str
    instance_type: str
    subnet: str
    security_groups: list[str]
    profile: str
    profile_id: str = ""
    passed_role: str = ""
    key_name: str | None = None
    user_data: str = ""
    root_device: str = "/dev/xvda"
    root_volume_gb: int
    metadata: dict[str, Any] = field(default_factory=lambda: dict(ec2.METADATA))

    @property
    def label(self) -> str:
        return self.tags.get("Name", "(without a name)")

    def creation_facts(self) -> Mapping[str, str]:
        return pinned_versions(self.user_data)

    def as_created(self, aws: Cloud, outputs: Outputs) -> tuple[Self, str]:
        script, unread = ec2_machine.user_data(aws, outputs["instance_id"], self.user_data)
        return replace(self, user_data=script), unread

    def machines(self) -> Machines:
        return Machines([self.instance_type])

    def arn_variables(self) -> Properties:
        amazons = "amazon" if self.image.startswith("resolve:ssm:/aws/service/") else None
        passed = [self.passed_role] if self.passed_role else []
        codes = vcpus.codes([self.instance_type], spot=False)
        return {**self.properties(), **self.metadata, "passed": passed, "image_owner": amazons, "vcpu_quotas": codes}

    def validate(self, account: Account) -> Sequence[str]:
        found = ec2.tag_problems(self.tags)
        if not iam.unresolved(self.profile):
            found += iam.name_problems("instance profile", self.profile, 128)
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
            found.append(f"{len(self.security_groups)} security groups: EC2 accepts 1 to 5")
        return found

    def canonical(self, name: str, value: Any) -> Any:
        return sorted(value) if name == "security_groups" and value else value

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        if iam.unresolved(self.subnet, self.instance_type):
            return ()
        elsewhere = ec2_machine.not_in_zone(aws, self.subnet, self.instance_type)
        return [*elsewhere, *vcpus.obstacles(aws, [self.instance_type], spot=False)]

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        states = (*ALIVE, "shutting-down") if aws.destroying else ALIVE
        known = outputs.get("instance_id")
        in_states = [*ec2.owner_filters(aws.owner), {"Name": "instance-state-name", "Values": list(states)}]
        which = {"InstanceIds": [known]} if known else {"Filters": in_states}
        tags_of = leftovers.queries(aws.owner) if aws.destroying else []
        about = ec2_machine.termination_queries(known) if known and aws.destroying and not aws.expects_gone else []
        found, *more = aws.read(Query("ec2", "describe_instances", which, (GONE,)), *tags_of, *about)
        machines = [item for item in ec2_machine.machines(found) if item["State"]["Name"] in states]
        tagged, more = more[: len(tags_of)], more[len(tags_of) :]
        if not machines:
            # Somebody has terminated it: only what it left behind remains to be deleted.
            along = leftovers.ours(leftovers.remaining(*tagged), {}, outputs) if tagged else ()
            retained = tuple(leftovers.retained(tagged[0], {}, along)) if along else ()
            elsewhere = tuple(leftovers.attached_elsewhere(tagged, along, known)) if tagged else ()
            held = tuple(leftovers.data(tagged[0], along, retained)) if along else ()
            left = Live(dict(outputs), {}, owner=aws.owner, blockers=retained, obstacles=elsewhere, along=along, holds=held)
            return left if along else None
        live = machines[0]
        if len(several := [item["InstanceId"] for item in machines if item["State"]["Name"] in ALIVE]) > 1:
            return Live({}, {}, unreadable=ec2.ambiguous("machines", several))
        if aws.destroying and not more:
            more = aws.read(*ec2_machine.termination_queries(live["InstanceId"]))
        tags = iam.tag_map(live.get("Tags", []))
        own = {key: value for key, value in tagless(tags).items() if key != ec2.STOPPED_TAG}
        *protections, volumes = more or ({"Volumes": []},)
        along = leftovers.ours(leftovers.remaining(*tagged), live, outputs) if tagged else ()
        elsewhere = tuple(leftovers.attached_elsewhere(tagged, along, live["InstanceId"])) if tagged else ()
        retained = tuple(leftovers.retained(tagged[0], live, along)) if tagged else ()
        stopped = live["State"]["Name"] in ec2_machine.STOPPED
        why = "an earlier run stopped it" if ec2_machine.stopped_by_us(live) else "it is stopped: start it when you need it"
        assumes = live.get("IamInstanceProfile", {})
        profile = assumes.get("Arn", "").rpartition("/")[2]
        return Live(
            outputs={"instance_id": live["InstanceId"], **leftovers.volumes_and_interfaces(live)},
            properties={
                "instance_type": live["InstanceType"],
                "subnet": live.get("SubnetId"),
                "security_groups": sorted(group["GroupId"] for group in live.get("SecurityGroups", [])),
                "profile": profile or None,
                **({"profile_id": assumes["Id"]} if self.profile_id and profile == self.profile else {}),
                "key_name": live.get("KeyName") or None,
                "metadata": ec2.metadata_of(live.get("MetadataOptions", {})),
                "tags": own,
            },
            owner=Owner.from_tags(tags),
            stack=stack_of(tags),
            notes=(why,) if stopped else (),
            parts=frozenset(
                Part("volume", live["InstanceId"], each) for each in leftovers.of_others(volumes, live, aws.owner)
            ),
            blockers=retained,
            along=along,
            holds=tuple(leftovers.data(tagged[0], along, retained)) if tagged else (),
            obstacles=(*ec2_machine.protected(protections), *elsewhere),
        )

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: SearchFilter) -> Iterable[tuple[Outputs, Mapping[str, str]]]:
        return ec2.list_tagged(aws, cls.identifiers.arn_prefixes)

    def is_visible(self, live: Live | None) -> bool:
        """Its volumes have the same tags and may show before the machine itself does."""
        return live is not None and bool(live.properties)

    def lost_on_replace(self) -> tuple[str, ...]:
        return (
            f"its disk ({self.root_volume_gb} GB) with all that is not in a bucket",
            "what runs on it, its private address and its host key (SSH warns of a changed host)",
        )

    def interrupted_by(self, aws: Cloud, outputs: Outputs, changed: Collection[str]) -> Sequence[str]:
        """A running machine stops for a new instance type, which ends everything that runs on it."""
        if "instance_type" not in changed:
            return ()
        [found] = aws.read(Query("ec2", "describe_instances", {"InstanceIds": [outputs["instance_id"]]}, (GONE,)))
        running = [item for item in ec2_machine.machines(found) if item["State"]["Name"] in ("pending", "running")]
        return [f"everything on machine {item['InstanceId']}, which stops and starts again" for item in running]

    def update_obstacles(self, aws: Cloud, outputs: Outputs, changed: Collection[str]) -> Sequence[Obstacle]:
        """Stop protection, for a new instance type: EC2 then stops no running machine, and changes no type of one."""
        if not self.interrupted_by(aws, outputs, changed):
            return ()
        protection = aws.read_if_allowed(ec2_machine.protection_query(outputs["instance_id"], "stop"))
        return list(ec2_machine.protected([protection], ["stop"]))

    def create(self, aws: Cloud) -> Live:
        with raise_already_exists("IdempotentParameterMismatch"):  # an earlier run asked with other properties
            answer = aws.call(
                "ec2",
                "run_instances",
                MinCount=1,
                MaxCount=1,
                ClientToken=aws.client_token,
                ImageId=self.image,
                InstanceType=self.instance_type,
                SubnetId=self.subnet,
                SecurityGroupIds=sorted(self.security_groups),
                IamInstanceProfile={"Name": self.profile},
                **({"KeyName": self.key_name} if self.key_name else {}),
                **({"UserData": self.user_data} if self.user_data else {}),
                BlockDeviceMappings=ec2.root_volume(self.root_device, self.root_volume_gb),
                MetadataOptions=self.metadata,
                TagSpecifications=ec2.tag_specifications(aws.tags(self.tags), "instance", "volume", "network-interface"),
            )
        return Live({"instance_id": answer["Instances"][0]["InstanceId"]}, self.properties(), owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        machine = {"InstanceId": outputs["instance_id"]}
        adopted = {item.key for item in differences if item.after is not None} >= {*OWNER_TAGS}
        ec2.retag(
            aws, outputs["instance_id"], differences, *(ec2_machine.made_with(aws, machine["InstanceId"]) if adopted else ())
        )
        if any(item.field in ("profile", "profile_id") for item in differences):
            ec2_machine.set_profile(aws, outputs["instance_id"], self.profile, self.profile_id)
        for item in differences:
            if item.field == "security_groups":
                aws.call("ec2", "modify_instance_attribute", **machine, Groups=sorted(self.security_groups))
            if item.field == "instance_type":
                ec2_machine.change_type(aws, outputs["instance_id"], item.before, item.after)
            if item.field == "metadata":
                aws.call("ec2", "modify_instance_metadata_options", **machine, **self.metadata)
        return outputs

    def ready(self, aws: Cloud, outputs: Outputs) -> Outputs:
        """A machine that somebody stopped counts as ready. One that bootstrap stopped is started."""
        live = ec2_machine.wait(aws, outputs["instance_id"], ("running", "stopped"), minutes=10)
        if ec2_machine.stopped_by_us(live):
            ec2_machine.restart(aws, live)
        return {**outputs, **leftovers.volumes_and_interfaces(live)}

    def first_boot(self, aws: Cloud, outputs: Outputs) -> FirstBoot | None:
        return ec2_machine.first_boot(aws, outputs["instance_id"]) if MARK in self.user_data else None

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        if machine := outputs.get("instance_id"):
            with ignore_missing(GONE):
                aws.call("ec2", "terminate_instances", InstanceIds=[machine])
            ec2_machine.wait(aws, machine, ("terminated", ""), minutes=20)
        leftovers.delete(aws, self.deletion.force_flag)
