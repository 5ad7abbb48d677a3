"""A compute environment of Batch: which machines it may start for jobs, and how many.

It is a managed environment on EC2 or Spot, and Batch uses its service-linked role: with any other role, or with the
strategy BEST_FIT, most changes would require a new environment.
Source: Batch API reference CreateComputeEnvironment, UpdateComputeEnvironment; Batch user guide
updating-compute-environments (scaling and infrastructure updates), allocation-strategies; UpdatePolicy.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bootstrap.aws.errors import raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference, with_entries
from bootstrap.core.flags import TERMINATE_JOBS
from bootstrap.core.live import Live, Obstacle, Outputs, Part, Properties
from bootstrap.core.query import Query
from bootstrap.core.resource import OTHER_NAMES, Taggable
from bootstrap.core.resource_type import Deletion, Identifiers, Updates
from bootstrap.core.search_filter import SearchFilter
from bootstrap.resources.batch import jobs, prechecks, shared as batch, strictness as batch_strictness
from bootstrap.resources.batch.compute_environment_permissions import PERMISSIONS
from bootstrap.resources.batch.compute_resources import INFRASTRUCTURE, PARAMETERS, properties
from bootstrap.resources.ec2 import vcpus
from bootstrap.resources.iam import shared as iam

STRATEGIES: Mapping[str, tuple[str, ...]] = {
    "EC2": ("BEST_FIT_PROGRESSIVE",),
    "SPOT": ("SPOT_PRICE_CAPACITY_OPTIMIZED", "SPOT_CAPACITY_OPTIMIZED"),
}
"""The allocation strategies, by compute type."""

_TYPE = batch.COMPUTE_ENVIRONMENTS


@dataclass(frozen=True, kw_only=True)
class BatchComputeEnvironment(Taggable):
    """`compute_type` is "EC2" or "SPOT", `instance_types` are types ("c6i.large"), families ("c6i") or what
    Batch chooses from by itself ("optimal", "default_x86_64").

    `instance_profile` is an ARN, `passed_role` the ARN of its role (for a permission only), `launch_template` an id, and
    `launch_template_version` a number as text. `instance_tags` go on the machines, `tags` on the environment. `status` is
    always VALID, so an environment that AWS calls INVALID differs and is sent again. Batch remembers an update policy, so
    `terminate_jobs_on_update` would also end jobs in the next update, whoever sends it.
    """

    kind = "batch_compute_environment"
    services = ("batch", "ec2")
    identifiers = Identifiers(
        outputs=("name", "arn", "uuid"),
        unique_id="uuid",
        if_taken=OTHER_NAMES,
        arn_prefixes={"batch:compute-environment": "name"},
        stack_id="arn",
    )
    updates = Updates(
        force_new={"name", "compute_type"},
        after_create={"state": "ENABLED", "status": "INVALID", "terminate_jobs_on_update": False},
        additive={"instance_tags": "tag on its machines"},
        strictness=batch_strictness.ENVIRONMENT,
        opens=batch_strictness.OPENS,
        set_by={
            "min_vcpus": "--min-vcpus",
            "max_vcpus": "--max-vcpus",
            "subnets": "--subnet",
            "instance_types": "--instance-type",
        },
        precheck_on_update={"instance_types", "subnets", "max_vcpus"},
        interrupt_flag=TERMINATE_JOBS,
    )
    deletion = Deletion(force_flag=TERMINATE_JOBS)
    permissions = PERMISSIONS

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
            *_TYPE.validate(self.name, self.state, self.status, self.tags),
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
            found.append(f"{self.min_vcpus} to {self.max_vcpus} vCPUs: the minimum is 0 or more, and not above the maximum")
        for what in ("instance_types", "subnets", "security_groups"):
            if not getattr(self, what):
                found.append(f"{what.replace('_', ' ')}: Batch needs at least one")
        if not iam.unresolved(self.launch_template_version) and not self.launch_template_version.isdecimal():
            found.append(
                f"launch template version {self.launch_template_version!r}: use a number, so that a new version is noticed"
            )
        return found

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return _TYPE.predicted_outputs(account, self.name)

    def canonical(self, name: str, value: Any) -> Any:
        """The order of these lists means nothing with the strategies that are allowed here."""
        return sorted(value) if name in ("instance_types", "subnets", "security_groups") and value else value

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        """What would prevent jobs from ever getting a machine, and a maximum below what runs now."""
        changed, here = aws.planned.changed_fields, prechecks
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
        answer, *listed = aws.read(_TYPE.all, *queues)
        found = _TYPE.described(answer, outputs.get("name", self.name))
        if found is None:
            return None
        arn = found["computeEnvironmentArn"]
        parts = frozenset(Part(batch.JOB_QUEUE, arn, name) for name in batch.queues_of(arn, listed))
        return replace(_TYPE.live(aws, found, properties(found)), parts=parts)

    def interrupted_by(self, aws: Cloud, outputs: Outputs, changed: Collection[str]) -> Sequence[str]:
        """The jobs on machines of all queues that it serves: which environment runs a job, Batch reports only job by job."""
        return prechecks.jobs_on_machines(aws, outputs["arn"]) if INFRASTRUCTURE & set(changed) else ()

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: SearchFilter) -> Iterable[tuple[Outputs, Mapping[str, str]]]:
        return _TYPE.list_tagged(aws)

    def create(self, aws: Cloud) -> Live:
        with raise_already_exists(batch.CODE, text=batch.EXISTS):
            answer = aws.call(
                "batch",
                "create_compute_environment",
                computeEnvironmentName=self.name,
                type="MANAGED",
                state="ENABLED",  # Batch creates environments only as ENABLED
                computeResources={"type": self.compute_type, **self._resources()},
                tags={**self.tags, **aws.owner.tags()},
            )
        outputs = {"name": answer["computeEnvironmentName"], "arn": answer["computeEnvironmentArn"]}
        return Live(outputs, {**self.properties(), "state": "ENABLED"}, owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        """Replaces machines only when needed: a reference may resolve to the id that AWS already has. Jobs keep their
        machines for days, unless the user allowed to end them."""
        fields = {item.field for item in differences} - {"tags"}
        wants = self
        if fields and (found := _TYPE.wait_until_idle(aws, outputs["name"])):
            has = {**properties(found), "state": found["state"]}
            # Batch replaces all of them, and some belong to others.
            wants = replace(self, instance_tags=with_entries(has["instance_tags"], "instance_tags", differences))
            fields = {
                name
                for name in fields
                if name not in has or self.canonical(name, has[name]) != self.canonical(name, getattr(wants, name))
            }
        if fields:
            # An update of a managed environment must name at least one of its resources.
            changed = {PARAMETERS[name] for name in fields if name in PARAMETERS} or {"minvCpus"}
            resources: dict[str, Any] = {name: value for name, value in wants._resources().items() if name in changed}
            if "launchTemplate" in changed:
                # Without it, Batch keeps the image that the template had before.
                resources["updateToLatestImageVersion"] = True
            others: dict[str, Any] = {"state": self.state} if fields & {"state", "status"} else {}
            if fields & {*INFRASTRUCTURE, "terminate_jobs_on_update"}:
                end = self.terminate_jobs_on_update or bool(fields & INFRASTRUCTURE and TERMINATE_JOBS in aws.allowed)
                others["updatePolicy"] = jobs.update_policy(end)
            self._send(aws, outputs, computeResources=resources, **others)
        _TYPE.retag(aws, outputs["arn"], differences)
        return outputs

    def ready(self, aws: Cloud, outputs: Outputs) -> Outputs:
        def send_again() -> None:
            self._send(aws, outputs, computeResources={"minvCpus": self.min_vcpus}, state=self.state)

        found = _TYPE.wait_until_valid(aws, outputs["name"], send_again)
        if jobs.end_with_updates(found) != self.terminate_jobs_on_update:  # the user allowed it for this run's update only
            policy = jobs.update_policy(not jobs.end_with_updates(found))
            self._send(aws, outputs, computeResources={"minvCpus": self.min_vcpus}, updatePolicy=policy)
            found = _TYPE.wait_until_valid(aws, outputs["name"], send_again)
        return {**outputs, "uuid": found["uuid"]} if found.get("uuid") else outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        _TYPE.delete(aws, outputs.get("name", self.name), computeResources={"minvCpus": 0})

    def side_effects(self, aws: Cloud, outputs: Outputs) -> Sequence[str]:
        """What Batch and those who submit jobs create. Source: Batch user guide using_cloudwatch_logs."""
        [answer] = aws.read(Query("batch", "describe_job_definitions", {"status": "ACTIVE"}))
        definitions = len(answer["jobDefinitions"])
        return [
            *([f"{definitions} active Batch job definitions (workflow engines register their own)"] if definitions else []),
            "the log group /aws/batch/job in CloudWatch, if jobs ran",
            f"the ECS cluster that Batch had for {self.name}, until Batch deletes it",
        ]

    def _resources(self) -> dict[str, Any]:
        template = {"launchTemplateId": self.launch_template, "version": self.launch_template_version}
        return {**{parameter: getattr(self, name) for name, parameter in PARAMETERS.items()}, "launchTemplate": template}

    def _send(self, aws: Cloud, outputs: Outputs, **changed: Any) -> None:
        aws.call("batch", "update_compute_environment", computeEnvironment=outputs["name"], **changed)
