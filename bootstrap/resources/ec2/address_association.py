"""An elastic IP on a machine.

It has an id but no tags: it belongs to the owner of the address while the address is on the desired machine. If the address
is on another machine, somebody else moved it there: then the association is unmanaged, and stays.
Source: EC2 API reference AssociateAddress, DisassociateAddress, DescribeInternetGateways.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of, ignore_missing, raise_already_exists
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Obstacle, Outputs, Part
from bootstrap.core.owner import Owner
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.core.resource_type import Identifiers, Updates
from bootstrap.errors import AwsError
from bootstrap.resources.ec2 import shared as ec2
from bootstrap.resources.ec2.elastic_ip import GONE, USED_BY, holder_of
from bootstrap.resources.iam import shared as iam

_MACHINE = ec2.ARN + "instance/{instance}"
_INVOLVED = (ec2.ARN + "elastic-ip/{allocation}", ec2.ARN + "network-interface/*")

_NO_GATEWAY = (
    "Attach an internet gateway to the VPC, choose another VPC, or add --no-public-address, if the integration has that."
)


@dataclass(frozen=True, kw_only=True)
class Ec2AddressAssociation(Resource):
    """`allocation` is the id of the address, `instance` that of the machine, `vpc` that of its network, or ""."""

    kind = "ec2_address_association"
    services = ("ec2",)
    identifiers = Identifiers(
        outputs=("association_id",),
        unique_id="association_id",
        if_taken="If nobody needs the address where it is now, disassociate it there and run the same command again.",
    )
    updates = Updates(force_new={"allocation", "instance"}, create_only={"vpc"})
    permissions = (
        Permission("read", "ec2:DescribeAddresses", "*"),
        Permission("create", "ec2:DescribeAddresses", "*", why="whether the machine has another address"),
        *(
            Permission("create", f"ec2:{action}", "*", why="whether the VPC has an internet gateway", optional=True)
            for action in ("DescribeInternetGateways", "DescribeVpcs")
        ),
        *(Permission("create", "ec2:AssociateAddress", arn, ec2.TAGGED) for arn in (*_INVOLVED, _MACHINE)),
        *(Permission("delete", "ec2:DisassociateAddress", arn, ec2.TAGGED) for arn in _INVOLVED),
    )

    allocation: str
    instance: str
    vpc: str = ""

    @property
    def label(self) -> str:
        return "elastic IP" if iam.unresolved(self.allocation, self.instance) else f"{self.allocation} on {self.instance}"

    def attachments(self) -> Iterable[Part]:
        return (Part(USED_BY, self.allocation, self.instance),)

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        if iam.unresolved(self.allocation):
            return None
        [found] = aws.read(Query("ec2", "describe_addresses", {"AllocationIds": [self.allocation]}, GONE))
        live = found["Addresses"][0] if found and found["Addresses"] else {}
        if not live.get("AssociationId"):
            return None
        owner = Owner.from_tags(iam.tag_map(live.get("Tags", [])))
        ours = owner and owner.shares_deployment(aws.owner)
        return Live(
            outputs={"association_id": live["AssociationId"]},
            properties={"allocation": self.allocation, "instance": holder_of(live)},
            owner=aws.owner if ours and holder_of(live) == self.instance else None,
        )

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        """Whether the machine has another address, which AWS would remove from it, or the VPC lacks an internet gateway: its
        machines cannot use a public address then."""
        return [*self._displaced(aws), *self._no_gateway(aws)]

    def _displaced(self, aws: Cloud) -> Iterator[Obstacle]:
        if iam.unresolved(self.instance):
            return
        [found] = aws.read(Query("ec2", "describe_addresses", ec2.filters({"instance-id": (self.instance,)})))
        for item in found["Addresses"]:
            if item["AllocationId"] != self.allocation:
                yield Obstacle(
                    f"machine {self.instance} has the address {item['PublicIp']}, and AWS would remove that address from it",
                    "If nobody needs that address there, disassociate it, and run the same command again.",
                )

    def _no_gateway(self, aws: Cloud) -> Sequence[Obstacle]:
        if not self.vpc:
            return ()
        attached = ec2.filters({"attachment.vpc-id": (self.vpc,)})
        gateways = aws.read_if_allowed(Query("ec2", "describe_internet_gateways", attached))
        if gateways is None or gateways["InternetGateways"]:
            return ()
        # AWS does not show the gateway of a VPC that another account shares.
        vpcs = aws.read_if_allowed(Query("ec2", "describe_vpcs", ec2.filters({"vpc-id": (self.vpc,)})))
        if vpcs is None or any(item["OwnerId"] != aws.account.id for item in vpcs["Vpcs"]):
            return ()
        return [Obstacle(f"{self.vpc} has no internet gateway, so its machines can have no public address", _NO_GATEWAY)]

    def lost_on_replace(self) -> tuple[str, ...]:
        return ("for a few minutes nothing answers at the address",)

    def create(self, aws: Cloud) -> Live:
        try:
            with raise_already_exists("Resource.AlreadyAssociated"):
                answer = aws.call(
                    "ec2",
                    "associate_address",
                    AllocationId=self.allocation,
                    InstanceId=self.instance,
                    AllowReassociation=False,  # else AWS would silently take the address from another machine
                )
        except ClientError as error:
            if code_of(error) != "Gateway.NotAttached":
                raise
            raise AwsError(error.response["Error"]["Message"], _NO_GATEWAY, "Gateway.NotAttached") from error
        return Live({"association_id": answer["AssociationId"]}, self.properties(), owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        if association := outputs.get("association_id"):
            with ignore_missing("InvalidAssociationID.NotFound"):
                aws.call("ec2", "disassociate_address", AssociationId=association)
