"""What an organization demands of new resources, as far as one read each tells: tags and images. Pure.

What may not be read is not known, and stops nothing. Of a plan, VPC Block Public Access is a matter of the network
(`integrations/existing/network_facts.py`); a report, which looks at no network, only says whether it is on.
Sources: Resource Groups Tagging API reference ListRequiredTags; EC2 API reference GetAllowedImagesSettings,
DescribeVpcBlockPublicAccessOptions.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bootstrap.core import commands
from bootstrap.core.permission import Permission
from bootstrap.core.plan import Action, Change
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource

_MACHINES = {"ec2_instance", "batch_compute_environment"}
TAGS = Query("resourcegroupstaggingapi", "list_required_tags", retries=False)
IMAGES = Query("ec2", "get_allowed_images_settings", retries=False)
BLOCK = Query("ec2", "describe_vpc_block_public_access_options", retries=False)
_ACTIONS: Mapping[str, tuple[str, str]] = {
    TAGS.operation: ("tag:ListRequiredTags", "which tags the organization requires"),
    IMAGES.operation: ("ec2:GetAllowedImagesSettings", "which images the organization or the account allows"),
    BLOCK.operation: ("ec2:DescribeVpcBlockPublicAccessOptions", "whether VPC Block Public Access is on"),
}
"""The permission for each read, and what it tells."""


@dataclass(frozen=True)
class Denied:
    """The answer to a read that the caller may not do."""


@dataclass(frozen=True)
class Demands:
    """What one look at AWS found for a report: when (ISO 8601, in UTC), and a line for each fact."""

    read: str
    lines: tuple[str, ...]


Answers = Mapping[str, Any]
"""The answers to the reads, by operation; None for one that failed in another way."""


def queries_for(resources: Iterable[Resource]) -> tuple[Query, ...]:
    """The reads that tell something about creating these resources."""
    found = list(resources)
    tagged = (TAGS,) if any(each.taggable for each in found) else ()
    return (*tagged, IMAGES) if any(each.kind in _MACHINES for each in found) else tagged


def queries_for_report(resources: Collection[Resource]) -> tuple[Query, ...]:
    """These, and what a plan of them reads with the network."""
    found = queries_for(resources)
    return (*found, BLOCK) if IMAGES in found else found


def permissions_for(resources: Iterable[Resource]) -> tuple[Permission, ...]:
    asked = (_ACTIONS[query.operation] for query in queries_for(resources))
    return tuple(Permission("look", action, "*", why=what, optional=True) for action, what in asked)


def notes(answers: Answers, changes: Collection[Change]) -> Iterator[str]:
    """What a person should know before these changes of one account."""
    written = [each for each in changes if each.action in (Action.CREATE, Action.UPDATE) and not each.refusal]
    if not written:
        return
    if isinstance(found := answers.get(TAGS.operation), Mapping):
        yield from _missing_tags(found, (each.resource for each in written))
    machines = [each.address for each in written if each.resource.kind in _MACHINES and each.action is Action.CREATE]
    if machines and isinstance(found := answers.get(IMAGES.operation), Mapping):
        yield from _images(found, machines)
    yield from _denied(answers)


def demands(answers: Answers, resources: Mapping[str, Resource]) -> Iterator[str]:
    """What a reviewer should know of an account with these resources, by address: one line at least for each answer."""
    if isinstance(found := answers.get(TAGS.operation), Mapping):
        missing = list(_missing_tags(found, resources.values()))
        yield from missing or ["The organization's tag policy requires no tag that these resources lack"]
    if isinstance(found := answers.get(IMAGES.operation), Mapping):
        machines = [address for address, each in resources.items() if each.kind in _MACHINES]
        yield from list(_images(found, machines)) or ["Allowed AMIs is off: any image may be started"]
    if isinstance(found := answers.get(BLOCK.operation), Mapping):
        yield _block(found.get("VpcBlockPublicAccessOptions", {}))
    yield from _denied(answers)
    if failed := [_ACTIONS[operation][1] for operation, answer in answers.items() if answer is None]:
        yield f"Not known, as AWS did not answer: {', '.join(failed)}"


def _denied(answers: Answers) -> Iterator[str]:
    if unknown := [_ACTIONS[operation] for operation, answer in answers.items() if isinstance(answer, Denied)]:
        yield f"Not known, as you may not read it: {', '.join(f'{what} ({action})' for action, what in unknown)}"


def _block(options: Mapping[str, Any]) -> str:
    mode = options.get("InternetGatewayBlockMode", "off")
    if mode == "off":
        return "VPC Block Public Access is off"
    who = "a policy of the organization" if options.get("ManagedBy") == "declarative-policy" else "the account"
    what = "all traffic" if mode == "block-bidirectional" else "all incoming traffic"
    return f"VPC Block Public Access is on, set by {who}: it blocks {what} through internet gateways, except for exclusions"


def _missing_tags(answer: Mapping[str, Any], resources: Iterable[Resource]) -> Iterator[str]:
    missing: dict[str, dict[str, None]] = {}
    required = [
        ({*map(_compact, (each.get("ResourceType", ""), *each.get("CloudFormationResourceTypes", ())))}, each)
        for each in answer.get("RequiredTags", ())
    ]
    for resource in (each for each in resources if each.taggable):
        service = resource.kind.partition("_")[0]
        for types, each in required:
            if types & {_compact(resource.kind), f"{service}allsupported"}:
                for key in set(each.get("ReportingTagKeys", ())) - set(resource.properties()["tags"]):
                    missing.setdefault(key, {})[resource.kind] = None
    for key in sorted(missing):
        kinds = ", ".join(missing[key])
        lack = f"requires the tag {key} on {kinds}, which would not have it"
        give = commands.quoted(*commands.option("tag", f"{key}=VALUE"))
        yield f"The organization's tag policy {lack}: add {give}"


def _compact(text: str) -> str:
    """The same for our kind, a type of tag policies and one of CloudFormation: iam_role, iam:role, AWS::IAM::Role."""
    return re.sub(r"[^a-z0-9]", "", text.lower()).removeprefix("aws")


def _images(answer: Mapping[str, Any], machines: Collection[str]) -> Iterator[str]:
    if answer.get("State") != "enabled":
        return
    providers = {each for item in answer.get("ImageCriteria", ()) for each in item.get("ImageProviders", ())}
    named = f"of these providers: {', '.join(sorted(providers))}" if providers else "that meet its criteria"
    who = "a policy of the organization" if answer.get("ManagedBy") == "declarative-policy" else "the account"
    yield (
        f"Allowed AMIs is on, set by {who}: only images {named}, which may have to meet further criteria. "
        f"AWS does not start {', '.join(machines)} from any other"
    )
