"""Where moto's Batch, and the service-linked roles it acts with, differ from AWS (see `sandbox/moto/corrections.py`).

States change at once here as in moto: what takes AWS minutes is VALID, or gone, when the call returns.
"""

import re
from typing import Any

from moto.batch.exceptions import ClientException, InvalidParameterValueException
from moto.batch.models import BatchBackend, Job
from moto.batch.responses import BatchResponse
from moto.iam import models as iam_models
from moto.iam.exceptions import EntityAlreadyExists, InvalidInput
from moto.iam.models import IAMBackend
from moto.moto_api._internal import mock_random

from bootstrap.sandbox.moto import batch_queues
from bootstrap.sandbox.moto.patching import Method, wrap_method

SERVICES = {"batch": "Batch", "spot": "EC2Spot", "spotfleet": "EC2SpotFleet", "ecs": "ECS"}
"""What service-linked roles are called after AWSServiceRoleFor, by the first part of the service's name."""


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _service_linked_roles_have_the_names_of_aws()
    _a_service_linked_role_is_made_once()
    _short_names_are_taken()
    _environments_need_no_role()
    _environments_have_an_id()
    _instance_roles_are_not_looked_at()
    _changes_of_an_environment_are_kept()
    _new_machines_end_the_jobs_on_the_old_ones()
    _what_is_in_use_is_not_deleted()
    _terminated_jobs_end()


def _service_linked_roles_have_the_names_of_aws() -> None:
    """moto calls them AWSServiceRoleForbatch and so on; on AWS their names have capital letters, as in
    AWSServiceRoleForBatch."""
    iam_models.SERVICE_NAME_CONVERSION.update(SERVICES)


def _a_service_linked_role_is_made_once() -> None:
    """moto answers EntityAlreadyExists for one that exists; AWS answers InvalidInput."""

    def create(original: Method, iam: IAMBackend, service_name: str, description: str, suffix: str) -> Any:
        service = service_name.removesuffix(".amazonaws.com").rpartition(".")[2]
        known = iam_models.SERVICE_NAME_CONVERSION.get(service)
        if known is None or not service_name.endswith(".amazonaws.com"):
            raise InvalidInput(f"{service_name} is not a service that has service-linked roles.")
        try:
            return original(iam, service_name, description, suffix)
        except EntityAlreadyExists as error:
            name = f"AWSServiceRoleFor{known}"
            raise InvalidInput(
                f"Service role name {name} has been taken in this account, please try a different suffix."
            ) from error

    wrap_method(IAMBackend, "create_service_linked_role", create)


def _short_names_are_taken() -> None:
    """moto requires at least three characters, and checks only the beginning of a name; Batch allows one to 128."""
    from moto.batch import models

    models.COMPUTE_ENVIRONMENT_NAME_REGEX = re.compile(batch_queues.NAME.pattern + r"\Z")


def _environments_need_no_role() -> None:
    """moto requires a role; Batch uses its service-linked role, and creates it if it is missing.

    On AWS a new environment is ENABLED, and every error has the same code, where moto has several.
    """

    def create(
        original: Method,
        batch: BatchBackend,
        compute_environment_name: str,
        _type: str,
        state: str | None,
        compute_resources: Any,
        service_role: str | None,
        *others: Any,
        **named: Any,
    ) -> Any:
        if batch.get_compute_environment_by_name(compute_environment_name):
            raise ClientException("Object already exists")
        if state == "DISABLED":
            raise ClientException("A compute environment must be created in the ENABLED state.")
        if _type == "MANAGED" and not service_role:
            service_role = _own_role(batch)
        arguments = (compute_environment_name, _type, "ENABLED", compute_resources, service_role)
        try:
            return original(batch, *arguments, *others, **named)
        except InvalidParameterValueException as error:
            raise ClientException(error.message) from error

    wrap_method(BatchBackend, "create_compute_environment", create)


def _own_role(batch: BatchBackend) -> str:
    iam, service = batch.iam_backend, "batch.amazonaws.com"
    there = [role for role in iam.roles.values() if role.name == "AWSServiceRoleForBatch"]
    role = there[0] if there else iam.create_service_linked_role(service, description="", suffix="")
    return str(role.arn)


def _environments_have_an_id() -> None:
    """moto has none; on AWS the id distinguishes an environment from an earlier one of the same name."""

    def create(original: Method, *arguments: Any, **named: Any) -> Any:
        environment = original(*arguments, **named)
        environment.uuid = str(mock_random.uuid4())
        return environment

    def describe(original: Method, batch: BatchBackend, *arguments: Any, **named: Any) -> Any:
        found = original(batch, *arguments, **named)
        environments: dict[str, Any] = batch._compute_environments
        for item in found:
            item["uuid"] = environments[item["computeEnvironmentArn"]].uuid
        return found

    wrap_method(BatchBackend, "create_compute_environment", create)
    wrap_method(BatchBackend, "describe_compute_environments", describe)


