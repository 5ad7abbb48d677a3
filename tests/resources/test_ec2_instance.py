"""What is odd about a machine: it takes its time, it can end by itself, and the dead ones stay in AWS's lists."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.ec2.models import ec2_backends

from bootstrap.core.difference import differences
from bootstrap.core.resource import Live
from bootstrap.errors import AwsError
from bootstrap.resources.ec2_instance import Ec2Instance
from tests.conftest import MakeScope
from tests.resources import surroundings
from tests.resources.samples import before_machine, brought, leave_behind, there
from tests.wire import Call, Carry, Wire

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
    return brought(MACHINE, scope())


def shown(scope: MakeScope, live: Live) -> dict[str, Any]:
    [found] = scope().client("ec2").describe_instances(InstanceIds=[live.outputs["instance_id"]])["Reservations"]
    return dict(found["Instances"][0])


def set_state(live: Live, name: str, reason: tuple[str, str] = ("", "")) -> None:
    """What AWS does in its own time."""
    instance = ec2_backends["123456789012"]["us-east-1"].get_instance(live.outputs["instance_id"])
    instance._state.name = name
    instance.state_reason.code, instance.state_reason.message = reason


def machines(scope: MakeScope) -> list[str]:
    found = scope().client("ec2").describe_instances()["Reservations"]
    return [item["State"]["Name"] for each in found for item in each["Instances"]]


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
    assert MACHINE.create(scope(again=True)).outputs == made.outputs
    assert machines(scope) == ["running"]


def test_the_next_life_is_another_machine(made: Live, scope: MakeScope) -> None:
    MACHINE.delete(scope(), made.outputs)
    assert brought(MACHINE, scope(generation=1)).outputs != made.outputs


def test_a_call_that_finds_a_dead_machine_says_so(made: Live, scope: MakeScope) -> None:
    MACHINE.delete(scope(), made.outputs)
    with pytest.raises(AwsError, match=f"machine {made.outputs['instance_id']} is terminated and will not run"):
        brought(MACHINE, scope())


def test_a_call_with_other_properties_finds_the_machine_of_the_earlier_run(made: Live, scope: MakeScope) -> None:
    assert brought(replace(MACHINE, root_volume_gb=40), scope()).outputs == made.outputs


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
    assert differences(MACHINE, brought(MACHINE, scope())) == ()


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
    assert list(MACHINE.obstacles(scope())) == []
    with surroundings.drawn("subnet-0123456789abcdef1"):
        scope().client("ec2").create_subnet(VpcId=surroundings.VPC, CidrBlock="10.0.2.0/24", AvailabilityZone="us-east-1e")
    [elsewhere] = replace(MACHINE, subnet="subnet-0123456789abcdef1").obstacles(scope())
    assert elsewhere.what == "us-east-1e, the zone of subnet subnet-0123456789abcdef1, does not offer t3.small"
    assert elsewhere.advice.startswith("Choose a subnet in us-east-1a, us-east-1b, ")
    [nothing] = replace(MACHINE, instance_type="z9.huge").obstacles(scope())
    assert nothing.what == f"us-east-1a, the zone of subnet {surroundings.SUBNET}, does not offer z9.huge"
    assert "does not offer this one at all" in nothing.advice
    [no_subnet] = replace(MACHINE, subnet="subnet-0123456789abcdef9").obstacles(scope())
    assert no_subnet.what == "there is no subnet subnet-0123456789abcdef9 in us-east-1"
    assert list(replace(MACHINE, subnet="@{network.subnet_id}").obstacles(scope())) == []


# Looking at one


@pytest.mark.parametrize("state", ["pending", "running", "stopping", "stopped"])
@pytest.mark.parametrize("destroying", [False, True])
def test_a_machine_in_any_state_of_life_is_there(state: str, destroying: bool, made: Live, scope: MakeScope) -> None:
    set_state(made, state)
    for outputs in (made.outputs, {}):
        live = there(MACHINE, scope(destroying=destroying), outputs)
        assert live.outputs == made.outputs
        assert differences(MACHINE, live) == ()
        assert bool(live.notes) == (state in ("stopping", "stopped"))


def test_a_dead_machine_is_none_and_a_dying_one_is_there_for_a_destroy_only(made: Live, scope: MakeScope) -> None:
    for outputs in (made.outputs, {}):
        set_state(made, "shutting-down")
        assert MACHINE.read(scope(), outputs) is None
        assert there(MACHINE, scope(destroying=True), outputs).outputs == made.outputs
        set_state(made, "terminated")
        assert MACHINE.read(scope(), outputs) is None
        assert MACHINE.read(scope(destroying=True), outputs) is None


def test_termination_protection_stops_a_destroy(made: Live, scope: MakeScope) -> None:
    which = {"InstanceId": made.outputs["instance_id"]}
    scope().client("ec2").modify_instance_attribute(**which, DisableApiTermination={"Value": True})
    assert there(MACHINE, scope(), made.outputs).blockers == ()
    for outputs in (made.outputs, {}):
        live = there(MACHINE, scope(destroying=True), outputs)
        assert live.blockers == ("termination protection is on: somebody wants to keep it",)


# Changing one


def test_a_new_type_stops_it_and_starts_it_again(made: Live, scope: MakeScope, cloud: Wire) -> None:
    larger = replace(MACHINE, instance_type="t3.large")
    with cloud.recorded() as calls:
        larger.update(scope(), made.outputs, differences(larger, made))
    changes = [call.operation for call in calls if not call.operation.startswith("Describe")]
    assert changes == ["StopInstances", "ModifyInstanceAttribute", "StartInstances"]
    machine = shown(scope, made)
    assert (machine["State"]["Name"], machine["InstanceType"]) == ("running", "t3.large")


def test_a_machine_that_does_not_start_with_its_new_type_gets_the_old_one_back(
    made: Live, scope: MakeScope, cloud: Wire
) -> None:
    larger = replace(MACHINE, instance_type="t3.large")
    cloud.refuse("StartInstances", "InsufficientInstanceCapacity", "We currently do not have sufficient capacity")
    with pytest.raises(ClientError, match="sufficient capacity"):
        larger.update(scope(), made.outputs, differences(larger, made))
    live = there(larger, scope(), made.outputs)
    [found] = differences(larger, live)
    larger.update(scope(), made.outputs, [found])
    assert shown(scope, made)["State"]["Name"] == "running"


def test_a_stopped_machine_is_left_stopped_by_other_changes(made: Live, scope: MakeScope) -> None:
    scope().client("ec2").stop_instances(InstanceIds=[made.outputs["instance_id"]])
    other = replace(MACHINE, security_groups=[surroundings.OTHER_GROUP])
    live = there(other, scope(), made.outputs)
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
    leave_behind(scope())
    leave_behind(scope(lineage="fedcba9876543210"))
    in_use = client.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    MACHINE.delete(scope(), made.outputs)
    left = client.describe_volumes()["Volumes"]
    assert {item["VolumeId"] for item in left} > {in_use}
    assert len(left) == 2
    assert len(client.describe_network_interfaces()["NetworkInterfaces"]) == 1


def test_a_machine_that_aws_has_forgotten_is_gone(made: Live, scope: MakeScope, cloud: Wire) -> None:
    for operation in ("TerminateInstances", "DescribeInstances"):
        cloud.refuse(operation, "InvalidInstanceID.NotFound")
    MACHINE.delete(scope(), made.outputs)


def test_protection_that_came_after_the_plan_is_an_error(made: Live, scope: MakeScope) -> None:
    which = {"InstanceId": made.outputs["instance_id"]}
    scope().client("ec2").modify_instance_attribute(**which, DisableApiTermination={"Value": True})
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        MACHINE.delete(scope(), made.outputs)
    assert machines(scope) == ["running"]
