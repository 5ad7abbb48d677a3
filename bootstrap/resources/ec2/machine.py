"""The states of a machine: waiting for one, and changing the instance type, for which EC2 requires it to be stopped.

Source: EC2 user guide ec2-instance-lifecycle, troubleshooting-launch, change-instance-type.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.aws.errors import code_of, ignore_missing
from bootstrap.core.cloud import Cloud
from bootstrap.core.first_boot import NOTHING, FirstBoot, last_said
from bootstrap.core.live import Obstacle
from bootstrap.core.query import Query
from bootstrap.errors import AwsError
from bootstrap.permissions.denial import CODES
from bootstrap.resources.ec2 import leftovers, shared as ec2
from bootstrap.resources.iam import shared as iam

GONE = "InvalidInstanceID.NotFound"
STOPPED = ("stopping", "stopped")
PROTECTIONS = ("termination", "stop")
"""EC2 terminates no machine that has one of these protections."""

_MINUTES = 0.5  # as a multiple of the usual 2
_WHY: Mapping[str, str] = {
    "Client.InternalError": "Most often the KMS key for EBS encryption may not be used: check its policy.",
    "Client.VolumeLimitExceeded": "Delete volumes that nobody needs, or ask for more (Service Quotas console).",
    "Server.InsufficientInstanceCapacity": "Choose another instance type or another subnet, or try again later.",
}


def machines(answer: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    return [item for each in (answer or {}).get("Reservations", []) for item in each["Instances"]]


def stopped_by_us(machine: Mapping[str, Any]) -> bool:
    """Whether bootstrap stopped the machine, in this run or in an interrupted one."""
    return ec2.STOPPED_TAG in iam.tag_map(machine.get("Tags", []))


def wait(aws: Cloud, machine: str, wanted: tuple[str, ...], minutes: float) -> dict[str, Any]:
    """Waits until the machine is in one of the states and returns it; "" is the state of one that AWS does not show.

    Raises AwsError when it is terminated instead.
    """
    seen: dict[str, Any] = {}

    def state() -> str:
        seen.clear()
        seen.update(_describe(aws, machine))
        now = seen.get("State", {}).get("Name", "")
        if now in wanted:
            return ""
        if now in ("shutting-down", "terminated") and "terminated" not in wanted:
            raise _ended(machine, now, seen.get("StateReason", {}))
        return f"machine {machine} is {now}" if now else f"machine {machine} does not show yet"

    aws.wait(state, minutes * _MINUTES)
    return seen


def not_in_zone(aws: Cloud, subnet: str, instance_type: str) -> list[Obstacle]:
    """Whether the zone of the subnet does not offer the type, or there is no such subnet."""
    of_type = [{"Name": "instance-type", "Values": [instance_type]}]
    subnets, offerings = aws.read(
        Query("ec2", "describe_subnets", {"SubnetIds": [subnet]}, ("InvalidSubnetID.NotFound",)),
        Query("ec2", "describe_instance_type_offerings", {"LocationType": "availability-zone", "Filters": of_type}),
    )
    if subnets is None:
        return [Obstacle(f"there is no subnet {subnet} in {aws.account.region}", "Name another subnet.")]
    zone = subnets["Subnets"][0]["AvailabilityZone"]
    zones = sorted(item["Location"] for item in offerings["InstanceTypeOfferings"])
    if zone in zones:
        return []
    what = f"{zone}, the zone of subnet {subnet}, does not offer {instance_type}"
    if not zones:
        return [Obstacle(what, f"Choose another instance type: {aws.account.region} does not offer this one at all.")]
    return [Obstacle(what, f"Choose a subnet in {', '.join(zones)}, or another instance type.")]


def change_type(aws: Cloud, machine: str, before: str, after: str) -> None:
    """Stops it, changes its type and starts it; `restart` must follow. A machine that somebody else stopped stays stopped.

    Raises the first ClientError, after it restored the old type and started the machine: the next run finds the difference.
    """

    def change(to: str) -> None:
        aws.call("ec2", "modify_instance_attribute", InstanceId=machine, InstanceType={"Value": to})

    live = _describe(aws, machine)
    if live.get("State", {}).get("Name") in STOPPED and not stopped_by_us(live):
        wait(aws, machine, ("stopped",), minutes=10)
        change(after)
        return
    aws.call("ec2", "create_tags", Resources=[machine], Tags=[{"Key": ec2.STOPPED_TAG, "Value": "to change its type"}])
    changed = False
    try:
        aws.call("ec2", "stop_instances", InstanceIds=[machine])
        wait(aws, machine, ("stopped",), minutes=10)
        change(after)
        changed = True
        aws.call("ec2", "start_instances", InstanceIds=[machine])
    except ClientError:
        with suppress(ClientError, BotoCoreError):  # the first error says more; the tag lets the next run try again
            if changed:
                change(before)
            aws.call("ec2", "start_instances", InstanceIds=[machine])
            _remove_stopped_tag(aws, machine)
        raise


def set_profile(aws: Cloud, machine: str, profile: str, profile_id: str) -> None:
    """Associates the instance profile with the machine, running or stopped; another one is disassociated first, also one of
    that name with another id, which was deleted.

    Source: EC2 API reference AssociateIamInstanceProfile, ReplaceIamInstanceProfileAssociation (running machines only).
    """

    def associations() -> list[tuple[str, Mapping[str, str]]]:
        [answer] = aws.read(
            Query("ec2", "describe_iam_instance_profile_associations", ec2.filters({"instance-id": [machine]}))
        )
        found = [item for item in answer["IamInstanceProfileAssociations"] if item["State"] != "disassociated"]
        return [(item["AssociationId"], item["IamInstanceProfile"]) for item in found]

    def is_ours(held: Mapping[str, str]) -> bool:
        return held["Arn"].rpartition("/")[2] == profile and profile_id in ("", held["Id"])

    def leaving() -> str:
        return ", ".join(f"profile {each['Arn']} is being removed from machine {machine}" for _, each in associations())

    held = associations()
    if any(is_ours(each) for _, each in held):
        return
    for association, _ in held:
        with ignore_missing("InvalidAssociationID.NotFound"):
            aws.call("ec2", "disassociate_iam_instance_profile", AssociationId=association)
    aws.wait(leaving)
    try:
        aws.call("ec2", "associate_iam_instance_profile", InstanceId=machine, IamInstanceProfile={"Name": profile})
    except ClientError as error:  # the SDK sent it twice, because the first answer was lost
        if code_of(error) != "IncorrectState" or not any(is_ours(each) for _, each in associations()):
            raise


def restart(aws: Cloud, machine: Mapping[str, Any]) -> None:
    """Starts a machine that bootstrap stopped, in this run or in an interrupted one."""
    which = machine["InstanceId"]
    if machine["State"]["Name"] == "stopped":
        aws.call("ec2", "start_instances", InstanceIds=[which])
        wait(aws, which, ("running",), minutes=10)
    _remove_stopped_tag(aws, which)


def first_boot(aws: Cloud, machine: str) -> FirstBoot:
    """What its console says about its first boot. A console that cannot be read gives "unknown", not an error.

    Source: EC2 API reference GetConsoleOutput: the live console (`Latest`) is there for Nitro types only.
    """
    try:
        [answer] = aws.read(Query("ec2", "get_console_output", {"InstanceId": machine, "Latest": True}, (GONE,)))
    except ClientError as error:
        code = code_of(error)
        why = (
            "you may not read its console (ec2:GetConsoleOutput)"
            if code in CODES
            else f"its console cannot be read ({code})"
        )
        if code == "UnsupportedOperation":
            why = "AWS shows the live console of Nitro instance types only"
        return FirstBoot(aws.owner.address, machine, "unknown", why)
    verdict, text = last_said(str((answer or {}).get("Output", ""))) or ("unknown", NOTHING)
    return FirstBoot(aws.owner.address, machine, verdict, text)


def user_data(aws: Cloud, machine: str, otherwise: str) -> tuple[str, str]:
    """The script with which a machine was created, and ""; when it cannot be read, `otherwise` and a note that says so.

    Source: EC2 API reference DescribeInstanceAttribute (userData, in base64; no value where there is none).
    """
    which = {"InstanceId": machine, "Attribute": "userData"}
    answer = aws.read_if_allowed(Query("ec2", "describe_instance_attribute", which, (GONE,)))
    with suppress(ValueError):  # also when it is not text
        if answer:
            return base64.b64decode(answer.get("UserData", {}).get("Value", "")).decode(), ""
    what = "the script of its first boot (ec2:DescribeInstanceAttribute)"
    return otherwise, f"{what}, so what it installed is recorded as the inputs say"


def made_with(aws: Cloud, machine: str) -> tuple[str, ...]:
    """The ids of its root volume and its first network interface, which RunInstances creates: not of what was attached."""
    live = _describe(aws, machine)
    root = [item["Ebs"] for item in live.get("BlockDeviceMappings", []) if item["DeviceName"] == live.get("RootDeviceName")]
    first = [item for item in live.get("NetworkInterfaces", []) if item["Attachment"]["DeviceIndex"] == 0]
    return (*(item["VolumeId"] for item in root), *(item["NetworkInterfaceId"] for item in first))


def termination_queries(machine: str) -> list[Query]:
    """What to read before a termination: each of `PROTECTIONS`, and the volumes on the machine."""
    return [*(protection_query(machine, each) for each in PROTECTIONS), leftovers.attached(machine)]


def protection_query(machine: str, protection: str) -> Query:
    which = {"InstanceId": machine, "Attribute": f"disableApi{protection.title()}"}
    return Query("ec2", "describe_instance_attribute", which, (GONE, "IncorrectInstanceState"))


def protected(answers: Sequence[Mapping[str, Any] | None], protections: Sequence[str] = PROTECTIONS) -> Iterator[Obstacle]:
    for each, answer in zip(protections, answers, strict=False):
        if (answer or {}).get(f"DisableApi{each.title()}", {}).get("Value"):
            what = f"{each} protection is on: somebody wants to keep it"
            yield Obstacle(what, "Switch it off, and run the same command again.")


def _remove_stopped_tag(aws: Cloud, machine: str) -> None:
    aws.call("ec2", "delete_tags", Resources=[machine], Tags=[{"Key": ec2.STOPPED_TAG}])


def _describe(aws: Cloud, machine: str) -> dict[str, Any]:
    [found] = aws.read(Query("ec2", "describe_instances", {"InstanceIds": [machine]}, (GONE,)))
    return next(iter(machines(found)), {})


def _ended(machine: str, state: str, reason: Mapping[str, str]) -> AwsError:
    code, message = reason.get("Code", ""), reason.get("Message", "AWS gives no reason")
    advice = _WHY.get(code, "Fix what the message names, and run the same command again: it creates a new machine.")
    return AwsError(f"machine {machine} is {state} and will not run: {message} ({code})", advice, code)
