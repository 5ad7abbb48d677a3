"""What EC2 kinds stand on, with ids that samples can name: moto would draw them at random."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bootstrap.aws.scope import Scope

VPC = "vpc-0123456789abcdef0"
SUBNET = "subnet-0123456789abcdef0"
GROUP = "sg-0123456789abcdef0"
OTHER_GROUP = "sg-0123456789abcdef1"
ADDRESS = "eipalloc-0123456789abcdef0"
MACHINE = "i-0123456789abcdef0"

_DRAWN = {
    "vpc": "moto.ec2.models.vpcs.random_vpc_id",
    "subnet": "moto.ec2.models.subnets.random_subnet_id",
    "sg": "moto.ec2.models.security_groups.random_security_group_id",
    "eipalloc": "moto.ec2.models.elastic_ip_addresses.random_eip_allocation_id",
    "i": "moto.ec2.models.instances.random_instance_id",
}


@contextmanager
def drawn(thing: str) -> Iterator[None]:
    """The next thing of this kind gets this id."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_DRAWN[thing.partition("-")[0]], lambda: thing)
        yield


def vpc(scope: Scope) -> None:
    """An empty network: VPC."""
    ec2 = scope.client("ec2")
    ec2.describe_vpcs()  # the default one comes about with the first call, and must not get the id
    group = f"sg-{scope.account.region.encode().hex():.17}"  # the VPC's default group: not the next one that is made
    with drawn(VPC), drawn(group):
        ec2.create_vpc(CidrBlock="10.0.0.0/16")


def subnet(scope: Scope) -> None:
    """SUBNET in VPC, with GROUP and OTHER_GROUP."""
    vpc(scope)
    ec2 = scope.client("ec2")
    with drawn(SUBNET):
        ec2.create_subnet(VpcId=VPC, CidrBlock="10.0.1.0/24", AvailabilityZone=f"{scope.account.region}a")
    for group in (GROUP, OTHER_GROUP):
        with drawn(group):
            ec2.create_security_group(GroupName=group.replace("sg", "group"), Description="Made by a test", VpcId=VPC)


def address_and_machine(scope: Scope) -> None:
    """ADDRESS, which is of this deployment, and MACHINE, in a VPC with an internet gateway."""
    subnet(scope)
    ec2 = scope.client("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=VPC)
    tags = [{"ResourceType": "elastic-ip", "Tags": scope.tags({})}]
    with drawn(ADDRESS):
        ec2.allocate_address(Domain="vpc", TagSpecifications=tags)
    with drawn(MACHINE):
        ec2.run_instances(ImageId=image(scope), SubnetId=SUBNET, MinCount=1, MaxCount=1, SecurityGroupIds=[GROUP])


def image(scope: Scope) -> str:
    images = scope.client("ec2").describe_images(Filters=[{"Name": "owner-alias", "Values": ["amazon"]}])["Images"]
    return str(images[0]["ImageId"])
