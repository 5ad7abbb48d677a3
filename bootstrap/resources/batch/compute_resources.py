"""The fields of a compute environment that AWS has under `computeResources`.

Source: Batch API reference ComputeResource, ComputeResourceUpdate.
"""

from collections.abc import Mapping
from typing import Any

from bootstrap.core.live import Properties
from bootstrap.resources.batch import jobs

PARAMETERS: Mapping[str, str] = {
    "allocation_strategy": "allocationStrategy",
    "min_vcpus": "minvCpus",
    "max_vcpus": "maxvCpus",
    "instance_types": "instanceTypes",
    "subnets": "subnets",
    "security_groups": "securityGroupIds",
    "instance_profile": "instanceRole",
    "launch_template": "launchTemplate",
    "launch_template_version": "launchTemplate",
    "instance_tags": "tags",
}
"""The parameter of the API, by field."""

INFRASTRUCTURE = frozenset(PARAMETERS) - {"min_vcpus", "max_vcpus"}
"""Fields whose change replaces the machines. Jobs on the old machines end after a while, by default half an hour."""


def properties(found: Mapping[str, Any]) -> Properties:
    """The fields that AWS reports under `computeResources`, and whether an update ends jobs."""
    resources = found.get("computeResources", {})
    template = resources.get("launchTemplate", {})
    return {
        "compute_type": resources.get("type"),
        **{name: resources.get(parameter) for name, parameter in PARAMETERS.items()},
        "security_groups": resources.get("securityGroupIds", []),
        "launch_template": template.get("launchTemplateId"),
        "launch_template_version": template.get("version"),
        "instance_tags": resources.get("tags", {}),
        "terminate_jobs_on_update": jobs.end_with_updates(found),
    }