def _instance_roles_are_not_looked_at() -> None:
    """moto refuses an instance role that does not exist; Batch accepts it, and fails later."""

    def validate(original: Method, batch: BatchBackend, resources: dict[str, Any]) -> None:
        try:
            original(batch, resources)
        except InvalidParameterValueException as error:
            if "could not find instanceRole" not in error.message:
                raise
            original(batch, {**resources, "type": "FARGATE"})  # the checks that do not come after the one of the role

    wrap_method(BatchBackend, "_validate_compute_resources", validate)


def _changes_of_an_environment_are_kept() -> None:
    """moto checks the changed resources and then forgets them. On AWS, what is not named stays as it was."""

    def update(
        original: Method, batch: BatchBackend, compute_environment_name: str, compute_resources: Any, **named: Any
    ) -> Any:
        environment = batch.get_compute_environment(compute_environment_name)
        if environment is None:
            raise ClientException(f"{compute_environment_name} does not exist")
        has = environment.compute_resources.get("desiredvCpus", 0)
        if (most := (compute_resources or {}).get("maxvCpus")) is not None and most < has:
            raise ClientException(f"desiredvCpus ({has}) must be less than or equal to maxvCpus ({most})")
        answer = original(
            batch, compute_environment_name=compute_environment_name, compute_resources=compute_resources, **named
        )
        changed = {key: value for key, value in (compute_resources or {}).items() if key != "updateToLatestImageVersion"}
        if changed:
            environment.compute_resources = {**environment.compute_resources, **changed}
        return answer

    wrap_method(BatchBackend, "update_compute_environment", update)


def _new_machines_end_the_jobs_on_the_old_ones() -> None:
    """At once, or after the minutes that the update policy gives; of these moto knows neither. No time passes here, so what
    Batch does by itself after half an hour is done at once."""
    usual = {"terminateJobsOnUpdate": False, "jobExecutionTimeoutMinutes": 30}
    scaling = {"minvCpus", "maxvCpus", "desiredvCpus"}

    def update(original: Method, response: BatchResponse) -> Any:
        answer = original(response)
        batch, given = response.batch_backend, response._get_param("updatePolicy")
        environment: Any = batch.get_compute_environment(response._get_param("computeEnvironment"))
        environment.update_policy = {**getattr(environment, "update_policy", usual), **(given or {})}
        if set(response._get_param("computeResources") or {}) - scaling:
            ends = environment.update_policy["terminateJobsOnUpdate"] or environment.update_policy == usual
            queues = [queue for queue in batch._job_queues.values() if environment in queue.environments]
            for job in [job for queue in queues for job in queue.jobs if ends and job.status in ("RUNNING", "STARTING")]:
                job.terminate("the machines of the compute environment were replaced")
        return answer

    def describe(original: Method, batch: BatchBackend, *arguments: Any, **named: Any) -> Any:
        found = original(batch, *arguments, **named)
        environments: dict[str, Any] = batch._compute_environments
        for item in found:
            if policy := getattr(environments[item["computeEnvironmentArn"]], "update_policy", None):
                item["updatePolicy"] = policy
        return found

    wrap_method(BatchResponse, "updatecomputeenvironment", update)
    wrap_method(BatchBackend, "describe_compute_environments", describe)


def _what_is_in_use_is_not_deleted() -> None:
    """Both must be DISABLED, and no queue may be on the environment; moto deletes them at once, and leaves their tags to the
    next ones of their names."""

    def delete_environment(original: Method, batch: BatchBackend, compute_environment_name: str) -> None:
        environment = batch.get_compute_environment(compute_environment_name)
        if environment is None:
            raise ClientException(f"{compute_environment_name} does not exist")
        if environment.state != "DISABLED":
            raise ClientException("Cannot delete, state must be DISABLED")
        if any(environment in queue.environments for queue in batch._job_queues.values()):
            raise ClientException("Cannot delete, found existing JobQueue relationship")
        original(batch, compute_environment_name)
        batch.tagger.delete_all_tags_for_resource(environment.arn)

    def delete_queue(original: Method, batch: BatchBackend, queue_name: str) -> None:
        queue = batch.get_job_queue(queue_name)
        if queue is None:
            raise ClientException(f"{queue_name} does not exist")
        if queue.state != "DISABLED":
            raise ClientException("Cannot delete, state must be DISABLED")
        original(batch, queue_name)
        batch.tagger.delete_all_tags_for_resource(queue.arn)

    wrap_method(BatchBackend, "delete_compute_environment", delete_environment)
    wrap_method(BatchBackend, "delete_job_queue", delete_queue)


def _terminated_jobs_end() -> None:
    """moto leaves the end of a job to the container that runs it, and here none does."""

    def terminate(original: Method, job: Job, reason: str) -> None:
        original(job, reason)
        if not job.is_alive():
            job._mark_stopped(success=False)

    wrap_method(Job, "terminate", terminate)
