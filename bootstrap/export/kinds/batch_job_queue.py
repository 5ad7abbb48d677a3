"""A job queue of Batch. Its environments have to be VALID first."""

from collections.abc import Iterator

from bootstrap.core.graph import Node
from bootstrap.export.exported import Exported
from bootstrap.export.kinds.form import REF, Add, Block, Command, Forms, Nested, Wait, resource_of, without_empty
from bootstrap.resources.batch.job_queue import BatchJobQueue


def cloudformation(of: Exported, node: Node) -> Iterator[Add]:
    queue = resource_of(node, BatchJobQueue)
    order = [{"Order": place, "ComputeEnvironment": arn} for place, arn in enumerate(queue.compute_environments, 1)]
    limits = [
        {"Action": "CANCEL", "MaxTimeSeconds": seconds, "Reason": reason, "State": "RUNNABLE"}
        for reason, seconds in queue.cancel_after.items()
    ]
    properties = {
        "JobQueueName": queue.name,
        "State": queue.state,
        "Priority": queue.priority,
        "ComputeEnvironmentOrder": order,
        "JobStateTimeLimitActions": limits,
        "Tags": of.tags(node),
    }
    yield Add("AWS::Batch::JobQueue", without_empty(properties), {"JobQueueArn": "arn"})


def terraform(of: Exported, node: Node) -> Iterator[Block]:
    queue = resource_of(node, BatchJobQueue)
    imported = of.recorded_output(node, "arn")
    order = [{"order": place, "compute_environment": arn} for place, arn in enumerate(queue.compute_environments, 1)]
    limits = [
        {"action": "CANCEL", "max_time_seconds": seconds, "reason": reason, "state": "RUNNABLE"}
        for reason, seconds in queue.cancel_after.items()
    ]
    body = {
        "name": queue.name,
        "state": queue.state,
        "priority": queue.priority,
        "tags": of.tags(node),
        # What version 5 reads of a queue that it imports is this list only.
        "compute_environments": queue.compute_environments if imported else None,
        "compute_environment_order": [] if imported else [Nested(each) for each in order],
        "job_state_time_limit_action": [Nested(each) for each in limits],
    }
    yield Block("aws_batch_job_queue", without_empty(body), imported=imported, below="6.0" if imported else "7.0")


def script(of: Exported, node: Node) -> Iterator[Command | Wait]:
    queue = resource_of(node, BatchJobQueue)
    order = [{"order": place, "computeEnvironment": arn} for place, arn in enumerate(queue.compute_environments, 1)]
    limits = [
        {"reason": reason, "state": "RUNNABLE", "maxTimeSeconds": seconds, "action": "CANCEL"}
        for reason, seconds in queue.cancel_after.items()
    ]
    options = {
        "job-queue-name": queue.name,
        "state": queue.state,
        "priority": str(queue.priority),
        "compute-environment-order": order,
        "job-state-time-limit-actions": limits,
        "tags": of.tags(node),
    }
    yield Command("batch", "create-job-queue", without_empty(options))
    status = {"job-queues": queue.name, "query": "jobQueues[0].status", "output": "text"}
    yield Wait(Command("batch", "describe-job-queues", status), "VALID")


FORMS = Forms({"name": ("", "name"), "arn": (REF, "arn")}, "aws_batch_job_queue", cloudformation, terraform, script)
