"""What is odd about an address on a machine: it has no tags, and AWS would take it from another machine."""

from dataclasses import replace

import pytest
from moto.ec2.models.vpcs import VPC

from bootstrap.aws.scope import Scope
from bootstrap.core.difference import differences
from bootstrap.errors import AwsError, UnmanagedResource
from bootstrap.resources.ec2.address_association import Ec2AddressAssociation
from tests.conftest import MakeScope
from tests.support import surroundings
from tests.support.samples import deployed, read_back
from tests.support.wire import Wire

ASSOCIATION = Ec2AddressAssociation(allocation=surroundings.ADDRESS, instance=surroundings.MACHINE, vpc=surroundings.VPC)
OTHER = "i-0123456789abcdef1"


@pytest.fixture(autouse=True)
def machines(scope: MakeScope) -> None:
    surroundings.address_and_machine(scope())
    with surroundings.drawn(OTHER):
        scope().client("ec2").run_instances(
            ImageId=surroundings.image(scope()), SubnetId=surroundings.SUBNET, MinCount=1, MaxCount=1
        )


def holder(scope: Scope) -> str:
    [address] = scope.client("ec2").describe_addresses(AllocationIds=[surroundings.ADDRESS])["Addresses"]
    return str(address.get("InstanceId", ""))


def move(scope: Scope, machine: str) -> None:
    """What somebody does in the console."""
    scope.client("ec2").associate_address(AllocationId=surroundings.ADDRESS, InstanceId=machine, AllowReassociation=True)


def test_an_address_that_is_on_another_machine_is_not_taken_from_it(scope: MakeScope) -> None:
    move(scope(), OTHER)
    with pytest.raises(UnmanagedResource, match="exists, and this deployment did not create it"):
        deployed(ASSOCIATION, scope())
    assert holder(scope()) == OTHER


def test_an_address_that_somebody_moved_is_an_unmanaged_association(scope: MakeScope) -> None:
    made = deployed(ASSOCIATION, scope())
    move(scope(), OTHER)
    live = read_back(ASSOCIATION, scope(), made.outputs)
    assert live.owner is None
    assert live.outputs["association_id"] != made.outputs["association_id"]
    assert {item.path for item in differences(ASSOCIATION, live)} == {"instance"}


def test_the_association_of_somebody_else_outlives_a_delete_of_ours(scope: MakeScope) -> None:
    made = deployed(ASSOCIATION, scope())
    move(scope(), OTHER)
    ASSOCIATION.delete(scope(), made.outputs)
    assert holder(scope()) == OTHER


def test_on_the_address_of_another_deployment_it_is_not_ours(scope: MakeScope) -> None:
    move(scope(), surroundings.MACHINE)
    assert read_back(ASSOCIATION, scope(), {}).owner == scope().owner
    assert read_back(ASSOCIATION, scope(lineage="fedcba9876543210"), {}).owner is None


def test_it_goes_with_its_machine(scope: MakeScope) -> None:
    made = deployed(ASSOCIATION, scope())
    scope().client("ec2").terminate_instances(InstanceIds=[surroundings.MACHINE])
    assert ASSOCIATION.read(scope(), made.outputs) is None


def test_on_an_address_that_does_not_exist_yet_or_gone_there_is_none(scope: MakeScope, cloud: Wire) -> None:
    with cloud.recorded() as calls:
        assert replace(ASSOCIATION, allocation="@{address.allocation_id}").read(scope(), {}) is None
    assert calls == []
    assert replace(ASSOCIATION, allocation="eipalloc-0123456789abcdef9").read(scope(), {}) is None


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidAllocationID.NotFound", f"The allocation ID '{surroundings.ADDRESS}' does not exist"),
        ("InvalidInstanceID", f"The pending instance '{surroundings.MACHINE}' is not in a valid state for this operation."),
    ],
)
def test_an_address_or_machine_that_is_too_new_is_waited_for(code: str, message: str, scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("AssociateAddress", code, message, times=2)
    assert differences(ASSOCIATION, deployed(ASSOCIATION, scope())) == ()


def test_its_label_names_no_reference() -> None:
    assert "@{" not in Ec2AddressAssociation(allocation="@{address.allocation_id}", instance="@{vm.instance_id}").label


def without_a_gateway(scope: Scope, vpc: str = surroundings.VPC) -> None:
    ec2 = scope.client("ec2")
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
    [gateway] = ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]
    ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)


def test_a_vpc_without_an_internet_gateway_is_found_before_anything_is_created(scope: MakeScope) -> None:
    assert ASSOCIATION.precheck(scope()) == []
    without_a_gateway(scope())
    [found] = ASSOCIATION.precheck(scope())
    assert found.what == f"{surroundings.VPC} has no internet gateway, so its machines can have no public address"
    assert "--no-public-address" in found.advice


def test_a_default_vpc_that_lost_its_gateway_is_found_like_any_other(scope: MakeScope) -> None:
    ec2 = scope().client("ec2")
    [default] = [item["VpcId"] for item in ec2.describe_vpcs()["Vpcs"] if item["IsDefault"]]
    assert replace(ASSOCIATION, vpc=default).precheck(scope()) == []
    without_a_gateway(scope(), default)
    assert len(replace(ASSOCIATION, vpc=default).precheck(scope())) == 1


def test_the_gateway_of_a_vpc_that_another_account_shares_is_not_missed(
    scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_a_gateway(scope())
    monkeypatch.setattr(VPC, "owner_id", "210987654321")
    assert ASSOCIATION.precheck(scope()) == []


@pytest.mark.parametrize("denied", ["DescribeInternetGateways", "DescribeVpcs"])
def test_where_the_gateways_may_not_be_read_aws_says_it_with_the_same_advice(
    denied: str, scope: MakeScope, cloud: Wire
) -> None:
    without_a_gateway(scope())
    cloud.refuse(denied, "UnauthorizedOperation", status=403)
    assert ASSOCIATION.precheck(scope()) == []
    with pytest.raises(AwsError, match="is not attached to any internet gateway") as caught:
        ASSOCIATION.create(scope())
    assert "--no-public-address" in caught.value.advice


def test_an_address_that_somebody_gave_to_the_machine_is_not_taken_off_it(scope: MakeScope) -> None:
    assert ASSOCIATION.precheck(scope()) == []
    ec2 = scope().client("ec2")
    theirs = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(AllocationId=theirs["AllocationId"], InstanceId=ASSOCIATION.instance)
    [obstacle] = ASSOCIATION.precheck(scope())
    assert (
        obstacle.what
        == f"machine {ASSOCIATION.instance} has the address {theirs['PublicIp']}, and AWS would remove that address from it"
    )
    assert list(replace(ASSOCIATION, instance="@{vm.instance_id}").precheck(scope())) == []
