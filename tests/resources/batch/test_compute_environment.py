"""What is odd about a compute environment: its updates name what changes, and machines differ from region to region."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.aws.reads import Reads
from bootstrap.aws.scope import Scope
from bootstrap.core.difference import Difference, differences, others
from bootstrap.core.live import Live, Outputs
from bootstrap.errors import AwsError
from bootstrap.resources.batch.compute_environment import BatchComputeEnvironment
from bootstrap.resources.batch.prechecks import not_offered
from tests.conftest import MakeScope
from tests.support.batch_states import body
from tests.support.samples import ENVIRONMENT, SAMPLES, deployed, network, read_back, serve, submit
from tests.support.wire import Wire, json_answer

KEEPS_JOBS = {"terminateJobsOnUpdate": False, "jobExecutionTimeoutMinutes": 7_200}


@pytest.fixture
def live(scope: MakeScope) -> Live:
    network(scope())
    return deployed(ENVIRONMENT, scope())


@pytest.mark.parametrize(
    ("changed", "sent"),
    [
        ({"max_vcpus": 8}, {"computeResources": {"maxvCpus": 8}}),
        (
            {"subnets": ["subnet-two"], "min_vcpus": 1},
            {"computeResources": {"subnets": ["subnet-two"], "minvCpus": 1}, "updatePolicy": KEEPS_JOBS},
        ),
        ({"state": "DISABLED"}, {"state": "DISABLED", "computeResources": {"minvCpus": 0}}),
        (
            {"launch_template_version": "2"},
            {
                "computeResources": {
                    "launchTemplate": {"launchTemplateId": ENVIRONMENT.launch_template, "version": "2"},
                    "updateToLatestImageVersion": True,
                },
                "updatePolicy": KEEPS_JOBS,
            },
        ),
    ],
)
def test_an_update_is_one_call_with_what_changes_and_one_resource_at_least(
    changed: dict[str, Any], sent: dict[str, Any], live: Live, scope: MakeScope, cloud: Wire
) -> None:
    wanted = replace(ENVIRONMENT, **changed)
    with cloud.recorded() as calls:
        wanted.update(scope(), live.outputs, differences(wanted, live))
    [call] = [call for call in calls if call.changes]
    assert body(call) == {"computeEnvironment": ENVIRONMENT.name, **sent}


INFRASTRUCTURE = {
    "allocation_strategy", "instance_types", "subnets", "security_groups", "instance_profile", "launch_template",
    "launch_template_version", "instance_tags",
}  # fmt: skip
"""Source: Batch user guide, updating-compute-environments."""
CHANGED = next(sample.changed for sample in SAMPLES if sample.resource is ENVIRONMENT)


@pytest.fixture
def job(live: Live, scope: MakeScope) -> str:
    """The id of one that runs, in a queue of somebody else on our environment."""
    serve(scope())
    [found] = submit(scope(), "RUNNING", queue="theirs")
    return found


def is_running(job: str, scope: Scope) -> bool:
    [found] = scope.client("batch").describe_jobs(jobs=[job])["jobs"]
    return bool(found["status"] == "RUNNING")


@pytest.mark.parametrize("field", sorted(set(CHANGED) - {"tags"}))
def test_new_machines_and_nothing_else_would_end_jobs_and_do_so_only_when_that_is_said(
    field: str, live: Live, job: str, scope: MakeScope, cloud: Wire
) -> None:
    wanted = replace(ENVIRONMENT, **{field: CHANGED[field]})
    under_way = ["queue theirs has 1 job under way: 1 RUNNING"] if field in INFRASTRUCTURE else []
    assert list(wanted.interrupted_by(scope(), live.outputs, {field, "tags"})) == under_way
    found = differences(wanted, live, ENVIRONMENT.properties())
    wanted.update(scope(), live.outputs, found)
    assert is_running(job, scope())
    there_again = ENVIRONMENT
    there_again.update(
        scope(allowed=frozenset({"terminate-jobs"})),
        live.outputs,
        differences(there_again, read_back(wanted, scope(), live.outputs), wanted.properties()),
    )
    assert is_running(job, scope()) == (field not in INFRASTRUCTURE)


def test_what_an_id_stands_for_and_aws_has_already_is_not_sent(live: Live, job: str, scope: MakeScope, cloud: Wire) -> None:
    """The plan did not know it for a moment, and so took it for another one."""
    unknown: dict[str, Any] = {name: f"${{thing.{name}}}" for name in ("launch_template", "launch_template_version")}
    before = replace(ENVIRONMENT, **unknown, security_groups=["${group.id}"])
    planned = differences(before, live)
    assert {item.field for item in planned} == {*unknown, "security_groups"}
    with cloud.recorded() as calls:
        ENVIRONMENT.update(scope(), live.outputs, planned)
        replace(ENVIRONMENT, max_vcpus=7).update(scope(), live.outputs, [*planned, Difference("max_vcpus", None, 256, 7)])
    [call] = [call for call in calls if call.changes]
    assert body(call)["computeResources"] == {"maxvCpus": 7}


def test_tags_that_somebody_added_to_its_machines_stay(live: Live, scope: MakeScope, cloud: Wire) -> None:
    added = {**ENVIRONMENT.instance_tags, "cost": "7"}
    name = {"computeEnvironment": ENVIRONMENT.name}
    scope().client("batch").update_compute_environment(**name, computeResources={"minvCpus": 0, "tags": added})
    now = read_back(ENVIRONMENT, scope(), live.outputs)
    assert differences(ENVIRONMENT, now) == ()
    assert others(ENVIRONMENT, now) == ("tag on its machines cost",)
    wanted = replace(ENVIRONMENT, instance_tags={"team": "web"})
    with cloud.recorded() as calls:
        wanted.update(scope(), live.outputs, differences(wanted, now, ENVIRONMENT.properties()))
    [call] = [call for call in calls if call.changes]
    assert body(call)["computeResources"] == {"tags": {"team": "web", "cost": "7"}}


@pytest.mark.parametrize(
    ("policy", "status", "minutes"),
    [
        ({}, "UPDATING", 20),
        ({"terminateJobsOnUpdate": False, "jobExecutionTimeoutMinutes": 7200}, "UPDATING", 7220),
        ({"terminateJobsOnUpdate": False, "jobExecutionTimeoutMinutes": 7200}, "CREATING", 20),
        ({"terminateJobsOnUpdate": True, "jobExecutionTimeoutMinutes": 7200}, "UPDATING", 20),
    ],
)
@pytest.mark.parametrize("act", [ENVIRONMENT.ready, ENVIRONMENT.delete])
def test_an_update_is_waited_for_as_long_as_jobs_may_keep_their_machines(
    act: Callable[[Scope, Outputs], object],
    policy: dict[str, Any],
    status: str,
    minutes: int,
    live: Live,
    scope: MakeScope,
    cloud: Wire,
) -> None:
    described = scope().client("batch").describe_compute_environments()["computeEnvironments"][0]
    working = {"computeEnvironments": [{**described, "status": status, "updatePolicy": policy}]}
    cloud.trick("DescribeComputeEnvironments", lambda call, carry: json_answer(working), times=1_000)
    hasty = scope()
    hasty.aws.timing = replace(hasty.aws.timing, propagation=120, first_poll=1e9, poll=1e9)
    with pytest.raises(AwsError, match=f"after {minutes:,} minutes still"):
        act(hasty, live.outputs)


def test_it_is_created_enabled_and_without_a_role_of_its_own(live: Live, scope: MakeScope, cloud: Wire) -> None:
    [call] = [call for call in cloud.calls if call.operation == "CreateComputeEnvironment"]
    sent = body(call)
    assert (sent["type"], sent["state"], "serviceRole" in sent) == ("MANAGED", "ENABLED", False)
    assert sent["tags"] == {"team": "data", **scope().owner.tags()}
    assert sent["computeResources"]["tags"] == {"team": "data"}


def test_one_that_should_be_disabled_is_disabled_after_its_creation(scope: MakeScope) -> None:
    network(scope())
    wanted = replace(ENVIRONMENT, state="DISABLED")
    assert deployed(wanted, scope()).properties["state"] == "DISABLED"


def test_it_is_waited_for_by_name_and_without_a_size_of_pages(live: Live, scope: MakeScope, cloud: Wire) -> None:
    with cloud.recorded() as calls:
        ENVIRONMENT.ready(scope(), live.outputs)
    assert [body(call) for call in calls] == [{"computeEnvironments": [ENVIRONMENT.name]}]


def test_one_list_serves_the_reads_of_all_environments(live: Live, scope: MakeScope, cloud: Wire) -> None:
    look = scope(reads=Reads(scope().aws))
    with cloud.recorded() as calls:
        assert read_back(ENVIRONMENT, look, live.outputs).outputs["name"] == ENVIRONMENT.name
        assert replace(ENVIRONMENT, name="another").read(look, {}) is None
    assert [body(call) for call in calls] == [{}]


def test_lists_in_another_order_are_the_same(live: Live) -> None:
    other = {name: live.properties[name][::-1] for name in ("instance_types", "subnets", "security_groups")}
    assert other["subnets"] != live.properties["subnets"]
    assert differences(ENVIRONMENT, replace(live, properties={**live.properties, **other})) == ()


def test_no_machine_is_kept_for_one_that_goes(live: Live, scope: MakeScope, cloud: Wire) -> None:
    with cloud.recorded() as calls:
        ENVIRONMENT.delete(scope(), live.outputs)
    [disabling] = [body(call) for call in calls if call.operation == "UpdateComputeEnvironment"]
    assert disabling["computeResources"] == {"minvCpus": 0}


def test_a_queue_that_is_gone_already_may_hold_it_for_a_while(live: Live, scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse(
        "DeleteComputeEnvironment", "ClientException", "Cannot delete, found existing JobQueue relationship", times=3
    )
    ENVIRONMENT.delete(scope(), live.outputs)
    assert ENVIRONMENT.read(scope(), live.outputs) is None


def test_another_one_of_its_name_has_another_id(live: Live, scope: MakeScope) -> None:
    ENVIRONMENT.delete(scope(), live.outputs)
    assert deployed(ENVIRONMENT, scope()).outputs["uuid"] != live.outputs["uuid"]


def test_without_an_id_the_owner_tags_decide(live: Live, scope: MakeScope, cloud: Wire) -> None:
    described = scope().client("batch").describe_compute_environments()["computeEnvironments"][0]
    cloud.trick(
        "DescribeComputeEnvironments", lambda call, carry: json_answer({"computeEnvironments": [{**described, "uuid": ""}]})
    )
    found = read_back(ENVIRONMENT, scope(), live.outputs)
    assert "uuid" not in found.outputs
    assert found.owner == scope().owner


def in_zones(scope: Scope, zones: str, types: list[str]) -> BatchComputeEnvironment:
    """The environment in the default VPC's subnets of these zones."""
    subnets = scope.client("ec2").describe_subnets()["Subnets"]
    places = [item["SubnetId"] for item in subnets if item["AvailabilityZone"][-1] in zones]
    return replace(ENVIRONMENT, subnets=places, instance_types=types)


