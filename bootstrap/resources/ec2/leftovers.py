"""What a terminated machine leaves behind when somebody set it to be retained: volumes and network interfaces.

They carry the owner tags since their creation with the machine. Tags alone prove nothing, because anybody can copy them: a
leftover belongs to this deployment if the machine has it now, or had it when it was last read.
Source: EC2 user guide terminating-instances, preserving-volumes-on-termination; EC2 API reference DeleteVolume,
DeleteNetworkInterface.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bootstrap.aws.errors import ignore_missing
from bootstrap.core.cloud import Cloud
from bootstrap.core.live import Obstacle, Outputs
from bootstrap.core.loss import Loss
from bootstrap.core.owner import Owner
from bootstrap.core.query import Query
from bootstrap.errors import AwsError
from bootstrap.resources.ec2 import shared as ec2
from bootstrap.resources.iam import shared as iam

_LONGEST_WAIT = 5  # times 2 minutes


class Leftover(NamedTuple):
    """`what` is "volume" or "network interface"."""

    what: str
    id: str
    status: str

    @property
    def name(self) -> str:
        return f"{self.what} {self.id}"


def queries(owner: Owner) -> list[Query]:
    which = {"Filters": ec2.owner_filters(owner)}
    return [Query("ec2", "describe_volumes", which), Query("ec2", "describe_network_interfaces", which)]


def attached(machine: str) -> Query:
    return Query("ec2", "describe_volumes", {"Filters": [{"Name": "attachment.instance-id", "Values": [machine]}]})


def volumes_and_interfaces(machine: Mapping[str, Any]) -> dict[str, str]:
    """The outputs "volumes" and "interfaces": the ids of what the machine has, if AWS shows them already."""
    volumes = [item["Ebs"]["VolumeId"] for item in machine.get("BlockDeviceMappings", []) if "Ebs" in item]
    interfaces = [item["NetworkInterfaceId"] for item in machine.get("NetworkInterfaces", [])]
    found = {"volumes": " ".join(sorted(volumes)), "interfaces": " ".join(sorted(interfaces))}
    return {name: ids for name, ids in found.items() if ids}


def remaining(volumes: Mapping[str, Any], interfaces: Mapping[str, Any]) -> Iterator[Leftover]:
    """The leftovers in the answers to `queries`, without those that AWS is already deleting."""
    for item in volumes["Volumes"]:
        if item["State"] not in ("deleting", "deleted"):
            yield Leftover("volume", item["VolumeId"], item["State"])
    for item in interfaces["NetworkInterfaces"]:
        yield Leftover("network interface", item["NetworkInterfaceId"], item["Status"])


def ours(found: Iterable[Leftover], machine: Mapping[str, Any], recorded: Outputs) -> tuple[str, ...]:
    """The names of those that belong to us: recorded, or on our machine; all, if no answer of AWS was ever recorded."""
    known = {
        word for outputs in (recorded, volumes_and_interfaces(machine)) for ids in outputs.values() for word in ids.split()
    }
    return tuple(sorted(item.name for item in found if not recorded or item.id in known))


def retained(volumes: Mapping[str, Any], machine: Mapping[str, Any], named: Collection[str]) -> Iterator[str]:
    """Those of the named volumes that somebody set to outlive the machine (empty: it is gone). Nothing is
    known yet about a volume that is still being created."""
    attached = {item["Ebs"]["VolumeId"]: item["Ebs"] for item in machine.get("BlockDeviceMappings", []) if "Ebs" in item}
    for item in volumes["Volumes"]:
        held_by = [attached.get(item["VolumeId"], {}), *item.get("Attachments", [])]
        going = any(each.get("DeleteOnTermination") for each in held_by)
        if f"volume {item['VolumeId']}" in named and item["State"] not in ("creating", "deleting", "deleted") and not going:
            yield f"volume {item['VolumeId']} is retained when its machine is terminated, and may hold data"


def data(volumes: Mapping[str, Any], named: Collection[str], kept: Sequence[str]) -> Iterator[Loss]:
    """Those of the named volumes that end with the machine or by --delete-data; `kept` is what `retained` says of them."""
    for item in volumes["Volumes"]:
        name = f"volume {item['VolumeId']}"
        if name in named:
            detail = "retained when its machine is terminated" if any(each.startswith(f"{name} ") for each in kept) else ""
            yield Loss("volume", item["VolumeId"], detail=detail, bytes=item.get("Size", 0) * 1024**3)


def attached_elsewhere(
    tagged: Sequence[Mapping[str, Any]], named: Collection[str], machine: str | None
) -> Iterator[Obstacle]:
    """Those of the named, in the answers to `queries`, that are attached to something else: AWS does not delete these."""
    volumes, interfaces = tagged
    holders = {f"volume {item['VolumeId']}": item.get("Attachments", []) for item in volumes["Volumes"]}
    for item in interfaces["NetworkInterfaces"]:
        holders[f"network interface {item['NetworkInterfaceId']}"] = [item["Attachment"]] if item.get("Attachment") else []
    for what in sorted(set(named) & set(holders)):
        by = [each.get("InstanceId") or "something that AWS does not name" for each in holders[what]]
        if others := sorted({each for each in by if each != machine}):
            problem = f"{what} is attached to {', '.join(others)}, which this deployment did not create"
            yield Obstacle(problem, "Detach it there, if nobody needs it, and run the same command again.")


def of_others(volumes: Mapping[str, Any], machine: Mapping[str, Any], owner: Owner) -> Iterator[str]:
    """The ids of volumes that somebody else attached to the machine and that would be deleted with it."""
    going = {
        item["Ebs"]["VolumeId"]
        for item in machine.get("BlockDeviceMappings", [])
        if item.get("Ebs", {}).get("DeleteOnTermination") and item["DeviceName"] != machine.get("RootDeviceName")
    }
    for item in volumes["Volumes"]:
        if item["VolumeId"] in going and Owner.from_tags(iam.tag_map(item.get("Tags", []))) != owner:
            yield item["VolumeId"]


def delete(aws: Cloud, flag: str) -> None:
    """Deletes those that the plan named, and waits for those that are still attached. Retained volumes may hold data: only
    `flag` deletes them. Without it, raises AwsError that names them."""
    may_delete_data, kept = flag in aws.allowed, list[str]()

    def held() -> str:
        found = sorted(item for item in remaining(*aws.read(*queries(aws.owner))) if item.name in aws.also_removed)
        kept[:] = [item.id for item in found if item.what == "volume" and not may_delete_data]
        for item in found:
            if item.status == "available" and item.id not in kept:
                _delete(aws, item)
        return ", ".join(f"{item.what} {item.id} is {item.status}" for item in found if item.status != "available")

    def waiting() -> str:
        return held() or ("waiting for volumes to go with their machine" if kept else "")

    aws.wait(held, _LONGEST_WAIT)
    if not kept:
        return
    try:
        aws.wait(waiting, aws.timing.settle / aws.timing.propagation)
    except AwsError as error:
        if aws.stopping() or not kept:
            raise
        what = f"the machine is deleted, and what may hold data is kept: volume {', '.join(sorted(kept))}"
        advice = f"Save what you need, delete it by hand, and run the same command again (destroy deletes it with --{flag})."
        raise AwsError(what, advice) from error


def _delete(aws: Cloud, item: Leftover) -> None:
    if item.what == "volume":
        with ignore_missing("InvalidVolume.NotFound"):
            aws.call("ec2", "delete_volume", VolumeId=item.id)
    else:
        with ignore_missing("InvalidNetworkInterfaceID.NotFound"):
            aws.call("ec2", "delete_network_interface", NetworkInterfaceId=item.id)
