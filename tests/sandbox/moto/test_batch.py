"""What the sandbox's Batch does where plain moto's would not, and the service-linked roles that it acts with."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.batch.models import batch_backends

from tests.conftest import MakeScope

REGION, ACCOUNT = "us-east-1", "123456789012"
LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"


@pytest.fixture
def client(scope: MakeScope) -> Callable[[str], Any]:
    return scope(REGION).client


@pytest.fixture
def batch(client: Callable[[str], Any]) -> Any:
    return client("batch")


@pytest.fixture
def resources(client: Callable[[str], Any]) -> dict[str, Any]:
    """What a managed environment needs."""
    ec2 = client("ec2")
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    return {
        "type": "EC2",
        "minvCpus": 0,
        "maxvCpus": 8,
        "instanceTypes": ["c5"],
        "instanceRole": "nobody",
        "subnets": [subnet],
        "securityGroupIds": [group],
    }


@pytest.fixture
def made(batch: Any, resources: dict[str, Any]) -> Callable[..., str]:
    """Makes an environment and gives its ARN."""

    def make(name: str = "work", **changed: Any) -> str:
        wanted = {"type": "MANAGED", "computeResources": resources, **changed}
        return str(batch.create_compute_environment(computeEnvironmentName=name, **wanted)["computeEnvironmentArn"])

    return make


def queue(batch: Any, environment: str, name: str = "queue") -> None:
    order = [{"order": 1, "computeEnvironment": environment}]
    batch.create_job_queue(jobQueueName=name, priority=1, computeEnvironmentOrder=order)


def described(batch: Any) -> dict[str, Any]:
    [found] = batch.describe_compute_environments()["computeEnvironments"]
    return dict(found)


def refusal(call: Callable[..., Any], *arguments: Any, **named: Any) -> tuple[str, str]:
    """The code and the message with which the call is refused."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("batch", "AWSServiceRoleForBatch"),
        ("spot", "AWSServiceRoleForEC2Spot"),
        ("spotfleet", "AWSServiceRoleForEC2SpotFleet"),
        ("ecs", "AWSServiceRoleForECS"),
        ("autoscaling", "AWSServiceRoleForAutoScaling"),
    ],
)
def test_a_service_linked_role_has_the_name_that_aws_gives_it_and_is_made_once(
    service: str, name: str, client: Callable[[str], Any]
) -> None:
    iam, wanted = client("iam"), f"{service}.amazonaws.com"
    role = iam.create_service_linked_role(AWSServiceName=wanted)["Role"]
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{wanted}/{name}"
    taken = f"Service role name {name} has been taken in this account, please try a different suffix."
    assert refusal(iam.create_service_linked_role, AWSServiceName=wanted) == ("InvalidInput", taken)


@pytest.mark.parametrize("service", ["bogus", "bogus.amazonaws.com", "batch", "batch.amazonaws.org"])
def test_what_has_no_service_linked_role_gets_none(service: str, client: Callable[[str], Any]) -> None:
    code, _ = refusal(client("iam").create_service_linked_role, AWSServiceName=service)
    assert code == "InvalidInput"


def test_an_environment_without_a_role_gets_the_service_linked_one_which_is_made(
    batch: Any, made: Callable[..., str], client: Callable[[str], Any]
) -> None:
    made("one")
    assert client("iam").get_role(RoleName="AWSServiceRoleForBatch")["Role"]["Arn"] == LINKED
    made("two")
    assert [item["serviceRole"] for item in batch.describe_compute_environments()["computeEnvironments"]] == [LINKED] * 2


def test_an_environment_uses_the_service_linked_role_that_is_there(
    batch: Any, made: Callable[..., str], client: Callable[[str], Any]
) -> None:
    client("iam").create_service_linked_role(AWSServiceName="batch.amazonaws.com")
    made()
    assert described(batch)["serviceRole"] == LINKED


def test_an_environment_that_is_not_managed_needs_a_role(batch: Any) -> None:
    code, _ = refusal(batch.create_compute_environment, computeEnvironmentName="own", type="UNMANAGED")
    assert code == "ClientException"


