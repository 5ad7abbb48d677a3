"""What is odd about a machine: it takes its time, it can end by itself, and the dead ones stay in AWS's lists."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.ec2.models import ec2_backends

from bootstrap.aws.session import Session
from bootstrap.backends.file import FileBackend
from bootstrap.core.difference import Difference, differences, others
from bootstrap.core.first_boot import MARK, NOTHING, FirstBoot
from bootstrap.core.live import Live, Part
from bootstrap.core.owner import OWNER_TAGS
from bootstrap.core.planner import lost_tags
from bootstrap.core.state import Record, State, Status
from bootstrap.engine import prepare
from bootstrap.errors import AwsError
from bootstrap.resources.ec2.instance import Ec2Instance
from tests.conftest import MakeScope
from tests.support import surroundings
from tests.support.samples import add_leftovers, before_machine, deleting, deployed, read_back
from tests.support.wire import Call, Carry, Wire

DELETE_DATA = frozenset({"delete-data"})
MACHINE = Ec2Instance(
    image="resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
    instance_type="t3.small",
    subnet=surroundings.SUBNET,
    security_groups=[surroundings.GROUP],
    profile="SampleProfile",
    key_name="sample-key",
    user_data="#!/bin/sh\necho ü\n",
    root_volume_gb=30,
    tags={"Name": "vm"},
)


@pytest.fixture
def before(scope: MakeScope) -> None:
    before_machine(scope())


@pytest.fixture
def made(before: None, scope: MakeScope) -> Live:
    return deployed(MACHINE, scope())


def shown(scope: MakeScope, live: Live) -> dict[str, Any]:
    [found] = scope().client("ec2").describe_instances(InstanceIds=[live.outputs["instance_id"]])["Reservations"]
    return dict(found["Instances"][0])


def set_state(live: Live, name: str, reason: tuple[str, str] = ("", "")) -> None:
    """What AWS does in its own time."""
    instance = ec2_backends["123456789012"]["us-east-1"].get_instance(live.outputs["instance_id"])
    instance._state.name = name
    instance.state_reason.code, instance.state_reason.message = reason


def keep_volume(scope: MakeScope, live: Live) -> str:
    """Somebody tells the root volume to outlive its machine. Returns its id."""
    [mapping] = shown(scope, live)["BlockDeviceMappings"]
    stays = {"DeviceName": mapping["DeviceName"], "Ebs": {"DeleteOnTermination": False}}
    client = scope().client("ec2")
    client.modify_instance_attribute(InstanceId=live.outputs["instance_id"], BlockDeviceMappings=[stays])
    return str(mapping["Ebs"]["VolumeId"])


def machines(scope: MakeScope) -> list[str]:
    found = scope().client("ec2").describe_instances()["Reservations"]
    return [item["State"]["Name"] for each in found for item in each["Instances"]]


def run_on(machine: Ec2Instance, live: Live, scope: MakeScope) -> None:
    """What a run does with a machine that is there."""
    found = differences(machine, read_back(machine, scope(), live.outputs))
    machine.ready(scope(), machine.update(scope(), live.outputs, found))


def runs_as(scope: MakeScope, live: Live) -> tuple[str, str, bool]:
    """State, type, and whether it is marked as stopped by us."""
    machine = shown(scope, live)
    marked = "bootstrap:stopped" in {item["Key"] for item in machine["Tags"]}
    return (machine["State"]["Name"], machine["InstanceType"], marked)


# Making one


def test_it_is_encrypted_and_all_that_it_is_made_of_carries_the_owner(made: Live, scope: MakeScope) -> None:
    client = scope().client("ec2")
    machine = shown(scope, made)
    assert machine["MetadataOptions"]["HttpTokens"] == "required"
    [volume] = client.describe_volumes()["Volumes"]
    assert (volume["Encrypted"], volume["VolumeType"], volume["Size"]) == (True, "gp3", 30)
    assert machine["BlockDeviceMappings"][0]["Ebs"]["DeleteOnTermination"] is True
    [interface] = client.describe_network_interfaces()["NetworkInterfaces"]
    assert volume["Tags"] == interface["TagSet"] == machine["Tags"]
    assert {item["Key"] for item in volume["Tags"]} == {*scope().owner.tags(), "Name"}


def test_after_a_crash_the_same_call_launches_no_second_machine(made: Live, scope: MakeScope) -> None:
    assert MACHINE.create(scope(may_exist=True)).outputs["instance_id"] == made.outputs["instance_id"]
    assert machines(scope) == ["running"]


def test_the_next_life_is_another_machine(made: Live, scope: MakeScope) -> None:
    MACHINE.delete(scope(), made.outputs)
    assert deployed(MACHINE, scope(generation=1)).outputs != made.outputs


def test_a_call_that_finds_a_dead_machine_says_so(made: Live, scope: MakeScope) -> None:
    MACHINE.delete(scope(), made.outputs)
    with pytest.raises(AwsError, match=f"machine {made.outputs['instance_id']} is terminated and will not run"):
        deployed(MACHINE, scope())


def test_a_call_with_other_properties_finds_the_machine_of_the_earlier_run(made: Live, scope: MakeScope) -> None:
    assert deployed(replace(MACHINE, root_volume_gb=40), scope()).outputs == made.outputs


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "InvalidParameterValue",
            "Value (SampleProfile) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        ),
        ("InvalidParameterValue", "IAM Instance Profile 'arn:...:SampleProfile' has no associated IAM Roles"),
        ("InvalidGroup.NotFound", "The security group 'sg-1' does not exist"),
        ("InvalidKeyPair.NotFound", "The key pair 'sample-key' does not exist"),
    ],
)
@pytest.mark.usefixtures("before")
def test_what_it_needs_and_is_too_new_is_waited_for(code: str, message: str, scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("RunInstances", code, message, times=2)
    assert differences(MACHINE, deployed(MACHINE, scope())) == ()


def test_it_is_ready_when_it_runs(made: Live, scope: MakeScope, cloud: Wire) -> None:
    set_state(made, "pending")
    cloud.refuse("DescribeInstances", "InvalidInstanceID.NotFound")
    said: list[str] = []

    def progress(text: str) -> None:
        said.append(text)
        if len(said) == 3:
            set_state(made, "running")

    MACHINE.ready(scope(progress=progress), made.outputs)
    machine = f"machine {made.outputs['instance_id']}"
    assert said == [f"{machine} does not show yet", f"{machine} is pending", f"{machine} is pending"]


@pytest.mark.parametrize("state", ["shutting-down", "terminated"])
def test_a_machine_that_ends_at_once_says_why(state: str, made: Live, scope: MakeScope) -> None:
    set_state(made, state, ("Client.InternalError", "Client.InternalError: Client error on launch"))
    with pytest.raises(AwsError, match=f"is {state} and will not run: .*Client error on launch") as raised:
        MACHINE.ready(scope(), made.outputs)
    assert raised.value.code == "Client.InternalError"
    assert "KMS" in raised.value.advice


@pytest.mark.usefixtures("before")
def test_a_type_that_the_zone_does_not_offer_is_an_obstacle(scope: MakeScope) -> None:
    assert list(MACHINE.precheck(scope())) == []
    with surroundings.drawn("subnet-0123456789abcdef1"):
        scope().client("ec2").create_subnet(VpcId=surroundings.VPC, CidrBlock="10.0.2.0/24", AvailabilityZone="us-east-1e")
    [elsewhere] = replace(MACHINE, subnet="subnet-0123456789abcdef1").precheck(scope())
    assert elsewhere.what == "us-east-1e, the zone of subnet subnet-0123456789abcdef1, does not offer t3.small"
    assert elsewhere.advice.startswith("Choose a subnet in us-east-1a, us-east-1b, ")
    [nothing] = replace(MACHINE, instance_type="z9.huge").precheck(scope())
    assert nothing.what == f"us-east-1a, the zone of subnet {surroundings.SUBNET}, does not offer z9.huge"
    assert "does not offer this one at all" in nothing.advice
    [no_subnet] = replace(MACHINE, subnet="subnet-0123456789abcdef9").precheck(scope())
    assert no_subnet.what == "there is no subnet subnet-0123456789abcdef9 in us-east-1"
    assert list(replace(MACHINE, subnet="@{network.subnet_id}").precheck(scope())) == []


# Looking at one


@pytest.mark.parametrize("state", ["pending", "running", "stopping", "stopped"])
@pytest.mark.parametrize("destroying", [False, True])
def test_a_machine_in_any_state_of_life_is_there(state: str, destroying: bool, made: Live, scope: MakeScope) -> None:
    set_state(made, state)
    for outputs in (made.outputs, {}):
        live = read_back(MACHINE, scope(destroying=destroying), outputs)
        assert live.outputs == made.outputs
        assert differences(MACHINE, live) == ()
        assert bool(live.notes) == (state in ("stopping", "stopped"))


def test_a_dead_machine_is_none_and_a_dying_one_is_there_for_a_destroy_only(made: Live, scope: MakeScope) -> None:
    for outputs in (made.outputs, {}):
        set_state(made, "shutting-down")
        assert MACHINE.read(scope(), outputs) is None
        assert read_back(MACHINE, scope(destroying=True), outputs).outputs == made.outputs
    scope().client("ec2").terminate_instances(InstanceIds=[made.outputs["instance_id"]])
    for outputs in (made.outputs, {}):
        assert MACHINE.read(scope(), outputs) is None
        assert MACHINE.read(scope(destroying=True), outputs) is None


def test_what_a_machine_that_somebody_ended_left_behind_is_there_for_a_destroy(made: Live, scope: MakeScope) -> None:
    scope().client("ec2").terminate_instances(InstanceIds=[made.outputs["instance_id"]])
    add_leftovers(scope(lineage="fedcba9876543210"))
    assert MACHINE.read(scope(destroying=True), made.outputs) is None
    for recorded in (True, False):
        left = add_leftovers(scope())
        outputs = {**made.outputs, **left} if recorded else {}
        assert MACHINE.read(scope(), outputs) is None
        live = read_back(MACHINE, scope(destroying=True), outputs)
        assert (live.outputs, live.owner) == (outputs, scope().owner)
        assert live.along == (f"network interface {left['interfaces']}", f"volume {left['volumes']}")
        MACHINE.delete(deleting(MACHINE, scope(allowed=DELETE_DATA), outputs), live.outputs)
        assert MACHINE.read(scope(destroying=True), outputs) is None
    assert len(scope().client("ec2").describe_volumes()["Volumes"]) == 1


def test_what_only_its_tags_call_ours_is_left_alone_where_the_ids_are_recorded(made: Live, scope: MakeScope) -> None:
    """Anybody can copy tags. The receipt names it, as it does all that the tags alone tell of."""
    client = scope().client("ec2")
    copied = add_leftovers(scope())
    live = read_back(MACHINE, scope(destroying=True), made.outputs)
    assert live.along == (f"network interface {made.outputs['interfaces']}", f"volume {made.outputs['volumes']}")
    MACHINE.delete(deleting(MACHINE, scope(allowed=DELETE_DATA), made.outputs), live.outputs)
    assert MACHINE.read(scope(destroying=True), made.outputs) is None
    assert [item["VolumeId"] for item in client.describe_volumes()["Volumes"]] == [copied["volumes"]]
    assert [item["NetworkInterfaceId"] for item in client.describe_network_interfaces()["NetworkInterfaces"]] == [
        copied["interfaces"]
    ]


def test_a_volume_that_somebody_put_on_it_and_would_go_with_it_is_theirs(made: Live, scope: MakeScope) -> None:
    client, which = scope().client("ec2"), made.outputs["instance_id"]
    volume = client.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    client.attach_volume(VolumeId=volume, InstanceId=which, Device="/dev/sdx")
    for outputs in (made.outputs, {}):
        assert read_back(MACHINE, scope(destroying=True), outputs).parts == frozenset()
    goes = {"DeviceName": "/dev/sdx", "Ebs": {"DeleteOnTermination": True}}
    client.modify_instance_attribute(InstanceId=which, BlockDeviceMappings=[goes])
    for outputs in (made.outputs, {}):
        assert read_back(MACHINE, scope(destroying=True), outputs).parts == {Part("volume", which, volume)}


def test_two_machines_with_its_tags_are_none_while_no_id_is_recorded(made: Live, scope: MakeScope) -> None:
    """ "Launch more like this" copies the tags."""
    image, tags = surroundings.image(scope()), [{"ResourceType": "instance", "Tags": scope().tags({})}]
    client = scope().client("ec2")
    alike = {"ImageId": image, "SubnetId": surroundings.SUBNET, "TagSpecifications": tags}
    [copy] = client.run_instances(**alike, MinCount=1, MaxCount=1)["Instances"]
    for destroying in (True, False):
        several = read_back(MACHINE, scope(destroying=destroying), {})
        assert several.unreadable.startswith("several machines have its owner tags (")
        assert all(each in several.unreadable for each in (copy["InstanceId"], made.outputs["instance_id"]))
        assert read_back(MACHINE, scope(destroying=destroying), made.outputs).unreadable == ""


@pytest.mark.parametrize("what", ["termination", "stop"])
def test_protection_stops_a_destroy(what: str, made: Live, scope: MakeScope) -> None:
    which = {"InstanceId": made.outputs["instance_id"]}
    scope().client("ec2").modify_instance_attribute(**which, **{f"DisableApi{what.title()}": {"Value": True}})
    assert read_back(MACHINE, scope(), made.outputs).blockers == ()
    for outputs in (made.outputs, {}):
        live = read_back(MACHINE, scope(destroying=True), outputs)
        [obstacle] = live.obstacles
        assert obstacle.what == f"{what} protection is on: somebody wants to keep it"


def test_a_volume_that_is_retained_stops_a_destroy_while_the_machine_runs_and_after(made: Live, scope: MakeScope) -> None:
    told = f"volume {keep_volume(scope, made)} is retained when its machine is terminated, and may hold data"
    assert read_back(MACHINE, scope(), made.outputs).blockers == ()
    for outputs in (made.outputs, {}):
        assert read_back(MACHINE, scope(destroying=True), outputs).blockers == (told,)
    scope().client("ec2").terminate_instances(InstanceIds=[made.outputs["instance_id"]])
    assert read_back(MACHINE, scope(destroying=True), made.outputs).blockers == (told,)


def test_what_another_machine_has_by_now_stops_a_destroy_before_the_first_change(made: Live, scope: MakeScope) -> None:
    left, client = add_leftovers(scope()), scope().client("ec2")
    where = {"ImageId": surroundings.image(scope()), "SubnetId": surroundings.SUBNET}
    [theirs] = client.run_instances(**where, MinCount=1, MaxCount=1)["Instances"]
    on = {"VolumeId": left["volumes"], "InstanceId": theirs["InstanceId"], "Device": "/dev/sdf"}
    client.attach_volume(**on)
    outputs = {**made.outputs, "volumes": f"{made.outputs['volumes']} {left['volumes']}"}
    for _ in range(2):
        [obstacle] = read_back(MACHINE, scope(destroying=True), outputs).obstacles
        others = f"{theirs['InstanceId']}, which this deployment did not create"
        assert obstacle.what == f"volume {left['volumes']} is attached to {others}"
        client.terminate_instances(InstanceIds=[made.outputs["instance_id"]])
    client.detach_volume(**on)
    assert read_back(MACHINE, scope(destroying=True), outputs).obstacles == ()


@pytest.mark.parametrize("state", ["pending", "running", "shutting-down"])
def test_a_volume_that_goes_with_its_machine_stops_nothing(state: str, made: Live, scope: MakeScope) -> None:
    set_state(made, state)
    assert read_back(MACHINE, scope(destroying=True), made.outputs).blockers == ()


# Changing one


def test_a_new_type_stops_it_and_starts_it_again(made: Live, scope: MakeScope, cloud: Wire) -> None:
    larger = replace(MACHINE, instance_type="t3.large")
    ended = [f"everything on machine {made.outputs['instance_id']}, which stops and starts again"]
    assert larger.interrupted_by(scope(), made.outputs, {"instance_type"}) == ended
    assert larger.interrupted_by(scope(), made.outputs, {"tags"}) == ()
    with cloud.recorded() as calls:
        run_on(larger, made, scope)
    changes = [call.operation for call in calls if not call.operation.startswith("Describe")]
    assert changes == ["CreateTags", "StopInstances", "ModifyInstanceAttribute", "StartInstances", "DeleteTags"]
    assert runs_as(scope, made) == ("running", "t3.large", False)


@pytest.mark.parametrize("operation", ["ModifyInstanceAttribute", "StartInstances"])
def test_a_machine_that_does_not_get_its_new_type_runs_with_the_old_one(
    operation: str, made: Live, scope: MakeScope, cloud: Wire
) -> None:
    larger = replace(MACHINE, instance_type="t3.large")
    cloud.refuse(operation, "InsufficientInstanceCapacity", "We currently do not have sufficient capacity")
    with pytest.raises(ClientError, match="sufficient capacity"):
        run_on(larger, made, scope)
    assert runs_as(scope, made) == ("running", "t3.small", False)
    assert [item.field for item in differences(larger, read_back(larger, scope(), made.outputs))] == ["instance_type"]
    run_on(larger, made, scope)
    assert runs_as(scope, made) == ("running", "t3.large", False)


def test_a_machine_that_does_not_start_with_its_old_type_either_is_started_by_the_next_run(
    made: Live, scope: MakeScope, cloud: Wire
) -> None:
    larger = replace(MACHINE, instance_type="t3.large")
    cloud.refuse("StartInstances", "InsufficientInstanceCapacity", "the first one")
    cloud.refuse("StartInstances", "InsufficientInstanceCapacity", "the second one")
    with pytest.raises(ClientError, match="the first one"):
        run_on(larger, made, scope)
    assert runs_as(scope, made) == ("stopped", "t3.small", True)
    run_on(MACHINE, made, scope)
    assert runs_as(scope, made) == ("running", "t3.small", False)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize(
    "operation", ["CreateTags", "StopInstances", "ModifyInstanceAttribute", "StartInstances", "DeleteTags"]
)
def test_a_machine_that_a_killed_run_stopped_is_started_by_the_next_one(
    operation: str, answered: bool, made: Live, scope: MakeScope, cloud: Wire
) -> None:
    larger = replace(MACHINE, instance_type="t3.large")

    def kill(call: Call, carry: Carry) -> Any:
        if answered:
            carry()
        raise Killed

    cloud.trick(operation, kill)
    with pytest.raises(Killed):
        run_on(larger, made, scope)
    live = read_back(larger, scope(), made.outputs)
    assert live.notes in ((), ("an earlier run stopped it",))
    assert others(larger, live) == ()
    run_on(larger, made, scope)
    assert runs_as(scope, made) == ("running", "t3.large", False)


def test_what_a_killed_run_stopped_gets_its_old_type_back_too(made: Live, scope: MakeScope, cloud: Wire) -> None:
    larger = replace(MACHINE, instance_type="t3.large")

    def kill(call: Call, carry: Carry) -> Any:
        raise Killed

    cloud.trick("ModifyInstanceAttribute", kill)
    with pytest.raises(Killed):
        run_on(larger, made, scope)
    cloud.refuse("StartInstances", "InsufficientInstanceCapacity")
    with pytest.raises(ClientError, match="Capacity"):
        run_on(larger, made, scope)
    assert runs_as(scope, made) == ("running", "t3.small", False)


def test_a_machine_that_somebody_stopped_stays_so_when_it_gets_a_new_type(made: Live, scope: MakeScope) -> None:
    scope().client("ec2").stop_instances(InstanceIds=[made.outputs["instance_id"]])
    run_on(replace(MACHINE, instance_type="t3.large"), made, scope)
    assert runs_as(scope, made) == ("stopped", "t3.large", False)


def test_metadata_without_a_token_is_drift_and_mended(made: Live, scope: MakeScope) -> None:
    client, which = scope().client("ec2"), {"InstanceId": made.outputs["instance_id"]}
    for options in ({"HttpTokens": "optional"}, {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}):
        client.modify_instance_metadata_options(**which, **options, HttpEndpoint="enabled")
        live = read_back(MACHINE, scope(), made.outputs)
        assert [item.path for item in differences(MACHINE, live)] == ["metadata"]
        run_on(MACHINE, live, scope)
        shows = shown(scope, made)["MetadataOptions"]
        assert (shows["HttpTokens"], shows["HttpPutResponseHopLimit"]) == ("required", 2)


def test_a_stopped_machine_is_left_stopped_by_other_changes(made: Live, scope: MakeScope) -> None:
    scope().client("ec2").stop_instances(InstanceIds=[made.outputs["instance_id"]])
    other = replace(MACHINE, security_groups=[surroundings.OTHER_GROUP])
    live = read_back(other, scope(), made.outputs)
    other.ready(scope(), other.update(scope(), made.outputs, differences(other, live)))
    assert shown(scope, made)["State"]["Name"] == "stopped"
    [interface] = scope().client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    assert [group["GroupId"] for group in interface["Groups"]] == [surroundings.OTHER_GROUP]


# Deleting one


def test_a_delete_returns_when_it_is_terminated(made: Live, scope: MakeScope, cloud: Wire) -> None:
    said: list[str] = []

    def slowly(call: Call, carry: Carry) -> Any:
        answer = carry()
        set_state(made, "shutting-down")
        return answer

    def progress(text: str) -> None:
        said.append(text)
        if len(said) == 2:
            set_state(made, "terminated")

    cloud.trick("TerminateInstances", slowly)
    MACHINE.delete(scope(progress=progress), made.outputs)
    assert said == [f"machine {made.outputs['instance_id']} is shutting-down"] * 2


def test_what_it_leaves_behind_goes_and_what_is_others_stays(made: Live, scope: MakeScope) -> None:
    client = scope().client("ec2")
    add_leftovers(scope())
    add_leftovers(scope(lineage="fedcba9876543210"))
    in_use = client.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    MACHINE.delete(deleting(MACHINE, scope(allowed=DELETE_DATA), {}), made.outputs)
    left = client.describe_volumes()["Volumes"]
    assert {item["VolumeId"] for item in left} > {in_use}
    assert len(left) == 2
    assert len(client.describe_network_interfaces()["NetworkInterfaces"]) == 1


def test_what_was_left_behind_goes_also_when_the_plan_is_old(made: Live, scope: MakeScope, tmp_path: Path) -> None:
    aws = scope().aws
    aws.timing = replace(aws.timing, fresh=-1)
    session = Session(aws, aws.identities(["ec2"]))
    owner, backend = scope().owner, FileBackend(tmp_path / "state.json")
    record = Record(
        address=owner.address,
        kind=MACHINE.kind,
        account="default",
        status=Status.READY,
        properties=MACHINE.properties(),
        outputs={**made.outputs, **add_leftovers(scope())},
    )
    state = State(deployment=owner.deployment, integration="any", lineage=owner.lineage, accounts=session.accounts)
    backend.save(state.put(record))
    scope().client("ec2").terminate_instances(InstanceIds=[made.outputs["instance_id"]])
    prepared = prepare.prepare_destroy(session, backend, allowed=DELETE_DATA)
    report = prepare.apply(prepared, backend, lambda event: None)
    assert report.outcome.complete
    assert scope().client("ec2").describe_volumes()["Volumes"] == []


def test_a_volume_that_something_still_has_is_waited_for(made: Live, scope: MakeScope) -> None:
    client = scope().client("ec2")
    before = {item["VolumeId"] for item in client.describe_volumes()["Volumes"]}
    add_leftovers(scope())
    [volume] = {item["VolumeId"] for item in client.describe_volumes()["Volumes"]} - before
    other = client.run_instances(ImageId=surroundings.image(scope()), MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    client.attach_volume(VolumeId=volume, InstanceId=other, Device="/dev/sdf")
    said: list[str] = []

    def progress(text: str) -> None:
        said.append(text)
        if len(said) == 2:
            client.detach_volume(VolumeId=volume, InstanceId=other, Device="/dev/sdf")

    MACHINE.delete(deleting(MACHINE, scope(progress=progress, allowed=DELETE_DATA), {}), made.outputs)
    assert said == [f"volume {volume} is in-use"] * 2
    assert volume not in {item["VolumeId"] for item in client.describe_volumes()["Volumes"]}


def test_a_volume_that_is_retained_after_the_plan_is_an_error_that_names_it(made: Live, scope: MakeScope) -> None:
    planned = deleting(MACHINE, scope(), made.outputs)
    volume = keep_volume(scope, made)
    with pytest.raises(AwsError, match=volume) as raised:
        MACHINE.delete(planned, made.outputs)
    assert "--delete-data" in raised.value.advice
    assert machines(scope) == ["terminated"]
    assert [item["VolumeId"] for item in scope().client("ec2").describe_volumes()["Volumes"]] == [volume]
    MACHINE.delete(deleting(MACHINE, scope(allowed=DELETE_DATA), made.outputs), made.outputs)
    assert scope().client("ec2").describe_volumes()["Volumes"] == []


def test_a_machine_that_aws_has_forgotten_is_gone(made: Live, scope: MakeScope, cloud: Wire) -> None:
    scope().client("ec2").terminate_instances(InstanceIds=[made.outputs["instance_id"]])
    for operation in ("TerminateInstances", "DescribeInstances"):
        cloud.refuse(operation, "InvalidInstanceID.NotFound")
    MACHINE.delete(scope(), made.outputs)


def test_protection_that_came_after_the_plan_is_an_error(made: Live, scope: MakeScope) -> None:
    which = {"InstanceId": made.outputs["instance_id"]}
    scope().client("ec2").modify_instance_attribute(**which, DisableApiTermination={"Value": True})
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        MACHINE.delete(scope(), made.outputs)
    assert machines(scope) == ["running"]


@pytest.mark.parametrize(
    ("code", "status", "why"),
    [
        ("UnauthorizedOperation", 403, "you may not read its console (ec2:GetConsoleOutput)"),
        ("UnsupportedOperation", 400, "AWS shows the live console of Nitro instance types only"),
        ("IncorrectInstanceState", 400, "its console cannot be read (IncorrectInstanceState)"),
        ("InvalidInstanceID.NotFound", 400, NOTHING),
    ],
)
def test_a_console_that_cannot_be_read_says_why_and_is_no_error(
    code: str, status: int, why: str, made: Live, scope: MakeScope, cloud: Wire
) -> None:
    cloud.refuse("GetConsoleOutput", code, status=status)
    found = replace(MACHINE, user_data=f"echo {MARK} ready").first_boot(scope(), made.outputs)
    assert found == FirstBoot(scope().owner.address, made.outputs["instance_id"], "unknown", why)


def test_a_machine_whose_script_reports_nothing_is_not_asked(made: Live, scope: MakeScope, cloud: Wire) -> None:
    with cloud.recorded() as calls:
        assert MACHINE.first_boot(scope(), made.outputs) is None
    assert calls == []


def test_an_adopted_machine_is_tagged_with_what_was_created_with_it_and_no_other_volume(
    made: Live, scope: MakeScope, cloud: Wire
) -> None:
    """Then a destroy finds them and says before that the disk is lost."""
    client, aws = scope().client("ec2"), scope()
    which = made.outputs["instance_id"]
    [mapping] = shown(scope, made)["BlockDeviceMappings"]
    created = [which, mapping["Ebs"]["VolumeId"], shown(scope, made)["NetworkInterfaces"][0]["NetworkInterfaceId"]]
    client.delete_tags(Resources=created, Tags=[{"Key": key} for key in OWNER_TAGS])
    assert read_back(MACHINE, replace(aws, destroying=True), made.outputs).holds == ()
    data = client.create_volume(Size=1, AvailabilityZone="us-east-1a")["VolumeId"]
    client.attach_volume(VolumeId=data, InstanceId=which, Device="/dev/sdx")
    live = read_back(MACHINE, aws, made.outputs)
    with cloud.recorded() as calls:
        MACHINE.update(aws, made.outputs, lost_tags(MACHINE, live, aws.owner))
    assert [call.operation for call in calls if call.changes] == ["CreateTags"]
    tagged = client.describe_tags(Filters=[{"Name": "key", "Values": ["bootstrap:lineage"]}])["Tags"]
    assert sorted(item["ResourceId"] for item in tagged if item["ResourceId"] in (*created, data)) == sorted(created)
    [loss] = read_back(MACHINE, replace(aws, destroying=True), made.outputs).holds
    assert loss.name == created[1]
    with cloud.recorded() as calls:
        MACHINE.update(aws, made.outputs, [Difference("tags", "team", None, "data")])
    assert [call.operation for call in calls] == ["CreateTags"]
