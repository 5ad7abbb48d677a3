"""What is odd about a job queue: the jobs in it, which nobody may end by accident."""

import time
from dataclasses import replace

import pytest

from bootstrap.core.difference import differences
from bootstrap.core.live import Live
from bootstrap.core.strictness import Compared, Order
from bootstrap.errors import AwsError
from tests.conftest import MakeScope
from tests.support.batch_states import body
from tests.support.samples import ENVIRONMENTS, QUEUE, deployed, environments, read_back, submit
from tests.support.wire import Call, Carry, Wire, json_answer

ENDING = frozenset({"terminate-jobs"})


@pytest.fixture
def live(scope: MakeScope) -> Live:
    environments(scope())
    return deployed(QUEUE, scope())


def job(status: str, number: int = 0) -> dict[str, str]:
    return {"jobId": f"job-{number}", "jobName": "job", "status": status}


def lists(cloud: Wire, *statuses: str) -> None:
    """The next look at the jobs, one call for each active status, finds jobs in these."""

    def play(call: Call, carry: Carry) -> object:
        asked = body(call)["jobStatus"]
        return json_answer({"jobSummaryList": [job(item, at) for at, item in enumerate(statuses) if item == asked]})

    cloud.trick("ListJobs", play, times=5)


def changing(calls: list[Call]) -> list[str]:
    return [call.operation for call in calls if not call.operation.startswith(("List", "Describe"))]


def test_jobs_under_way_are_counted_where_the_queue_is_to_go(live: Live, scope: MakeScope, cloud: Wire) -> None:
    lists(cloud, "RUNNABLE", "RUNNING", "RUNNING")
    found = read_back(QUEUE, scope(destroying=True), live.outputs)
    assert found.blockers == ("queue SampleQueue has 3 jobs under way: 2 RUNNING, 1 RUNNABLE",)
    assert [item.text for item in found.holds] == ["3 jobs in queue SampleQueue (2 RUNNING, 1 RUNNABLE)"]
    lists(cloud, "SUBMITTED")
    assert read_back(QUEUE, scope(destroying=True), live.outputs).blockers == (
        "queue SampleQueue has 1 job under way: 1 SUBMITTED",
    )


def test_jobs_are_of_no_interest_where_the_queue_stays(live: Live, scope: MakeScope, cloud: Wire) -> None:
    submit(scope(), "RUNNING")
    with cloud.recorded() as calls:
        assert read_back(QUEUE, scope(), live.outputs).blockers == ()
    assert [call.operation for call in calls] == ["DescribeJobQueues"]


def test_jobs_that_have_ended_stop_nothing(live: Live, scope: MakeScope) -> None:
    submit(scope(), "SUCCEEDED", "FAILED")
    assert read_back(QUEUE, scope(destroying=True), live.outputs).blockers == ()
    QUEUE.delete(scope(), live.outputs)
    assert QUEUE.read(scope(), live.outputs) is None


def test_a_queue_that_is_not_there_has_no_jobs(scope: MakeScope) -> None:
    assert QUEUE.read(scope(destroying=True), {}) is None


def test_jobs_that_came_after_the_plan_stop_a_delete_before_anything_changes(
    live: Live, scope: MakeScope, cloud: Wire
) -> None:
    submit(scope(), "RUNNING")
    with cloud.recorded() as calls, pytest.raises(AwsError, match="has 1 job under way: 1 RUNNING") as raised:
        QUEUE.delete(scope(), live.outputs)
    assert "--terminate-jobs" in raised.value.advice
    assert changing(calls) == []


def test_jobs_that_came_while_the_queue_was_being_disabled_are_not_ended_either(
    live: Live, scope: MakeScope, cloud: Wire
) -> None:
    lists(cloud)
    lists(cloud, "PENDING")
    with cloud.recorded() as calls, pytest.raises(AwsError, match="1 PENDING"):
        QUEUE.delete(scope(), live.outputs)
    assert changing(calls) == ["UpdateJobQueue"]


def test_right_after_the_plan_it_is_looked_at_only_when_it_accepts_no_more_jobs(
    live: Live, scope: MakeScope, cloud: Wire
) -> None:
    submit(scope(), "RUNNING")
    with cloud.recorded() as calls, pytest.raises(AwsError, match="1 RUNNING"):
        QUEUE.delete(scope(looked=time.monotonic()), live.outputs)
    assert changing(calls) == ["UpdateJobQueue"]
    assert [call.operation for call in calls].count("ListJobs") == 5


