"""The permissions that a compute environment needs, from its creation to its deletion.

Source: service authorization reference, AWS Batch; Batch user guide using-service-linked-roles.
"""

from bootstrap.core.permission import MAYBE_BY_SERVICE, REQUEST_TAGS, Condition, Permission, retagging
from bootstrap.permissions.service_linked_roles import NAMES
from bootstrap.resources.batch import shared as batch
from bootstrap.resources.batch.compute_resources import INFRASTRUCTURE
from bootstrap.resources.ec2 import vcpus

_ENVIRONMENT = "arn:{partition}:batch:{region}:{account}:compute-environment/{name}"
_SERVICE = "batch.amazonaws.com"
# Batch passes the profiles of its machines to EC2; AWS does not document which of the two services it checks.
_PASSED = (
    Condition("StringEquals", "iam:PassedToService", ("ec2.amazonaws.com", "ec2.amazonaws.com.cn", "batch.amazonaws.com")),
)
_WHY_JOBS = "new machines would end the jobs on the old ones"
_WHY_RUNNING = "which jobs keep the vCPUs that it has above a lower maximum"
_PASSES = "AWS asks for it, as the instance profile has that role"
_LINKED = "arn:{partition}:iam::{account}:role/aws-service-role/" + f"{_SERVICE}/{NAMES[_SERVICE]}"

PERMISSIONS: tuple[Permission, ...] = (
    Permission("find", "batch:DescribeComputeEnvironments", "*"),
    Permission("read", "batch:DescribeComputeEnvironments", "*"),
    Permission("create", "ec2:DescribeInstanceTypeOfferings", "*"),
    Permission("create", "ec2:DescribeSubnets", "*"),
    *vcpus.PERMISSIONS,
    vcpus.IN_USE,
    Permission("create", "batch:CreateComputeEnvironment", _ENVIRONMENT, sends=REQUEST_TAGS),
    Permission("create", "batch:TagResource", _ENVIRONMENT, why=batch.TAGGED, sends=REQUEST_TAGS),
    Permission("create", "batch:DescribeComputeEnvironments", "*"),
    Permission("create", "batch:UpdateComputeEnvironment", _ENVIRONMENT),
    Permission(
        "create",
        "iam:CreateServiceLinkedRole",
        _LINKED,
        (Condition("StringEquals", "iam:AWSServiceName", (_SERVICE,)),),
        why="Batch makes its own role when that is missing",
        sends=MAYBE_BY_SERVICE,
    ),
    Permission("create", "iam:PassRole", "{passed}", _PASSED, why=_PASSES),
    Permission("update", "iam:PassRole", "{passed}", _PASSED, ("instance_profile",), why=_PASSES),
    Permission("update", "batch:UpdateComputeEnvironment", _ENVIRONMENT),
    Permission("update", "batch:DescribeComputeEnvironments", "*"),
    Permission("update", "batch:DescribeJobQueues", "*", only_for=tuple(sorted(INFRASTRUCTURE)), why=_WHY_JOBS),
    Permission("update", "batch:ListJobs", "*", only_for=tuple(sorted(INFRASTRUCTURE)), why=_WHY_JOBS),
    *(
        Permission("update", f"batch:{action}", "*", only_for=("max_vcpus",), why=_WHY_RUNNING, optional=True)
        for action in ("DescribeJobQueues", "ListJobs")
    ),
    *retagging("batch:TagResource", "batch:UntagResource", _ENVIRONMENT),
    Permission("delete", "batch:UpdateComputeEnvironment", _ENVIRONMENT),
    Permission("delete", "batch:DeleteComputeEnvironment", _ENVIRONMENT),
    Permission("delete", "batch:DescribeJobQueues", "*"),
    Permission("delete", "batch:DescribeJobDefinitions", "*"),
)
