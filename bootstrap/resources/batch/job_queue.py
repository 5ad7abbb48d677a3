"""A job queue of Batch: where jobs wait for capacity in its compute environments.

Deleting a queue kills its jobs, so bootstrap refuses that without --terminate-jobs.
Source: Batch API reference CreateJobQueue, UpdateJobQueue, DeleteJobQueue, ListJobs, TerminateJob, JobStateTimeLimitAction;
Batch user guide job_stuck_in_runnable.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bootstrap.aws.errors import ignore_missing, raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.flags import TERMINATE_JOBS
from bootstrap.core.live import Live, Outputs, Part
from bootstrap.core.permission import REQUEST_TAGS, Permission, retagging
from bootstrap.core.resource import OTHER_NAMES, Taggable
from bootstrap.core.resource_type import Deletion, Identifiers, Updates
from bootstrap.core.search_filter import SearchFilter
from bootstrap.errors import AwsError, lines
from bootstrap.resources.batch import jobs as batch_jobs, shared as batch, strictness as batch_strictness

_TYPE = batch.BatchType("job queue", patience=5)
_QUEUE = "arn:{partition}:batch:{region}:{account}:job-queue/{name}"
# Batch also checks the permission on each environment in the call.
_ENVIRONMENTS = "{compute_environments}"
_JOBS = "arn:{partition}:batch:{region}:{account}:job/*"

NEVER_FITS = ("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE", "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT")
"""The reasons why a job can never start: it needs more vCPUs than an environment may have, or than a machine has."""
NO_CAPACITY = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"
"""EC2 has no machine for it now. Batch can cancel a job for this reason and the two above only."""
_SHORTEST, _LONGEST = 600, 86_400


@dataclass(frozen=True, kw_only=True)
class BatchJobQueue(Taggable):
    """`compute_environments` are ARNs; Batch fills the first one first. Of two queues on the same environments, the one with
    the higher `priority` goes first. `status` is always VALID, as for a compute environment. `cancel_after` has, by the
    reason why a job cannot start, how many seconds the job at the head of the queue may stay RUNNABLE before Batch cancels
    it."""

    kind = "batch_job_queue"
    services = ("batch",)
    identifiers = Identifiers(
        outputs=("name", "arn"), if_taken=OTHER_NAMES, arn_prefixes={"batch:job-queue": "name"}, stack_id="arn"
    )
    updates = Updates(
        force_new={"name"},
        after_create={"status": "INVALID"},
        strictness=batch_strictness.QUEUE,
        opens=batch_strictness.OPENS_OF_QUEUE,
    )
    deletion = Deletion(force_flag=TERMINATE_JOBS)
    permissions = (
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
        found = _TYPE.validate(self.name, self.state, self.status, self.tags)
        if not 0 <= self.priority <= 1000:
            found.append(f"priority {self.priority}: Batch accepts 0 to 1000")
        if not 1 <= len(set(self.compute_environments)) == len(self.compute_environments) <= 3:
            found.append("compute environments: Batch accepts one to three different ones")
        for reason, seconds in self.cancel_after.items():
            if reason not in (*NEVER_FITS, NO_CAPACITY):
                found.append(f"jobs are canceled for {reason!r}: Batch knows {', '.join((*NEVER_FITS, NO_CAPACITY))}")
            if not _SHORTEST <= seconds <= _LONGEST:
                found.append(f"jobs are canceled after {seconds} seconds: Batch accepts {_SHORTEST} to {_LONGEST}")
        return found

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return _TYPE.predicted_outputs(account, self.name)

    def attachments(self) -> Iterable[Part]:
        return [Part(batch.JOB_QUEUE, environment, self.name) for environment in self.compute_environments]

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        name = outputs.get("name", self.name)
        found: Mapping[str, Any] | None = None
        jobs: list[Mapping[str, Any]] = []
        with ignore_missing(batch.CODE, text=batch.ABSENT):
            about = batch_jobs.queries(name) if aws.destroying and not aws.expects_gone else ()
            answer, *listed = aws.read(_TYPE.all, *about)
            found, jobs = _TYPE.described(answer, name), batch_jobs.listed(listed)
        if found is None:
            return None
        order = sorted(found["computeEnvironmentOrder"], key=lambda item: int(item["order"]))
        properties = {
            "priority": found["priority"],
            "compute_environments": [item["computeEnvironment"] for item in order],
            "cancel_after": {item["reason"]: item["maxTimeSeconds"] for item in found.get("jobStateTimeLimitActions") or ()},
        }
        live = _TYPE.live(aws, found, properties)
        return (
            replace(live, blockers=(batch_jobs.describe(name, jobs),), holds=(batch_jobs.loss(name, jobs),))
            if jobs
            else live
        )

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: SearchFilter) -> Iterable[tuple[Outputs, Mapping[str, str]]]:
        return _TYPE.list_tagged(aws)

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
        _TYPE.retag(aws, outputs["arn"], differences)
        return outputs

    def ready(self, aws: Cloud, outputs: Outputs) -> Outputs:
        _TYPE.wait_until_valid(aws, outputs["name"], lambda: self._send(aws, outputs, state=self.state))
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        """Raises AwsError when there are jobs and the user did not allow to end them; before it disables anything if the
        plan, which looked for jobs, is old. A disabled queue accepts no more, so it looks again then."""
        name = outputs.get("name", self.name)
        may_end = self.deletion.force_flag in aws.allowed
        if not may_end and aws.reads_are_old:
            with ignore_missing(batch.CODE, text=batch.ABSENT):
                _refuse_jobs(aws, name)
        disabled = "The queue is disabled now; create enables it again."
        _TYPE.delete(aws, name, lambda: _end_jobs(aws, name) if may_end else _refuse_jobs(aws, name, disabled))

    def _order(self) -> list[dict[str, Any]]:
        return [{"order": place, "computeEnvironment": arn} for place, arn in enumerate(self.compute_environments, 1)]

    def _limits(self) -> list[dict[str, Any]]:
        """For EC2 machines, Batch has no other state and no other action."""
        return [
            {"reason": reason, "state": "RUNNABLE", "maxTimeSeconds": seconds, "action": "CANCEL"}
            for reason, seconds in self.cancel_after.items()
        ]

    def _send(self, aws: Cloud, outputs: Outputs, **changed: Any) -> None:
        aws.call("batch", "update_job_queue", jobQueue=outputs["name"], **changed)


def _refuse_jobs(aws: Cloud, name: str, done: str = "") -> None:
    if jobs := batch_jobs.listed(aws.read(*batch_jobs.queries(name))):
        advice = "Wait until they have ended, or add --terminate-jobs to the same command to end them."
        raise AwsError(batch_jobs.describe(name, jobs), lines(done, advice))


def _end_jobs(aws: Cloud, name: str) -> None:
    """Ends all jobs of the queue, which no longer accepts new ones, and waits until none is left."""
    ended = set[str]()

    def state() -> str:
        jobs = batch_jobs.listed(aws.read(*batch_jobs.queries(name)))
        new = [job["jobId"] for job in jobs if job["jobId"] not in ended]
        if new:
            aws.progress(f"ending {batch_jobs.counted(len(new))} of queue {name}")
        for job in new:
            if aws.stopping():
                break
            aws.call("batch", "terminate_job", jobId=job, reason="its job queue is deleted")
            ended.add(job)
        return batch_jobs.describe(name, jobs) if jobs else ""

    aws.wait(state, _TYPE.patience)
