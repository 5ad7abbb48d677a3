"""Elastic IPs: what moto lets pass and AWS does not, and reverse DNS records, which moto does not have."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend
from moto.ec2.responses.elastic_ip_addresses import ElasticIPAddresses

from bootstrap.sandbox.moto.patching import Method, wrap_method


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _addresses_in_use_stay()
    _an_association_again_is_the_same()
    _reverse_dns_records_can_be_set()


def _addresses_in_use_stay() -> None:
    """moto releases an address that an instance or a reverse DNS record uses; AWS refuses that."""

    def release(original: Method, ec2: Any, address: str | None = None, allocation_id: str | None = None) -> Any:
        for item in ec2.addresses:
            if item.allocation_id != allocation_id and item.public_ip != address:
                continue
            if item.association_id:
                raise EC2ClientError("InvalidIPAddress.InUse", f"Address {item.public_ip} is in use.")
            if getattr(item, "ptr_record", None):
                locked = "cannot be released because it is locked to your account"
                raise EC2ClientError("InvalidAddress.Locked", f"Address with allocation id: {item.allocation_id} {locked}.")
        return original(ec2, address, allocation_id)

    wrap_method(ElasticAddressBackend, "release_address", release)


def _an_association_again_is_the_same() -> None:
    """moto generates a new id when an address is associated again with the same instance; AWS keeps the id."""

    def associate(original: Method, ec2: Any, instance: Any = None, *others: Any, **named: Any) -> Any:
        before = {id(item): item.association_id for item in ec2.addresses if instance and item.instance is instance}
        address = original(ec2, instance, *others, **named)
        address.association_id = before.get(id(address), address.association_id)
        return address

    wrap_method(ElasticAddressBackend, "associate_address", associate)


def _reverse_dns_records_can_be_set() -> None:
    """moto can only describe them; AWS can set and reset them. Unlike AWS, this does not check where the domain name leads.

    Source: EC2 API reference ModifyAddressAttribute, ResetAddressAttribute.
    """

    def put(response: ElasticIPAddresses, record: str | None) -> ActionResult:
        [address] = response.ec2_backend.describe_addresses([response._get_param("AllocationId")])
        address.ptr_record = record
        return ActionResult({"Address": address})

    def modify(response: ElasticIPAddresses) -> ActionResult:
        return put(response, f"{response._get_param('DomainName').rstrip('.')}.")

    def reset(response: ElasticIPAddresses) -> ActionResult:
        return put(response, None)

    for name, method in {"modify_address_attribute": modify, "reset_address_attribute": reset}.items():
        setattr(ElasticIPAddresses, name, method)
