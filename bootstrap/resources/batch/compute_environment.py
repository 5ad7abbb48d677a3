"""A compute environment of Batch: which machines it may start for jobs, and how many.

It is a managed one on EC2 or Spot, and Batch acts with its service-linked role: with any other role, or with the
strategy BEST_FIT, most changes would need another environment.
Source: Batch API reference CreateComputeEnvironment, UpdateComputeEnvironment; Batch user guide
updating-compute-environments (scaling and infrastructure updates), allocation-strategies; UpdatePolicy.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from bootstrap.aws.errors import raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference, with_entries
from bootstrap.core.direction import Directions
from bootstrap.core.flags import TERMINATE_JOBS
from bootstrap.core.live import Live, Obstacle, Outputs, Part, Properties
from bootstrap.core.permission import REQUEST_TAGS, Condition, Permission, retagging
from bootstrap.core.query import Query
from bootstrap.core.resource import OTHER_NAMES, Taggable
from bootstrap.core.search_filter import SearchFilter
from bootstrap.resources.batch import directions as batch_directions, jobs, prechecks, shared as batch
from bootstrap.resources.ec2 import vcpus
from bootstrap.resources.iam import shared as iam
from bootstrap.resources.iam.service_linked_role import NAMES

STRATEGIES: Mapping[str, tuple[str, ...]] = {
    "EC2": ("BEST_FIT_PROGRESSIVE",),
    "SPOT": ("SPOT_PRICE_CAPACITY_OPTIMIZED", "SPOT_CAPACITY_OPTIMIZED"),
}
"""The allocation strategies, by compute type."""

_THINGS = batch.COMPUTE_ENVIRONMENTS
# What a field is called under `computeResources`.
_PARAMETERS = {
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
INFRASTRUCTURE = frozenset(_PARAMETERS) - {"min_vcpus", "max_vcpus"}
"""Fields whose change replaces the machines. Jobs that run on the old ones end after a while, by default half an hour."""
_ENVIRONMENT = "arn:{partition}:batch:{region}:{account}:compute-environment/{name}"
_SERVICE = "batch.amazonaws.com"
# Batch hands the profiles of its machines to EC2; which of the two it asks for is not documented.
_PASSED = (
    Condition("StringEquals", "iam:PassedToService", ("ec2.amazonaws.com", "ec2.amazonaws.com.cn", "batch.amazonaws.com")),
)
_WHY_JOBS = "new machines would end the jobs on the old ones"
_WHY_RUNNING = "which jobs keep the vCPUs that it has above a lower maximum"
_PASSES = "AWS asks for it, as the instance profile has that role"
_LINKED = "arn:{partition}:iam::{account}:role/aws-service-role/" + f"{_SERVICE}/{NAMES[_SERVICE]}"


@dataclass(frozen=True, kw_only=True)
class BatchComputeEnvironment(Taggable):
    """`compute_type` is "EC2" or "SPOT", `instance_types` are types ("c6i.large"), families ("c6i") or what
    Batch chooses from by itself ("optimal", "default_x86_64").

    `instance_profile` is an ARN, `passed_role` that of the role in it (for a permission only), `launch_template` an id,
    and `launch_template_version` a number as text. `instance_tags` go on the machines, `tags` on the environment. `status`
    is there to be VALID: an environment that AWS calls INVALID differs from it, and is sent again. Batch remembers an
    update policy, so `terminate_jobs_on_update` would end jobs in the next update, too, whoever makes it.
    """

    kind: ClassVar[str] = "batch_compute_environment"
    services: ClassVar[tuple[str, ...]] = ("batch", "ec2")
    outputs: ClassVar[tuple[str, ...]] = ("name", "arn", "uuid")
    unique_id: ClassVar[str] = "uuid"
    immutable: ClassVar[frozenset[str]] = frozenset({"name", "compute_type"})
    directions: ClassVar[Directions] = batch_directions.ENVIRONMENT
    additive: ClassVar[Mapping[str, str]] = {"tags": "tag", "instance_tags": "tag on its machines"}
    set_by: ClassVar[Mapping[str, str]] = {
        "min_vcpus": "--min-vcpus",
        "max_vcpus": "--max-vcpus",
        "subnets": "--subnet",
        "instance_types": "--instance-type",
    }
    precheck_on_update: ClassVar[frozenset[str]] = frozenset({"instance_types", "subnets", "max_vcpus"})
    force_flag: ClassVar[str] = TERMINATE_JOBS
    interrupting: ClassVar[str] = TERMINATE_JOBS
    if_taken: ClassVar[str] = OTHER_NAMES
    tagged: ClassVar[Mapping[str, str]] = {"batch:compute-environment": "name"}
    permissions: ClassVar[tuple[Permission, ...]] = (
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

    name: str
    compute_type: str
    allocation_strategy: str
    min_vcpus: int
    max_vcpus: int
    instance_types: list[str]
    subnets: list[str]
    security_groups: list[str]
    instance_profile: str
    passed_role: str = ""
    launch_template: str
    launch_template_version: str
    instance_tags: dict[str, str] = field(default_factory=dict)
    terminate_jobs_on_update: bool = False
    state: str = "ENABLED"
    status: str = "VALID"

    @property
    def label(self) -> str:
        return self.name

    def arn_variables(self) -> Properties:
        codes = vcpus.codes(self.machines().types, spot=self.machines().spot)
        return {**self.properties(), "passed": [self.passed_role] if self.passed_role else [], "vcpu_quotas": codes}

    def validate(self, account: Account) -> Sequence[str]:
        found = [
            *_THINGS.problems(self.name, self.state, self.status, self.tags),
            *(f"on its instances, {problem}" for problem in iam.tag_problems(self.instance_tags)),
        ]
        strategies = STRATEGIES.get(self.compute_type)
        if strategies is None:
            found.append(f"compute type {self.compute_type!r}: it is one of {', '.join(STRATEGIES)}")
        elif self.allocation_strategy not in strategies:
            why = ", because AWS could then change nothing in place" if self.allocation_strategy == "BEST_FIT" else ""
            one_of = f"for {self.compute_type} it is one of {', '.join(strategies)}"
            found.append(f"allocation strategy {self.allocation_strategy!r}: {one_of}{why}")
        if not 0 <= self.min_vcpus <= self.max_vcpus or not self.max_vcpus:
            found.append(f"{self.min_vcpus} to {self.max_vcpus} vCPUs: the least is 0 or more, and at most the greatest")
        for what in ("instance_types", "subnets", "security_groups"):
            if not getattr(self, what):
                found.append(f"{what.replace('_', ' ')}: Batch needs one at least")
        if not iam.unresolved(self.launch_template_version) and not self.launch_template_version.isdecimal():
            found.append(f"launch template version {self.launch_template_version!r}: a number, so that a new one is noticed")
        return found

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return _THINGS.known(account, self.name)

    def canonical(self, name: str, value: Any) -> Any:
        """The order of these lists means nothing with the strategies that there are here."""
        return sorted(value) if name in ("instance_types", "subnets", "security_groups") and value else value

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        """What keeps jobs from ever getting a machine, and a maximum that is below what runs just now."""
        changed, here = aws.changes, prechecks
        found = here.in_use(aws, self.name, self.max_vcpus) if "max_vcpus" in changed else []
        if not changed or changed & {"instance_types", "subnets"}:
            found += here.not_offered(aws, self.instance_types, self.subnets)
        if not changed or changed & {"instance_types", "max_vcpus"}:
            types, spot, wants = self.machines()
            found += vcpus.obstacles(aws, types, spot=spot, wants=wants)
        return found

    def machines(self) -> vcpus.Machines:
        types = prechecks.patterns(self.instance_types)
        return vcpus.Machines(types, spot=self.compute_type == "SPOT", most=self.max_vcpus)

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        queues = [Query("batch", "describe_job_queues")] if aws.destroying else []
        answer, *listed = aws.read(_THINGS.query(outputs.get("name", self.name)), *queues)
        found = _THINGS.described(answer)
        if found is None:
            return None
        arn = found["computeEnvironmentArn"]
        parts = frozenset(Part(batch.FED_BY, arn, name) for name in batch.fed_by(arn, listed))
        return replace(_THINGS.live(aws, found, _properties(found)), parts=parts)

    def interrupted_by(self, aws: Cloud, outputs: Outputs, changed: Collection[str]) -> Sequence[str]:
        """The jobs on machines, of the queues that it serves: which environment has a job, Batch tells one by one only."""
        return prechecks.jobs_on_machines(aws, outputs["arn"]) if INFRASTRUCTURE & set(changed) else ()

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: SearchFilter) -> Iterable[tuple[Outputs, Mapping[str, str]]]:
        return _THINGS.listed(aws)

    def create(self, aws: Cloud) -> Live:
        with raise_already_exists(batch.CODE, text=batch.EXISTS):
            answer = aws.call(
                "batch",
                "create_compute_environment",
                computeEnvironmentName=self.name,
                type="MANAGED",
                state="ENABLED",  # Batch creates no other
                computeResources={"type": self.compute_type, **self._resources()},
                tags={**self.tags, **aws.owner.tags()},
            )
        outputs = {"name": answer["computeEnvironmentName"], "arn": answer["computeEnvironmentArn"]}
        return Live(outputs, {**self.properties(), "state": "ENABLED"}, owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        """Replaces machines only where that is needed: what an id stands for may be what AWS has already. Jobs keep their
        machines for days, unless it was said that they may end."""
        fields = {item.field for item in differences} - {"tags"}
        wants = self
        if fields and (found := _THINGS.until_still(aws, outputs["name"])):
            has = {**_properties(found), "state": found["state"]}
            # Batch takes them as a whole, and some are others'.
            wants = replace(self, instance_tags=with_entries(has["instance_tags"], "instance_tags", differences))
            fields = {
                name
                for name in fields
                if name not in has or self.canonical(name, has[name]) != self.canonical(name, getattr(wants, name))
            }
        if fields:
            # An update of a managed environment names one of its resources at least.
            changed = {_PARAMETERS[name] for name in fields if name in _PARAMETERS} or {"minvCpus"}
            resources: dict[str, Any] = {name: value for name, value in wants._resources().items() if name in changed}
            if "launchTemplate" in changed:
                # Without it Batch goes on with the image that the template had before.
                resources["updateToLatestImageVersion"] = True
            others: dict[str, Any] = {"state": self.state} if fields & {"state", "status"} else {}
            if fields & {*INFRASTRUCTURE, "terminate_jobs_on_update"}:
                end = self.terminate_jobs_on_update or bool(fields & INFRASTRUCTURE and TERMINATE_JOBS in aws.allowed)
                others["updatePolicy"] = jobs.update_policy(end)
            self._send(aws, outputs, computeResources=resources, **others)
        _THINGS.retag(aws, outputs["arn"], differences)
        return outputs

    def ready(self, aws: Cloud, outputs: Outputs) -> Outputs:
        def send_again() -> None:
            self._send(aws, outputs, computeResources={"minvCpus": self.min_vcpus}, state=self.state)

        found = _THINGS.until_valid(aws, outputs["name"], send_again)
        if jobs.end_with_updates(found) != self.terminate_jobs_on_update:  # what was allowed was this run's update only
            policy = jobs.update_policy(not jobs.end_with_updates(found))
            self._send(aws, outputs, computeResources={"minvCpus": self.min_vcpus}, updatePolicy=policy)
            found = _THINGS.until_valid(aws, outputs["name"], send_again)
        return {**outputs, "uuid": found["uuid"]} if found.get("uuid") else outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        _THINGS.delete(aws, outputs.get("name", self.name), computeResources={"minvCpus": 0})

    def side_effects(self, aws: Cloud, outputs: Outputs) -> Sequence[str]:
        """What Batch and those who submit jobs make by themselves. Source: Batch user guide using_cloudwatch_logs."""
        [answer] = aws.read(Query("batch", "describe_job_definitions", {"status": "ACTIVE"}))
        definitions = len(answer["jobDefinitions"])
        return [
            *([f"{definitions} active Batch job definitions (workflow engines register their own)"] if definitions else []),
            "the log group /aws/batch/job in CloudWatch, if jobs ran",
            f"the ECS cluster that Batch had for {self.name}, until Batch takes it away",
        ]

    def _resources(self) -> dict[str, Any]:
        template = {"launchTemplateId": self.launch_template, "version": self.launch_template_version}
        return {**{parameter: getattr(self, name) for name, parameter in _PARAMETERS.items()}, "launchTemplate": template}

    def _send(self, aws: Cloud, outputs: Outputs, **changed: Any) -> None:
        aws.call("batch", "update_compute_environment", computeEnvironment=outputs["name"], **changed)


def _properties(found: Mapping[str, Any]) -> Properties:
    """The fields that `computeResources` tells of."""
    resources = found.get("computeResources", {})
    template = resources.get("launchTemplate", {})
    return {
        "compute_type": resources.get("type"),
        **{name: resources.get(parameter) for name, parameter in _PARAMETERS.items()},
        "security_groups": resources.get("securityGroupIds", []),
        "launch_template": template.get("launchTemplateId"),
        "launch_template_version": template.get("version"),
        "instance_tags": resources.get("tags", {}),
        "terminate_jobs_on_update": jobs.end_with_updates(found),
    }
