"""Corrections of moto's EC2: which instance types there are, and where (see `sandbox/moto/corrections.py`)."""

from collections.abc import Iterable
from typing import Any

from moto.ec2.models.instance_types import (
    INSTANCE_TYPE_OFFERINGS,
    InstanceTypeBackend,
    InstanceTypeOfferingBackend,
)

from bootstrap.permissions.wildcards import matches
from bootstrap.sandbox.moto.patching import Method, wrap_method


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _china_and_govcloud_offer_instances()
    _offerings_are_found_by_pattern()
    _types_are_looked_for_once()


def _china_and_govcloud_offer_instances() -> None:
    """moto has no tables of their instance types, so no type would be offered there; here they offer those of us-east-1."""
    for kind in ("region", "availability-zone"):
        known = INSTANCE_TYPE_OFFERINGS[kind]
        for region in ("cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1"):
            there = [{**item, "Location": item["Location"].replace("us-east-1", region)} for item in known["us-east-1"]]
            known.setdefault(region, there)


def _offerings_are_found_by_pattern() -> None:
    """moto looks for a type that is called "c6i.*"; in a filter of EC2, * stands for any characters.

    A table has thousands of lines, so the answer to each question is found once.
    """
    answers: dict[tuple[str, str], list[Any]] = {}

    def offerings(original: Method, backend: Any, location_type: str | None = None, filters: Any = None) -> Any:
        asked = (backend.region_name, f"{location_type} {filters}")
        if asked not in answers:
            patterns = (filters or {}).get("instance-type", ())
            found = {**filters, "instance-type": _types(patterns)} if patterns else filters
            answers[asked] = original(backend, location_type, found)
        return list(answers[asked])

    wrap_method(InstanceTypeOfferingBackend, "describe_instance_type_offerings", offerings)


def _types_are_looked_for_once() -> None:
    """moto compares each of its thousand types with each name that is asked for, and none ever changes."""
    answers: dict[str, list[Any]] = {}

    def described(original: Method, backend: Any, instance_types: Any = None, filters: Any = None) -> Any:
        asked = f"{instance_types} {filters}"
        if asked not in answers:
            answers[asked] = original(backend, instance_types, filters)
        return list(answers[asked])

    wrap_method(InstanceTypeBackend, "describe_instance_types", described)


def _types(patterns: Iterable[str]) -> set[str]:
    """The types of any region that one of the patterns matches."""
    known = {item["InstanceType"] for table in INSTANCE_TYPE_OFFERINGS.values() for each in table.values() for item in each}
    return {item for item in known if any(matches(pattern, item) for pattern in patterns)}
