"""Where moto's job queues of Batch differ from AWS (see `sandbox/moto/batch.py`).

Source: Batch API reference CreateJobQueue, UpdateJobQueue, JobStateTimeLimitAction; "Invalid job reason" is in reports of
users.
"""

import re
from typing import Any

from moto.batch.exceptions import ClientException
from moto.batch.models import BatchBackend, JobQueue
from moto.batch.responses import BatchResponse

from bootstrap.sandbox.moto.patching import Method, wrap_method

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")

_REASONS = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
)


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _queues_need_no_state()
    _time_limits_are_kept()


def _queues_need_no_state() -> None:
    """moto requires a state; on AWS a queue is ENABLED unless the call says otherwise. AWS also has another message for a
    second queue of the same name."""

    def create(original: Method, batch: BatchBackend, queue_name: str, state: str | None, **named: Any) -> Any:
        if not NAME.fullmatch(queue_name):
            raise ClientException(f"{queue_name} is no name for a job queue")
        if batch.get_job_queue_by_name(queue_name):
            raise ClientException("Object already exists")
        return original(batch, queue_name=queue_name, state=state or "ENABLED", **named)

    wrap_method(BatchBackend, "create_job_queue", create)


def _time_limits_are_kept() -> None:
    """moto forgets `jobStateTimeLimitActions`. What an update does not name stays as it was; an empty list removes all."""

    def changed(original: Method, response: BatchResponse) -> Any:
        limits = response._get_param("jobStateTimeLimitActions")
        for item in limits or ():
            if item["reason"] not in _REASONS:
                raise ClientException("Invalid job reason.")
            if item["state"] != "RUNNABLE" or item["action"] != "CANCEL" or not 600 <= item["maxTimeSeconds"] <= 86_400:
                raise ClientException(f"Invalid jobStateTimeLimitActions: {item}")
        answer = original(response)
        name = response._get_param("jobQueueName") or response._get_param("jobQueue")
        if limits is not None:
            vars(response.batch_backend.get_job_queue(name))["limits"] = limits
        return answer

    def describe(original: Method, queue: JobQueue) -> dict[str, Any]:
        return {**original(queue), "jobStateTimeLimitActions": vars(queue).get("limits", [])}

    wrap_method(BatchResponse, "createjobqueue", changed)
    wrap_method(BatchResponse, "updatejobqueue", changed)
    wrap_method(JobQueue, "describe", describe)
