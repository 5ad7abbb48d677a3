"""What is in an account as others may make it too: without ids, times and owner tags, and documents by their meaning."""

import json
import re
from collections.abc import Iterable
from typing import Any

from bootstrap.aws.scope import Scope
from bootstrap.core.integration import Integration, examples
from bootstrap.core.owner import OWNER_TAGS
from bootstrap.core.policy import canonical
from bootstrap.engine.graphs import draft_graph
from bootstrap.errors import UsageError
from bootstrap.export.exported import check_exportable
from bootstrap.export.kinds import check_kinds
from tests.support.deployments import everything_in

_OF_THE_MOMENT = {
    *("AttachmentCount", "CreateDate", "CreatedTime", "DefaultVersionId", "InstanceProfileId", "PolicyId", "RequestId"),
    *("ResponseMetadata", "RoleId", "RoleLastUsed", "UpdateDate", "VersionId"),
    *(
        "AllocationTime",
        "AttachTime",
        "ClientToken",
        "CreateTime",
        "HibernationOptions",
        "LaunchTime",
        "MacAddress",
        "ecsClusterArn",
        "uuid",
    ),
    *("PrivateDnsName", "PrivateIpAddress", "PrivateIpAddresses", "PublicDnsName", "PublicIp", "PublicIpAddress"),
}
_IGNORED = {*_OF_THE_MOMENT, *OWNER_TAGS}
_ID = re.compile(r"\b(i|vol|eni|sg|sgr|eipalloc|eipassoc|eni-attach|lt|key|r|snap)-[0-9a-f]{8,17}\b")


def inventory(here: Scope) -> Any:
    """All that is in the account and that export can make, in a form that is equal for the same resources."""
    found = everything_in(here)
    s3 = here.client("s3")
    settings = {name: list(_settings(s3, name)) for name in found["buckets"]}
    return comparable({**found, "settings": settings, "content": list(_machines(here, found))})


def _machines(here: Scope, found: dict[str, Any]) -> Iterable[Any]:
    """What machines and templates were made with."""
    ec2 = here.client("ec2")
    for each in found["instances"]:
        yield ec2.describe_instance_attribute(InstanceId=each["InstanceId"], Attribute="userData")["UserData"]
    for each in found["templates"]:
        versions = ec2.describe_launch_template_versions(LaunchTemplateId=each["LaunchTemplateId"])
        yield [item["LaunchTemplateData"] for item in versions["LaunchTemplateVersions"]]


def _settings(s3: Any, bucket: str) -> Iterable[Any]:
    named = {"Bucket": bucket}
    yield s3.get_bucket_encryption(**named)
    yield s3.get_bucket_ownership_controls(**named)
    try:
        yield s3.get_bucket_lifecycle_configuration(**named)
    except s3.exceptions.ClientError as error:
        yield error.response["Error"]["Code"]


def comparable(found: Any) -> Any:
    match found:
        case {"Key": str(key), "Value": value}:
            return f"{key}={value}"
        case {"Statement": _}:
            return canonical(found)
        case {"Arn": str(arn), "Id": str()}:  # an instance profile
            return arn
        case dict():
            kept = {key: comparable(value) for key, value in found.items() if key not in _IGNORED}
            return {key: value for key, value in kept.items() if value not in ([], None, "", {})}
        case list():
            items = [comparable(each) for each in found if not (isinstance(each, dict) and each.get("Key") in OWNER_TAGS)]
            items = [each for each in items if not (isinstance(each, dict) and each.keys() == {"ResourceType"})]
            return sorted(items, key=lambda each: json.dumps(each, sort_keys=True))
        case str() if found.startswith("{"):
            return canonical(json.loads(found))
        case str():
            return _ID.sub(r"\1-", found)
    return found


def is_exportable(wanted: Integration) -> bool:
    graph, _ = draft_graph(wanted, examples(wanted))
    try:
        check_exportable(wanted)
        check_kinds(wanted.name, graph.nodes.values())
    except UsageError:
        return False
    return True
