"""A compute environment of Batch.

Version 6 of the AWS provider calls compute_environment_name `name`, so a module with one is for version 5 only.
A stack updates it in place (ReplaceComputeEnvironment: with a name of its own, it cannot be replaced).
Source: AWS provider, guides version-6-upgrade; CloudFormation template reference AWS::Batch::ComputeEnvironment.
"""

from collections.abc import Iterator
from typing import Any

from bootstrap.core.graph import Node
from bootstrap.export.exported import Exported
from bootstrap.export.kinds.form import (
    REF,
    Add,
    Block,
    Command,
    Forms,
    Nested,
    Note,
    Wait,
    fixed_tags,
    resource_of,
    without_empty,
)
from bootstrap.resources.batch import jobs
from bootstrap.resources.batch.compute_environment import BatchComputeEnvironment
from bootstrap.resources.batch.compute_resources import PARAMETERS


def cloudformation(of: Exported, node: Node) -> Iterator[Add | Note]:
    environment = resource_of(node, BatchComputeEnvironment)
    names = {"minvCpus": "MinvCpus", "maxvCpus": "MaxvCpus"}
    resources = {names.get(name, name[:1].upper() + name[1:]): value for name, value in _resources(environment).items()}
    template = {"LaunchTemplateId": environment.launch_template, "Version": environment.launch_template_version}
    ends = {"TerminateJobsOnUpdate": True} if environment.terminate_jobs_on_update else {}
    properties = {
        "ComputeEnvironmentName": environment.name,
        "Type": "MANAGED",
        "State": environment.state,
        "ReplaceComputeEnvironment": False,
        "ComputeResources": {**resources, "LaunchTemplate": template},
        "UpdatePolicy": ends,
        "Tags": of.tags(node),
    }
    yield from fixed_tags(of, node)
    yield Add("AWS::Batch::ComputeEnvironment", without_empty(properties), {"ComputeEnvironmentArn": "arn"})


def terraform(of: Exported, node: Node) -> Iterator[Block]:
    environment = resource_of(node, BatchComputeEnvironment)
    template = {"launch_template_id": environment.launch_template, "version": environment.launch_template_version}
    resources = {
        "type": environment.compute_type,
        "allocation_strategy": environment.allocation_strategy,
        "min_vcpus": environment.min_vcpus,
        "max_vcpus": environment.max_vcpus,
        "instance_type": environment.instance_types,
        "subnets": environment.subnets,
        "security_group_ids": environment.security_groups,
        "instance_role": environment.instance_profile,
        "tags": environment.instance_tags,
        "launch_template": Nested(template),
    }
    ends = {"job_execution_timeout_minutes": 30, "terminate_jobs_on_update": True}
    body = {
        "compute_environment_name": environment.name,
        "type": "MANAGED",
        "state": environment.state,
        "tags": of.tags(node),
        "compute_resources": Nested(without_empty(resources)),
        "update_policy": Nested(ends) if environment.terminate_jobs_on_update else None,
    }
    imported = of.recorded_output(node, "name")
    yield Block("aws_batch_compute_environment", without_empty(body), imported=imported, below="6.0")


def script(of: Exported, node: Node) -> Iterator[Command | Wait]:
    """While the role is new, Batch may call it INVALID: then it is sent again, as create does."""
    environment = resource_of(node, BatchComputeEnvironment)
    template = {"launchTemplateId": environment.launch_template, "version": environment.launch_template_version}
    options = {
        "compute-environment-name": environment.name,
        "type": "MANAGED",
        "state": "ENABLED",
        "compute-resources": {**_resources(environment), "launchTemplate": template},
        "tags": of.tags(node),
    }
    yield Command("batch", "create-compute-environment", without_empty(options))
    named = {"compute-environment": environment.name}
    ends = jobs.update_policy(True) if environment.terminate_jobs_on_update else {}
    again = Command("batch", "update-compute-environment", {**named, "state": environment.state})
    status = {"compute-environments": environment.name, "query": "computeEnvironments[0].status", "output": "text"}
    yield Wait(Command("batch", "describe-compute-environments", status), "VALID", again)
    if ends:
        yield Command("batch", "update-compute-environment", {**named, "update-policy": ends})


def _resources(environment: BatchComputeEnvironment) -> dict[str, Any]:
    """As CreateComputeEnvironment has them, without the launch template."""
    found = {parameter: getattr(environment, name) for name, parameter in PARAMETERS.items()}
    return without_empty({"type": environment.compute_type, **found, "launchTemplate": None})


FORMS = Forms(
    {"name": ("", "compute_environment_name"), "arn": (REF, "arn"), "uuid": ("", "")},
    "aws_batch_compute_environment",
    cloudformation,
    terraform,
    script,
)