def test_a_new_environment_is_enabled_valid_and_empty(
    batch: Any, made: Callable[..., str], resources: dict[str, Any], client: Callable[[str], Any]
) -> None:
    made(tags={"team": "data"})
    found = described(batch)
    assert (found["state"], found["status"], found["tags"]) == ("ENABLED", "VALID", {"team": "data"})
    assert found["computeResources"] == resources
    assert client("ec2").describe_instances()["Reservations"] == []


def test_a_new_environment_cannot_be_disabled(made: Callable[..., str]) -> None:
    assert refusal(made, state="DISABLED")[0] == "ClientException"


@pytest.mark.parametrize("name", ["a", "ab", "a-", "a_", "7", "n" * 128])
def test_a_name_of_an_environment_within_the_rules_is_accepted(name: str, made: Callable[..., str]) -> None:
    assert made(name).endswith(f":compute-environment/{name}")


@pytest.mark.parametrize("name", ["-a", "a b", "n" * 129, "a\n"])
def test_a_name_against_the_rules_is_refused(name: str, batch: Any, made: Callable[..., str]) -> None:
    assert refusal(made, name)[0] == "ClientException"
    assert refusal(queue, batch, made("good"), name)[0] == "ClientException"


def test_a_name_is_given_once(batch: Any, made: Callable[..., str]) -> None:
    environment = made()
    queue(batch, environment)
    assert refusal(made) == ("ClientException", "Object already exists")
    assert refusal(queue, batch, environment) == ("ClientException", "Object already exists")


@pytest.mark.parametrize(
    "wrong", [{"instanceTypes": ["c5.huge"]}, {"subnets": ["subnet-0"]}, {"securityGroupIds": ["sg-0"]}, {"minvCpus": 9}]
)
def test_what_is_wrong_with_an_environment_has_one_code(
    wrong: dict[str, Any], made: Callable[..., str], resources: dict[str, Any], client: Callable[[str], Any]
) -> None:
    client("iam").create_instance_profile(InstanceProfileName="nobody")
    assert refusal(made, computeResources={**resources, **wrong})[0] == "ClientException"


def test_an_environment_of_a_name_that_was_used_before_has_another_id_and_no_tags(
    batch: Any, made: Callable[..., str]
) -> None:
    made(tags={"team": "data"})
    before = described(batch)["uuid"]
    assert described(batch)["uuid"] == before
    batch.update_compute_environment(computeEnvironment="work", state="DISABLED")
    batch.delete_compute_environment(computeEnvironment="work")
    made()
    assert described(batch)["uuid"] != before
    assert described(batch)["tags"] == {}


def test_an_update_keeps_what_it_changes_and_leaves_the_rest(
    batch: Any, made: Callable[..., str], resources: dict[str, Any]
) -> None:
    environment = made()
    changed = {"maxvCpus": 16, "updateToLatestImageVersion": True}
    batch.update_compute_environment(computeEnvironment=environment, computeResources=changed)
    assert described(batch)["computeResources"] == {**resources, "maxvCpus": 16}
    batch.update_compute_environment(computeEnvironment="work", state="DISABLED")
    assert described(batch)["computeResources"] == {**resources, "maxvCpus": 16}


def test_what_is_enabled_is_not_deleted_and_neither_is_an_environment_with_a_queue(
    batch: Any, made: Callable[..., str]
) -> None:
    queue(batch, made())
    enabled = ("ClientException", "Cannot delete, state must be DISABLED")
    assert refusal(batch.delete_compute_environment, computeEnvironment="work") == enabled
    batch.update_compute_environment(computeEnvironment="work", state="DISABLED")
    with_queue = ("ClientException", "Cannot delete, found existing JobQueue relationship")
    assert refusal(batch.delete_compute_environment, computeEnvironment="work") == with_queue
    assert refusal(batch.delete_job_queue, jobQueue="queue") == enabled
    batch.update_job_queue(jobQueue="queue", state="DISABLED")
    batch.delete_job_queue(jobQueue="queue")
    assert batch.describe_job_queues()["jobQueues"] == []
    batch.delete_compute_environment(computeEnvironment="work")
    assert batch.describe_compute_environments()["computeEnvironments"] == []