def test_allowed_to_it_ends_each_job_once_and_waits_until_none_is_left(live: Live, scope: MakeScope, cloud: Wire) -> None:
    said: list[str] = []
    lists(cloud, "RUNNING", "RUNNABLE")
    lists(cloud, "RUNNING", "STARTING", "STARTING")
    lists(cloud, "RUNNING")
    with cloud.recorded() as calls:
        QUEUE.delete(scope(allowed=ENDING, progress=said.append), live.outputs)
    assert changing(calls) == ["UpdateJobQueue", *["TerminateJob"] * 3, "DeleteJobQueue"]
    ended = [body(call) for call in calls if call.operation == "TerminateJob"]
    assert [item["jobId"] for item in ended] == ["job-0", "job-1", "job-2"]
    assert all(item["reason"] for item in ended)
    assert said == [
        "ending 2 jobs of queue SampleQueue",
        "queue SampleQueue has 2 jobs under way: 1 RUNNING, 1 RUNNABLE",
        "ending 1 job of queue SampleQueue",
        "queue SampleQueue has 3 jobs under way: 1 RUNNING, 2 STARTING",
        "queue SampleQueue has 1 job under way: 1 RUNNING",
    ]


def test_who_wants_to_stop_need_not_wait_for_all_jobs(live: Live, scope: MakeScope, cloud: Wire) -> None:
    lists(cloud, "RUNNING", "RUNNING")
    with cloud.recorded() as calls, pytest.raises(AwsError, match="stopped while waiting: queue SampleQueue has 2 jobs"):
        QUEUE.delete(scope(allowed=ENDING, stopping=lambda: True), live.outputs)
    assert changing(calls) == ["UpdateJobQueue"]


def test_the_order_of_environments_counts(live: Live, scope: MakeScope, cloud: Wire) -> None:
    wanted = replace(QUEUE, compute_environments=ENVIRONMENTS[::-1])
    found = differences(wanted, live)
    with cloud.recorded() as calls:
        wanted.update(scope(), live.outputs, found)
    assert body(calls[0]) == {
        "jobQueue": QUEUE.name,
        "computeEnvironmentOrder": [
            {"order": 1, "computeEnvironment": ENVIRONMENTS[1]},
            {"order": 2, "computeEnvironment": ENVIRONMENTS[0]},
        ],
    }
    assert read_back(wanted, scope(), live.outputs).properties["compute_environments"] == ENVIRONMENTS[::-1]


TOO_BIG, NO_MACHINE = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE", "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"


def test_a_job_that_cannot_start_is_canceled_by_batch_itself_for_as_long_as_that_is_desired(
    live: Live, scope: MakeScope, cloud: Wire
) -> None:
    limited = replace(QUEUE, cancel_after={TOO_BIG: 3_600})
    sent = []
    for wanted in (limited, QUEUE):
        with cloud.recorded() as calls:
            wanted.update(scope(), live.outputs, differences(wanted, read_back(wanted, scope(), live.outputs)))
        sent += [body(call)["jobStateTimeLimitActions"] for call in calls if call.changes]
        assert read_back(wanted, scope(), live.outputs).properties["cancel_after"] == wanted.cancel_after
    assert sent == [[{"reason": TOO_BIG, "state": "RUNNABLE", "maxTimeSeconds": 3_600, "action": "CANCEL"}], []]


@pytest.mark.parametrize(
    ("live_limits", "order"),
    [
        ({}, Order.LOOSER),
        ({TOO_BIG: 7_200}, Order.LOOSER),
        ({TOO_BIG: 600}, Order.TIGHTER),
        ({TOO_BIG: 3_600, NO_MACHINE: 86_400}, Order.TIGHTER),
        ({NO_MACHINE: 600}, Order.UNORDERED),
        ({TOO_BIG: 7_200, NO_MACHINE: 600}, Order.UNORDERED),
    ],
)
def test_a_shorter_limit_of_somebody_else_is_the_stricter_one(live_limits: dict[str, int], order: Order) -> None:
    rule = QUEUE.updates.strictness["cancel_after"]
    assert isinstance(rule, Compared)
    assert rule.order(live_limits, {TOO_BIG: 3_600}) is order
