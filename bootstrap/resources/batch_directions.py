"""Which settings of Batch are stricter: fewer vCPUs cost less, and what is disabled runs nothing."""

from bootstrap.core.direction import Chosen, Directions, Members, Ranked, Repaired, Smaller, Stopped

ENVIRONMENT: Directions = {
    "allocation_strategy": Repaired("how Batch chooses machines"),
    "min_vcpus": Smaller(),
    "max_vcpus": Smaller(),
    "instance_types": Repaired("which machines jobs get"),
    "subnets": Members(),
    "security_groups": Members(),
    "instance_profile": Chosen(),
    "passed_role": Repaired("for a permission only"),
    "launch_template": Chosen(),
    "launch_template_version": Repaired("ours is the newest"),
    "instance_tags": Repaired("labels"),
    "terminate_jobs_on_update": Ranked((True, False)),
    "state": Stopped(("ENABLED", "DISABLED")),
    "status": Repaired("what AWS says of it"),
}
QUEUE: Directions = {
    "priority": Repaired("an order"),
    "compute_environments": Repaired("where jobs run: environments of this deployment"),
    "state": Stopped(("ENABLED", "DISABLED")),
    "status": Repaired("what AWS says of it"),
}