@pytest.mark.parametrize("types", [["c6i", "m5.large"], ["optimal"], ["default_arm64", "c7g"]])
def test_machines_that_a_zone_has_are_no_obstacle(types: list[str], scope: MakeScope, cloud: Wire) -> None:
    assert list(in_zones(scope(), "ab", types).precheck(scope())) == []
    assert cloud.names.count("ec2.DescribeInstanceTypeOfferings") == (types != ["optimal"])


def test_machines_that_no_zone_has_are_found_with_one_round_trip(scope: MakeScope, cloud: Wire) -> None:
    here = scope("eu-west-1")
    wanted = in_zones(here, "ab", ["c6i", "c6", "c6i.huge", "z9", "m5.large", "optimal"])
    with cloud.recorded() as calls, cloud.all_at_once(2):
        found = not_offered(here, wanted.instance_types, wanted.subnets)
    zones = "eu-west-1a, eu-west-1b"
    assert [item.what for item in found] == [f"no {name} instances in {zones}" for name in ("c6", "c6i.huge", "z9")]
    assert all(zones in item.advice for item in found)
    assert sorted(call.operation for call in calls) == ["DescribeInstanceTypeOfferings", "DescribeSubnets"]


def test_a_zone_of_the_region_that_lacks_them_is_an_obstacle_where_all_subnets_are_in_it(scope: MakeScope) -> None:
    [found] = in_zones(scope(), "e", ["m5.large", "t3.large"]).precheck(scope())[:1]
    assert found.what.endswith(" instances in us-east-1e")
    assert list(in_zones(scope(), "ae", ["m5.large", "t3.large"]).precheck(scope())) == []


