"""Which settings of Batch are stricter: fewer vCPUs cost less, a disabled queue runs nothing, a shorter limit ends more.

A lower priority is also stricter. Different machines or environments cannot be ordered.
"""

import math
from collections.abc import Mapping

from bootstrap.core.resource_type import Opening
from bootstrap.core.strictness import Chosen, Compared, Members, Order, Ranked, Repaired, Smaller, Stopped, Strictness


def limits(live: Mapping[str, int], wanted: Mapping[str, int]) -> Order:
    """Compares the seconds after which Batch cancels a job that cannot start, by reason; a missing reason cancels
    nothing."""
    shorter = any(seconds < wanted.get(reason, math.inf) for reason, seconds in live.items())
    longer = any(seconds < live.get(reason, math.inf) for reason, seconds in wanted.items())
    if shorter and longer:
        return Order.UNORDERED
    return Order.TIGHTER if shorter else Order.LOOSER


ENVIRONMENT: Strictness = {
    "allocation_strategy": Repaired("how Batch chooses machines"),
    "min_vcpus": Smaller(),
    "max_vcpus": Smaller(),
    "instance_types": Members("instance type"),  # restoring them replaces the machines
    "subnets": Members("subnet"),
    "security_groups": Members("security group"),
    "instance_profile": Chosen(),
    "passed_role": Repaired("for a permission only"),
    "launch_template": Chosen(),
    "launch_template_version": Repaired("ours is the newest"),
    "instance_tags": Repaired("labels"),
    "terminate_jobs_on_update": Ranked((True, False)),
    "state": Stopped(("ENABLED", "DISABLED")),
    "status": Repaired("what AWS says of it"),
}
_OTHER_TEMPLATE = Opening("other-code", "machines start from another launch template, or another version of it")
OPENS = {
    "security_groups": Opening("open-network", "its rules may open the machines to more addresses"),
    "security group": Opening("open-network", "its rules may open the machines to more addresses"),
    "instance_profile": Opening("new-role", "the jobs act with the role of another instance profile"),
    "launch_template": _OTHER_TEMPLATE,
    "launch_template_version": _OTHER_TEMPLATE,
}
_OTHER_ENVIRONMENT = Opening("new-role", "its jobs may act with the role of another environment")
OPENS_OF_QUEUE = {"compute_environments": _OTHER_ENVIRONMENT, "compute environment": _OTHER_ENVIRONMENT}
QUEUE: Strictness = {
    "priority": Smaller(),  # queues of others on the same environments go first
    "compute_environments": Members("compute environment"),
    "cancel_after": Compared(limits),
    "state": Stopped(("ENABLED", "DISABLED")),
    "status": Repaired("what AWS says of it"),
}
