"""The names of service-linked roles (see `resources/iam/service_linked_role.py`). Pure."""

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "batch.amazonaws.com": "AWSServiceRoleForBatch",
    "spot.amazonaws.com": "AWSServiceRoleForEC2Spot",
    "spotfleet.amazonaws.com": "AWSServiceRoleForEC2SpotFleet",
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
}
"""The role's name, by the service that uses it."""