def test_what_others_created_around_it_is_reported_and_stays(scope: MakeScope) -> None:
    told = ENVIRONMENT.side_effects(scope(), {})
    assert any("/aws/batch/job" in text for text in told)
    assert not any("job definitions" in text for text in told)
    container = {
        "image": "busybox",
        "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "9"}],
    }
    batch = scope().client("batch")
    batch.register_job_definition(jobDefinitionName="nf-step", type="container", containerProperties=container)
    assert "1 active Batch job definitions (workflow engines register their own)" in ENVIRONMENT.side_effects(scope(), {})


def test_that_an_update_may_end_jobs_is_revoked_with_it_or_by_a_later_run(live: Live, scope: MakeScope) -> None:
    wanted = replace(ENVIRONMENT, instance_types=["c5"])
    wanted.update(scope(allowed=frozenset({"terminate-jobs"})), live.outputs, differences(wanted, live))
    left = read_back(wanted, scope(), live.outputs)  # the run died here
    assert differences(wanted, left) == (Difference("terminate_jobs_on_update", None, True, False),)
    wanted.ready(scope(), wanted.update(scope(), live.outputs, differences(wanted, left)))
    assert differences(wanted, read_back(wanted, scope(), live.outputs)) == ()
    ENVIRONMENT.update(scope(allowed=frozenset({"terminate-jobs"})), live.outputs, differences(ENVIRONMENT, left))
    ENVIRONMENT.ready(scope(), live.outputs)
    assert differences(ENVIRONMENT, read_back(ENVIRONMENT, scope(), live.outputs)) == ()
