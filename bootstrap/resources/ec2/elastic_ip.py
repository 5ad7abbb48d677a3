"""An elastic IP: a public IPv4 address that stays when machines come and go. It costs money even while nothing uses it.

AllocateAddress has no client token, so it is never sent twice: after a lost answer, the owner tags show the address.
Source: EC2 API reference AllocateAddress, ReleaseAddress; EC2 user guide elastic-ip-addresses-eip.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError

from bootstrap.aws.errors import NOT_OFFERED, code_of, fallback_after, ignore_missing
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Obstacle, Outputs, Part
from bootstrap.core.owner import Owner, stack_of, tagless
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.core.resource import Taggable
from bootstrap.core.resource_type import Identifiers
from bootstrap.core.search_filter import SearchFilter
from bootstrap.errors import AwsError
from bootstrap.permissions.denial import CODES
from bootstrap.resources.ec2 import shared as ec2
from bootstrap.resources.iam import shared as iam

GONE = ("InvalidAllocationID.NotFound", "InvalidAddress.NotFound")
USED_BY = "association with"
"""The `Part.what` of an address; its id is the machine or network interface that has the address."""

_ADDRESS = ec2.ARN + "elastic-ip/*"
_OURS = ec2.ARN + "elastic-ip/{allocation_id}"
_QUOTA = "vpc-max-elastic-ips"
_NOT_OURS = "AuthFailure"
"""The code for an address that was released and now belongs to somebody else; also for bad credentials."""
_LOCKED = "InvalidAddress.Locked"
_LONGEST_WAIT = 1.5  # times 2 minutes


@dataclass(frozen=True, kw_only=True)
class Ec2ElasticIp(Taggable):
    """An address from Amazon's pool. Only its tags can be chosen."""

    kind = "ec2_elastic_ip"
    services = ("ec2",)
    identifiers = Identifiers(
        outputs=("allocation_id", "public_ip"),
        unique_id="allocation_id",
        unnamed=True,
        arn_prefixes={"ec2:elastic-ip": "allocation_id"},
    )
    permissions = (
        ec2.FIND,
        Permission("read", "ec2:DescribeAddresses", "*"),
        Permission("create", "ec2:DescribeAccountAttributes", "*", why="how many it may have", optional=True),
        Permission("create", "ec2:DescribeAddresses", "*"),
        *ec2.creating("AllocateAddress", _ADDRESS),
        *ec2.retagging(_OURS, "tags"),
        Permission(
            "delete", "ec2:DescribeAddressesAttribute", "*", why="whether a reverse DNS record locks it", optional=True
        ),
        Permission("delete", "ec2:ReleaseAddress", _OURS, ec2.TAGGED),
    )

    @property
    def label(self) -> str:
        return self.tags.get("Name", "(without a name)")

    def validate(self, account: Account) -> Sequence[str]:
        return ec2.tag_problems(self.tags)

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        quotas = aws.read_if_allowed(Query("ec2", "describe_account_attributes", {"AttributeNames": [_QUOTA]}))
        [addresses] = aws.read(Query("ec2", "describe_addresses"))
        attributes = quotas["AccountAttributes"] if quotas else []
        values = [item["AttributeValues"] for item in attributes if item["AttributeName"] == _QUOTA]
        used, makes = (
            sum(item["Domain"] == "vpc" for item in addresses["Addresses"]),
            aws.planned.counts.get(self.counts_as(), 1),
        )
        if not values or used + makes <= (most := int(values[0][0]["AttributeValue"])):
            return ()
        room = f"room for {max(0, most - used)} in {aws.account.region}: it has {used} of {most}"
        what = f"the plan creates {makes} elastic IP{'s' if makes > 1 else ''}, and this account has {room}"
        way = "Service Quotas console, Amazon Elastic Compute Cloud, EC2-VPC Elastic IPs (L-0263D0A3)"
        return [Obstacle(what, f"Release what nobody needs, or ask for more: {way}.")]

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        allocation = outputs.get("allocation_id")
        which = {"AllocationIds": [allocation]} if allocation else {"Filters": ec2.owner_filters(aws.owner)}
        about = [_records(allocation)] if allocation and aws.destroying else []
        found, *records = aws.read_existing(Query("ec2", "describe_addresses", which, GONE), *about)
        if not found or not found["Addresses"]:
            return None
        live, *more = found["Addresses"]
        if more:
            return Live({}, {}, unreadable=ec2.ambiguous("addresses", [item["AllocationId"] for item in found["Addresses"]]))
        tags = iam.tag_map(live.get("Tags", []))
        holder = holder_of(live)
        if aws.destroying and not about:
            records = aws.read(_records(live["AllocationId"]))
        return Live(
            outputs={"allocation_id": live["AllocationId"], "public_ip": live["PublicIp"]},
            properties={"tags": tagless(tags)},
            owner=Owner.from_tags(tags),
            stack=stack_of(tags),
            parts=frozenset({Part(USED_BY, live["AllocationId"], holder)} if holder else ()),
            obstacles=tuple(_locks(aws, live["AllocationId"], records)),
        )

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: SearchFilter) -> Iterable[tuple[Outputs, Mapping[str, str]]]:
        return ec2.list_tagged(aws, cls.identifiers.arn_prefixes)

    def create(self, aws: Cloud) -> Live:
        """Raises the SDK's error when the answer is lost and no address of ours shows afterwards."""
        settle = aws.timing.settle
        if found := self._look_for(aws, settle if aws.may_exist else 0):
            if found.unreadable:
                raise AwsError(found.unreadable, "Then run the same command again.")
            return found
        tags = ec2.tag_specifications(aws.tags(self.tags), "elastic-ip")
        try:
            answer = aws.call_once("ec2", "allocate_address", Domain="vpc", TagSpecifications=tags)
        except (ClientError, HTTPClientError) as error:  # a call that was not sent raises neither
            if isinstance(error, ClientError) and error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                raise
            with fallback_after(error):
                if found := self._look_for(aws, settle):
                    return found
            raise
        outputs = {"allocation_id": answer["AllocationId"], "public_ip": answer["PublicIp"]}
        return Live(outputs, self.properties(), owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        ec2.retag(aws, outputs["allocation_id"], differences)
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        allocation = outputs.get("allocation_id")
        if not allocation:
            return

        def in_use() -> str:
            try:
                with ignore_missing(*GONE):
                    aws.call("ec2", "release_address", AllocationId=allocation)
            except ClientError as error:
                if code_of(error) == _LOCKED:  # the caller may not read it, or it was added later
                    what = f"the address {outputs.get('public_ip', allocation)} is locked"
                    raise AwsError(what, _unlock(aws, allocation)) from error
                if code_of(error) not in ("InvalidIPAddress.InUse", _NOT_OURS):
                    raise
                if code_of(error) == _NOT_OURS:
                    with fallback_after(error):
                        [found] = aws.read(Query("ec2", "describe_addresses", {"AllocationIds": [allocation]}, GONE))
                else:  # who has it is for the message only
                    found = aws.read_if_allowed(Query("ec2", "describe_addresses", {"AllocationIds": [allocation]}, GONE))
                addresses = (found or {}).get("Addresses", [])
                if code_of(error) == _NOT_OURS:
                    if addresses:
                        raise
                    return ""
                holder = "".join(holder_of(item) for item in addresses)
                return f"the address {outputs.get('public_ip', allocation)} is associated with {holder or 'something'}"
            return ""

        aws.wait(in_use, _LONGEST_WAIT)

    def _look_for(self, aws: Cloud, seconds: float) -> Live | None:
        """The address that an earlier call may have allocated; looks for it again for that many seconds."""
        if not seconds:
            return self.read(aws, {})
        found: list[Live] = []

        def hidden() -> str:
            found.extend(live for live in [self.read(aws, {})] if live)
            return "" if found else "looking for the address that an earlier call may have allocated"

        try:
            aws.wait(hidden, seconds / aws.timing.propagation)
        except AwsError:
            if aws.stopping():
                raise
        return found[0] if found else None


def _records(allocation: str) -> Query:
    """The query for the reverse DNS record of the address; without an answer when it may not be read."""
    which = {"AllocationIds": [allocation], "Attribute": "domain-name"}
    return Query("ec2", "describe_addresses_attribute", which, (*GONE, *CODES, *NOT_OFFERED))


def _locks(aws: Cloud, allocation: str, answers: Iterable[Any]) -> Iterator[Obstacle]:
    """The reverse DNS record that stops EC2 from releasing the address.

    Source: EC2 API reference DescribeAddressesAttribute; EC2 user guide Using_Elastic_Addressing_Reverse_DNS.
    """
    for item in [address for answer in answers if answer for address in answer["Addresses"]]:
        if record := item.get("PtrRecord"):
            what = f"EC2 does not release {item['PublicIp']} because it has the reverse DNS record {record}"
            yield Obstacle(what, _unlock(aws, allocation))


def _unlock(aws: Cloud, allocation: str) -> str:
    reset = aws.account.aws("ec2", "reset-address-attribute", allocation_id=allocation, attribute="domain-name")
    return f"Remove its reverse DNS record, then run the same command again: {reset}"


def holder_of(address: dict[str, Any]) -> str:
    """The id of the machine or network interface that has the address, or ""."""
    return str(address.get("InstanceId") or address.get("NetworkInterfaceId") or "")
