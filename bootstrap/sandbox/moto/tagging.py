"""Where moto finds less by tags than AWS does (see `sandbox/moto/corrections.py`)."""

from collections.abc import Iterator
from typing import Any

from moto.core.resource_tagging import make_tag_matcher
from moto.core.responses import ActionResult
from moto.ec2.models.tags import TagBackend
from moto.iam.models import iam_backends
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend
from moto.resourcegroupstaggingapi.responses import ResourceGroupsTaggingAPIResponse

from bootstrap.sandbox.moto.patching import Method, wrap_method

_HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _what_iam_has_is_found()
    _addresses_are_elastic_ips()
    _an_organization_may_require_tags()


class _Tagged:
    """What moto's API makes an answer of."""

    def __init__(self, arn: str, tags: Any) -> None:
        items = tags.values() if isinstance(tags, dict) else tags
        self.arn, self.tags = arn, {item["Key"]: item["Value"] for item in items}


def _what_iam_has_is_found() -> None:
    """moto shows nothing of IAM; AWS shows all but users and roles, in the home region of IAM."""

    def resources(
        original: Method, backend: ResourceGroupsTaggingAPIBackend, tag_filters: Any = None, *others: Any, **named: Any
    ) -> Iterator[Any]:
        yield from original(backend, tag_filters, *others, **named)
        if backend.region_name != _HOMES.get(backend.partition):
            return
        iam = iam_backends[backend.account_id][backend.partition]
        entities: list[Any] = [*iam.managed_policies.values(), *iam.instance_profiles.values()]
        entities += iam.open_id_providers.values()
        matches = make_tag_matcher(tag_filters)
        for item in entities:
            tagged = _Tagged(item.arn, item.tags)
            if tagged.tags and matches(tagged.tags):
                yield tagged

    wrap_method(ResourceGroupsTaggingAPIBackend, "_get_resources_generator", resources)


def _addresses_are_elastic_ips() -> None:
    """moto's DescribeTags calls them "vpc-elastic-ip"; AWS calls them "elastic-ip"."""

    def describe_tags(original: Method, *arguments: Any, **named: Any) -> list[dict[str, str]]:
        own = {"vpc-elastic-ip": "elastic-ip"}
        found = original(*arguments, **named)
        return [{**item, "resource_type": own.get(item["resource_type"], item["resource_type"])} for item in found]

    wrap_method(TagBackend, "describe_tags", describe_tags)


def _an_organization_may_require_tags() -> None:
    """moto has no ListRequiredTags; AWS lists what the tag policies of the organization require: nothing, if it has none.
    `required`, on a backend of moto, is that list."""

    def required(response: ResourceGroupsTaggingAPIResponse) -> ActionResult:
        return ActionResult({"RequiredTags": getattr(response.backend, "required", [])})

    ResourceGroupsTaggingAPIResponse.list_required_tags = required  # type: ignore[attr-defined]  # moto finds it by its name
