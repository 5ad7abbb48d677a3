"""What a machine was born with and did not take along, because somebody told it so: volumes, network interfaces.

They are found by the owner tags that they got with the machine.
Source: EC2 user guide terminating-instances, preserving-volumes-on-termination; EC2 API reference DeleteVolume,
DeleteNetworkInterface.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bootstrap.aws import gone
from bootstrap.core.owner import Owner
from bootstrap.core.query import Query
from bootstrap.errors import AwsError
from bootstrap.resources import ec2

_LONGEST_WAIT = 5  # times 2 minutes


class Leftover(NamedTuple):
    """`what` is "volume" or "network interface"."""

    what: str
    id: str
    status: str


def queries(owner: Owner) -> list[Query]:
    which = {"Filters": ec2.of_owner(owner)}
    return [Query("ec2", "describe_volumes", which), Query("ec2", "describe_network_interfaces", which)]


def leftovers(volumes: Mapping[str, Any], interfaces: Mapping[str, Any]) -> Iterator[Leftover]:
    """What the answers to `queries` show, but for what AWS is deleting already."""
    for item in volumes["Volumes"]:
        if item["State"] not in ("deleting", "deleted"):
            yield Leftover("volume", item["VolumeId"], item["State"])
    for item in interfaces["NetworkInterfaces"]:
        yield Leftover("network interface", item["NetworkInterfaceId"], item["Status"])


def kept(volumes: Mapping[str, Any], machine: Mapping[str, Any]) -> Iterator[str]:
    """The volumes that stay when the machine (empty: it is gone) ends, because somebody told it so. Of a volume that is
    still being made nothing is known yet."""
    born = {item["Ebs"]["VolumeId"]: item["Ebs"] for item in machine.get("BlockDeviceMappings", []) if "Ebs" in item}
    for item in volumes["Volumes"]:
        held_by = [born.get(item["VolumeId"], {}), *item.get("Attachments", [])]
        going = any(each.get("DeleteOnTermination") for each in held_by)
        if item["State"] not in ("creating", "deleting", "deleted") and not going:
            yield f"volume {item['VolumeId']} was told to stay when its machine ends, and may hold data"


def delete(aws: Any, flag: str) -> None:
    """Deletes them all, and waits for those that something still has. Volumes that were told to stay hold data: they go
    only where `flag` was given. Raises AwsError that names them else."""
    data_goes, stay = flag in aws.allowed, list[str]()

    def held() -> str:
        found = sorted(leftovers(*aws.read(*queries(aws.owner))))
        stay[:] = [item.id for item in found if item.what == "volume" and not data_goes]
        for item in found:
            if item.status == "available" and item.id not in stay:
                _delete(aws, item)
        return ", ".join(f"{item.what} {item.id} is {item.status}" for item in found if item.status != "available")

    def staying() -> str:
        return held() or ("waiting for volumes to go with their machine" if stay else "")

    aws.wait(held, _LONGEST_WAIT)
    if not stay:
        return
    try:
        aws.wait(staying, aws.aws.timing.settle / aws.aws.timing.propagation)
    except AwsError as error:
        if aws.stopping() or not stay:
            raise
        what = f"what the machine left behind stays, as it may hold data: volume {', '.join(sorted(stay))}"
        advice = f"Save what you need, and delete it by hand, or run destroy with --{flag}."
        raise AwsError(what, advice) from error


def _delete(aws: Any, item: Leftover) -> None:
    if item.what == "volume":
        with gone("InvalidVolume.NotFound"):
            aws.call("ec2", "delete_volume", VolumeId=item.id)
    else:
        with gone("InvalidNetworkInterfaceID.NotFound"):
            aws.call("ec2", "delete_network_interface", NetworkInterfaceId=item.id)
