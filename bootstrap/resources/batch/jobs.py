"""The unfinished jobs of Batch queues, and what updates of an environment do to them.

Source: Batch API reference ListJobs, UpdatePolicy; Batch user guide job_states.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bootstrap.core.loss import Loss
from bootstrap.core.query import Query

UNDER_WAY = ("RUNNING", "STARTING", "RUNNABLE", "PENDING", "SUBMITTED")
ON_MACHINES = UNDER_WAY[:2]
LONGEST_JOB = 7_200
"""Minutes: the longest time that Batch lets jobs keep old machines."""


def queries(queue: str, states: Sequence[str] = UNDER_WAY) -> list[Query]:
    """One query per state: ListJobs lists only RUNNING jobs unless it gets a state."""
    return [Query("batch", "list_jobs", {"jobQueue": queue, "jobStatus": state}) for state in states]


def listed(answers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [job for answer in answers for job in answer["jobSummaryList"]]


def describe(queue: str, jobs: Sequence[Mapping[str, Any]]) -> str:
    """ "queue spot has 3 jobs under way: 2 RUNNING, 1 RUNNABLE"."""
    return f"queue {queue} has {counted(len(jobs))} under way: {_by_state(jobs)}"


def loss(queue: str, jobs: Sequence[Mapping[str, Any]]) -> Loss:
    return Loss("jobs", queue, detail=_by_state(jobs), count=len(jobs))


def _by_state(jobs: Sequence[Mapping[str, Any]]) -> str:
    count = Counter(job["status"] for job in jobs)
    return ", ".join(f"{count[state]:,} {state}" for state in UNDER_WAY if count[state])


def counted(number: int) -> str:
    return "1 job" if number == 1 else f"{number:,} jobs"


def end_with_updates(environment: Mapping[str, Any]) -> bool:
    return bool((environment.get("updatePolicy") or {}).get("terminateJobsOnUpdate"))


def update_policy(end: bool) -> dict[str, Any]:
    return {"terminateJobsOnUpdate": end, "jobExecutionTimeoutMinutes": LONGEST_JOB}
