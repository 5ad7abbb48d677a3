"""A job queue of Batch: where jobs wait for room in its compute environments.

Deleting one kills its jobs, so that is refused without --terminate-jobs.
Source: Batch API reference CreateJobQueue, UpdateJobQueue, DeleteJobQueue, ListJobs, TerminateJob, JobStateTimeLimitAction;
Batch user guide job_stuck_in_runnable.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from bootstrap.aws.errors import ignore_missing, raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.direction import Directions
from bootstrap.core.flags import TERMINATE_JOBS
from bootstrap.core.live import Live, Outputs, Part
from bootstrap.core.permission import REQUEST_TAGS, Permission, retagging
from bootstrap.core.resource import OTHER_NAMES, Taggable
from bootstrap.core.search_filter import SearchFilter
from bootstrap.errors import AwsError
from bootstrap.resources.batch import directions as batch_directions, jobs as batch_jobs, shared as batch

_THINGS = batch.BatchType("job queue", longer=5)
_QUEUE = "arn:{partition}:batch:{region}:{account}:job-queue/{name}"
# Batch asks for the permission on each environment that is named, too.
_ENVIRONMENTS = "{compute_environments}"
_JOBS = "arn:{partition}:batch:{region}:{account}:job/*"

NEVER_FITS = ("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE", "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT")
"""Why Batch says that a job can never start: it needs more vCPUs than an environment may have, or than a machine has."""
NO_CAPACITY = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"
"""EC2 has no machine for it just now. With the reasons above these are all for which Batch can cancel a job by itself."""
_SHORTEST, _LONGEST = 600, 86_400


@dataclass(frozen=True, kw_only=True)
class BatchJobQueue(Taggable):
    """`compute_environments` are ARNs, the one to be filled first in front. Of two queues on the same environments the
    one with the higher `priority` goes first. `status` is there to be VALID, as for a compute environment. `cancel_after`
    says for how many seconds the job at the head of the queue may stay RUNNABLE before Batch cancels it, by the reason for
    which it cannot start."""

    kind: ClassVar[str] = "batch_job_queue"
    services: ClassVar[tuple[str, ...]] = ("batch",)
    outputs: ClassVar[tuple[str, ...]] = ("name", "arn")
    unique_id: ClassVar[str] = ""
    immutable: ClassVar[frozenset[str]] = frozenset({"name"})
    directions: ClassVar[Directions] = batch_directions.QUEUE
    force_flag: ClassVar[str] = TERMINATE_JOBS
    if_taken: ClassVar[str] = OTHER_NAMES
    tagged: ClassVar[Mapping[str, str]] = {"batch:job-queue": "name"}
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission("find", "batch:DescribeJobQueues", "*"),
        Permission("read", "batch:DescribeJobQueues", "*"),
        Permission("create", "batch:CreateJobQueue", _QUEUE, sends=REQUEST_TAGS),
        Permission("create", "batch:CreateJobQueue", _ENVIRONMENTS, sends=REQUEST_TAGS),
        Permission("create", "batch:TagResource", _QUEUE, why=batch.TAGGED, sends=REQUEST_TAGS),
        Permission("create", "batch:DescribeJobQueues", "*"),
        Permission("create", "batch:UpdateJobQueue", _QUEUE),
        Permission("update", "batch:UpdateJobQueue", _QUEUE),
        Permission("update", "batch:UpdateJobQueue", _ENVIRONMENTS),
        Permission("update", "batch:DescribeJobQueues", "*"),
        *retagging("batch:TagResource", "batch:UntagResource", _QUEUE),
        Permission("delete", "batch:UpdateJobQueue", _QUEUE),
        Permission("delete", "batch:DeleteJobQueue", _QUEUE),
        Permission("delete", "batch:ListJobs", "*"),
        Permission("delete", "batch:TerminateJob", _JOBS, only_for=(TERMINATE_JOBS,)),
    )

    name: str
    priority: int
    compute_environments: list[str]
    state: str = "ENABLED"
    status: str = "VALID"
    cancel_after: dict[str, int] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.name

    def validate(self, account: Account) -> Sequence[str]:
        found = _THINGS.problems(self.name, self.state, self.status, self.tags)
        if not 0 <= self.priority <= 1000:
            found.append(f"priority {self.priority}: Batch takes 0 to 1000")
        if not 1 <= len(set(self.compute_environments)) == len(self.compute_environments) <= 3:
            found.append("compute environments: Batch takes one to three, each once")
        for reason, seconds in self.cancel_after.items():
            if reason not in (*NEVER_FITS, NO_CAPACITY):
                found.append(f"jobs are canceled for {reason!r}: Batch knows {', '.join((*NEVER_FITS, NO_CAPACITY))}")
            if not _SHORTEST <= seconds <= _LONGEST:
                found.append(f"jobs are canceled after {seconds} seconds: Batch takes {_SHORTEST} to {_LONGEST}")
        return found

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return _THINGS.known(account, self.name)

    def attachments(self) -> Iterable[Part]:
        return [Part(batch.FED_BY, environment, self.name) for environment in self.compute_environments]

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        name = outputs.get("name", self.name)
        found: Mapping[str, Any] | None = None
        jobs: list[Mapping[str, Any]] = []
        with ignore_missing(batch.CODE, text=batch.ABSENT):
            answer, *listed = aws.read(_THINGS.query(name), *(batch_jobs.queries(name) if aws.destroying else ()))
            found, jobs = _THINGS.described(answer), batch_jobs.listed(listed)
        if found is None:
            return None
        order = sorted(found["computeEnvironmentOrder"], key=lambda item: int(item["order"]))
        properties = {
            "priority": found["priority"],
            "compute_environments": [item["computeEnvironment"] for item in order],
            "cancel_after": {item["reason"]: item["maxTimeSeconds"] for item in found.get("jobStateTimeLimitActions") or ()},
        }
        return _THINGS.live(aws, found, properties, (batch_jobs.describe(name, jobs),) if jobs else ())

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: SearchFilter) -> Iterable[tuple[Outputs, Mapping[str, str]]]:
        return _THINGS.listed(aws)

    def create(self, aws: Cloud) -> Live:
        with raise_already_exists(batch.CODE, text=batch.EXISTS):
            answer = aws.call(
                "batch",
                "create_job_queue",
                jobQueueName=self.name,
                state=self.state,
                priority=self.priority,
                computeEnvironmentOrder=self._order(),
                **({"jobStateTimeLimitActions": self._limits()} if self.cancel_after else {}),
                tags={**self.tags, **aws.owner.tags()},
            )
        outputs = {"name": answer["jobQueueName"], "arn": answer["jobQueueArn"]}
        return Live(outputs, self.properties(), owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        fields = {item.field for item in differences}
        changed: dict[str, Any] = {
            **({"priority": self.priority} if "priority" in fields else {}),
            **({"computeEnvironmentOrder": self._order()} if "compute_environments" in fields else {}),
            **({"state": self.state} if fields & {"state", "status"} else {}),
            **({"jobStateTimeLimitActions": self._limits()} if "cancel_after" in fields else {}),
        }
        if changed:
            self._send(aws, outputs, **changed)
        _THINGS.retag(aws, outputs["arn"], differences)
        return outputs

    def ready(self, aws: Cloud, outputs: Outputs) -> Outputs:
        _THINGS.until_valid(aws, outputs["name"], lambda: self._send(aws, outputs, state=self.state))
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        """Raises AwsError when there are jobs and nothing allows to end them; before anything is disabled, if it can."""
        name = outputs.get("name", self.name)
        ready_for = _end_jobs if self.force_flag in aws.allowed else _refuse_jobs
        if ready_for is _refuse_jobs:
            with ignore_missing(batch.CODE, text=batch.ABSENT):
                _refuse_jobs(aws, name)
        _THINGS.delete(aws, name, lambda: ready_for(aws, name))

    def _order(self) -> list[dict[str, Any]]:
        return [{"order": place, "computeEnvironment": arn} for place, arn in enumerate(self.compute_environments, 1)]

    def _limits(self) -> list[dict[str, Any]]:
        """A queue of EC2 machines knows no other state and no other action."""
        return [
            {"reason": reason, "state": "RUNNABLE", "maxTimeSeconds": seconds, "action": "CANCEL"}
            for reason, seconds in self.cancel_after.items()
        ]

    def _send(self, aws: Cloud, outputs: Outputs, **changed: Any) -> None:
        aws.call("batch", "update_job_queue", jobQueue=outputs["name"], **changed)


def _refuse_jobs(aws: Cloud, name: str) -> None:
    if jobs := batch_jobs.listed(aws.read(*batch_jobs.queries(name))):
        advice = "Wait until they have ended, or add --terminate-jobs to the same command to end them."
        raise AwsError(batch_jobs.describe(name, jobs), advice)


def _end_jobs(aws: Cloud, name: str) -> None:
    """Ends all jobs of the queue, which takes no new ones any more, and waits until none is left."""
    told = set[str]()

    def state() -> str:
        jobs = batch_jobs.listed(aws.read(*batch_jobs.queries(name)))
        new = [job["jobId"] for job in jobs if job["jobId"] not in told]
        if new:
            aws.progress(f"ending {batch_jobs.counted(len(new))} of queue {name}")
        for job in new:
            if aws.stopping():
                break
            aws.call("batch", "terminate_job", jobId=job, reason="its job queue is deleted")
            told.add(job)
        return batch_jobs.describe(name, jobs) if jobs else ""

    aws.wait(state, _THINGS.longer)
