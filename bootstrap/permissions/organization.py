"""What an organization demands of new resources, as far as one read each tells: tags and images. Pure.

What may not be read is not known, and stops nothing.
VPC Block Public Access is a matter of the network (`integrations/existing/network_facts.py`).
Sources: Resource Groups Tagging API reference ListRequiredTags; EC2 API reference GetAllowedImagesSettings.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bootstrap.core.permission import Permission
from bootstrap.core.plan import Action, Change
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource

_MACHINES = {"ec2_instance", "batch_compute_environment"}
TAGS = Query("resourcegroupstaggingapi", "list_required_tags", retries=False)
IMAGES = Query("ec2", "get_allowed_images_settings", retries=False)
_ACTIONS: Mapping[str, tuple[str, str]] = {
    TAGS.operation: ("tag:ListRequiredTags", "which tags the organization requires"),
    IMAGES.operation: ("ec2:GetAllowedImagesSettings", "which images the organization or the account allows"),
}
"""The permission for each read, and what it tells."""


@dataclass(frozen=True)
class Denied:
    """The answer to a read that the caller may not do."""


Answers = Mapping[str, Any]
"""The answers to the reads, by operation; None for one that failed in another way."""


def queries_for(resources: Iterable[Resource]) -> tuple[Query, ...]:
    """The reads that tell something about creating these resources."""
    found = list(resources)
    tagged = (TAGS,) if any(each.taggable for each in found) else ()
    return (*tagged, IMAGES) if any(each.kind in _MACHINES for each in found) else tagged


def permissions_for(resources: Iterable[Resource]) -> tuple[Permission, ...]:
    asked = (_ACTIONS[query.operation] for query in queries_for(resources))
    return tuple(Permission("look", action, "*", why=what, optional=True) for action, what in asked)


def notes(answers: Answers, changes: Collection[Change]) -> Iterator[str]:
    """What a person should know before these changes of one account."""
    written = [each for each in changes if each.action in (Action.CREATE, Action.UPDATE) and not each.refusal]
    if not written:
        return
    if isinstance(found := answers.get(TAGS.operation), Mapping):
        yield from _missing_tags(found, written)
    machines = [each.address for each in written if each.resource.kind in _MACHINES and each.action is Action.CREATE]
    if machines and isinstance(found := answers.get(IMAGES.operation), Mapping):
        yield from _images(found, machines)
    if unknown := [_ACTIONS[operation] for operation, answer in answers.items() if isinstance(answer, Denied)]:
        yield f"Not known, as you may not read it: {', '.join(f'{what} ({action})' for action, what in unknown)}"


def _missing_tags(answer: Mapping[str, Any], changes: Iterable[Change]) -> Iterator[str]:
    missing: dict[str, dict[str, None]] = {}
    required = [
        ({*map(_compact, (each.get("ResourceType", ""), *each.get("CloudFormationResourceTypes", ())))}, each)
        for each in answer.get("RequiredTags", ())
    ]
    for resource in (each.resource for each in changes if each.resource.taggable):
        service = resource.kind.partition("_")[0]
        for types, each in required:
            if types & {_compact(resource.kind), f"{service}allsupported"}:
                for key in set(each.get("ReportingTagKeys", ())) - set(resource.properties()["tags"]):
                    missing.setdefault(key, {})[resource.kind] = None
    for key in sorted(missing):
        kinds = ", ".join(missing[key])
        lack = f"requires the tag {key} on {kinds}, which would not have it"
        yield f"The organization's tag policy {lack}: add --tag {key}=VALUE"


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