@pytest.mark.parametrize("operation", ["update", "delete"])
@pytest.mark.parametrize("what", ["compute_environment", "job_queue"])
def test_what_is_not_there_does_not_exist(operation: str, what: str, batch: Any) -> None:
    parameter = {"compute_environment": "computeEnvironment", "job_queue": "jobQueue"}[what]
    code, message = refusal(getattr(batch, f"{operation}_{what}"), **{parameter: "nothing"})
    assert code == "ClientException"
    assert "nothing does not exist" in message


def test_a_queue_is_enabled_unless_it_is_made_otherwise(batch: Any, made: Callable[..., str]) -> None:
    environment = made()
    queue(batch, environment, "one")
    order = [{"order": 1, "computeEnvironment": environment}]
    batch.create_job_queue(jobQueueName="two", priority=1, computeEnvironmentOrder=order, state="DISABLED")
    assert [item["state"] for item in batch.describe_job_queues()["jobQueues"]] == ["ENABLED", "DISABLED"]


def running_job(batch: Any, environment: str) -> str:
    """Its id."""
    queue(batch, environment)
    container = {"image": "busybox", "vcpus": 1, "memory": 128}
    batch.register_job_definition(jobDefinitionName="job", type="container", containerProperties=container)
    job = str(batch.submit_job(jobName="job", jobQueue="queue", jobDefinition="job")["jobId"])
    running = batch_backends[ACCOUNT][REGION]._jobs[job]
    running.status, running.job_stopped = "RUNNING", False
    return job


@pytest.mark.parametrize(
    ("update", "ends"),
    [
        ({"computeResources": {"maxvCpus": 16}}, False),
        ({"computeResources": {"instanceTypes": ["m5"]}}, True),
        (
            {
                "computeResources": {"instanceTypes": ["m5"]},
                "updatePolicy": {"terminateJobsOnUpdate": False, "jobExecutionTimeoutMinutes": 7200},
            },
            False,
        ),
        ({"computeResources": {"tags": {"a": "b"}}, "updatePolicy": {"terminateJobsOnUpdate": True}}, True),
    ],
)
def test_new_machines_end_the_jobs_on_the_old_ones_unless_the_update_gives_them_time(
    update: dict[str, Any], ends: bool, batch: Any, made: Callable[..., str]
) -> None:
    job = running_job(batch, made())
    batch.update_compute_environment(computeEnvironment="work", **update)
    assert described(batch)["updatePolicy"].items() >= update.get("updatePolicy", {}).items()
    assert batch.describe_jobs(jobs=[job])["jobs"][0]["status"] == ("FAILED" if ends else "RUNNING")


def test_a_terminated_job_ends(batch: Any, made: Callable[..., str]) -> None:
    job = running_job(batch, made())
    batch.terminate_job(jobId=job, reason="enough")
    assert batch.describe_jobs(jobs=[job])["jobs"][0]["status"] == "FAILED"
    assert batch.list_jobs(jobQueue="queue", jobStatus="RUNNING")["jobSummaryList"] == []


def test_offerings_are_found_by_pattern(client: Callable[[str], Any]) -> None:
    def types(*patterns: str, **named: Any) -> set[str]:
        filters = [{"Name": "instance-type", "Values": list(patterns)}]
        found = client("ec2").describe_instance_type_offerings(Filters=filters, **named)
        return {item["InstanceType"] for item in found["InstanceTypeOfferings"]}

    assert types("t3.n*", "t3.l*", "c6i") == {"t3.nano", "t3.large"}
    assert types("t3.nano") == {"t3.nano"}
    assert types("t3.nano", LocationType="availability-zone") == {"t3.nano"}
    everywhere = client("ec2").describe_instance_type_offerings()["InstanceTypeOfferings"]
    assert {"t3.nano", "m5.large"} < {item["InstanceType"] for item in everywhere}
