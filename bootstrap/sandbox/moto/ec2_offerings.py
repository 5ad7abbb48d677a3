"""Corrections of moto's EC2: which instance types are offered where (see `sandbox/moto/corrections.py`)."""

from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, InstanceTypeOfferingBackend

from bootstrap.permissions.wildcards import matches
from bootstrap.sandbox.moto.patching import Method, wrap_method


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _china_and_govcloud_offer_instances()
    _offerings_are_found_by_pattern()


def _china_and_govcloud_offer_instances() -> None:
    """moto has no tables of their instance types, so no type would be offered there; here they offer those of us-east-1."""
    for kind in ("region", "availability-zone"):
        known = INSTANCE_TYPE_OFFERINGS[kind]
        for region in ("cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1"):
            there = [{**item, "Location": item["Location"].replace("us-east-1", region)} for item in known["us-east-1"]]
            known.setdefault(region, there)


def _offerings_are_found_by_pattern() -> None:
    """moto looks for a type that is called "c6i.*"; in a filter of EC2, * stands for any characters."""

    def fits(original: Method, backend: Any, offering: dict[str, Any], filters: Any, *others: Any) -> Any:
        values = filters.get("instance-type", ["*"])
        rest = {key: value for key, value in filters.items() if key != "instance-type"}
        found = any(matches(value, offering["InstanceType"]) for value in values)
        return found and original(backend, offering, rest, *others)

    wrap_method(InstanceTypeOfferingBackend, "matches_filters", fits)
