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


def delete(aws: Any) -> None:
    """Deletes them all, and waits for those that something still has."""

    def held() -> str:
        found = sorted(leftovers(*aws.read(*queries(aws.owner))))
        for item in found:
            if item.status == "available":
                _delete(aws, item)
        return ", ".join(f"{item.what} {item.id} is {item.status}" for item in found if item.status != "available")

    aws.wait(held, _LONGEST_WAIT)


def _delete(aws: Any, item: Leftover) -> None:
    if item.what == "volume":
        with gone("InvalidVolume.NotFound"):
            aws.call("ec2", "delete_volume", VolumeId=item.id)
    else:
        with gone("InvalidNetworkInterfaceID.NotFound"):
            aws.call("ec2", "delete_network_interface", NetworkInterfaceId=item.id)
