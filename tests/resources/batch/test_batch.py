"""How the Batch kinds wait: what passes, what does not, and in which order a thing goes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of
from bootstrap.core.difference import differences
from bootstrap.core.live import Live
from bootstrap.core.resource import Taggable
from bootstrap.errors import AwsError
from tests.conftest import MakeScope
from tests.support.batch_states import NEW_ROLE, body, hides, says, tells_the_truth
from tests.support.samples import ENVIRONMENT, QUEUE, deployed, environments, network, read_back
from tests.support.wire import Wire, json_answer


@dataclass(frozen=True)
class Kind:
    """A kind, and what Batch calls its operations."""

    wanted: Taggable
    noun: str
    update: str
    describe: str
    delete: str


KINDS = {
    "environment": Kind(
        ENVIRONMENT,
        "compute environment SampleEnvironment",
        "UpdateComputeEnvironment",
        "DescribeComputeEnvironments",
        "DeleteComputeEnvironment",
    ),
    "queue": Kind(QUEUE, "job queue SampleQueue", "UpdateJobQueue", "DescribeJobQueues", "DeleteJobQueue"),
}


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest, scope: MakeScope) -> Iterator[Kind]:
    """The kind, with what it stands on."""
    (network if request.param == "environment" else environments)(scope())
    yield KINDS[request.param]


@pytest.fixture
def live(kind: Kind, scope: MakeScope) -> Live:
    """The thing, made and ready."""
    return deployed(kind.wanted, scope())


def changing(cloud: Wire) -> list[str]:
    return [call.operation for call in cloud.calls if call.operation.startswith(("Update", "Delete", "Create"))]


def test_others_wait_until_it_is_valid_and_see_why_it_is_not(kind: Kind, live: Live, scope: MakeScope, cloud: Wire) -> None:
    said: list[str] = []
    says(cloud, kind.describe, "CREATING", times=2)
    says(cloud, kind.describe, "UPDATING", "new machines")
    with cloud.recorded() as calls:
        assert kind.wanted.ready(scope(progress=said.append), live.outputs) == live.outputs
    assert said == [f"{kind.noun} is CREATING"] * 2 + [f"{kind.noun} is UPDATING (new machines)"]
    assert {call.operation for call in calls} == {kind.describe}


def test_an_invalid_one_is_an_error_at_once_with_the_reason_of_batch(
    kind: Kind, live: Live, scope: MakeScope, cloud: Wire
) -> None:
    says(cloud, kind.describe, "INVALID", "CLIENT_ERROR - The security group 'sg-1' does not exist")
    with cloud.recorded() as calls, pytest.raises(AwsError) as raised:
        kind.wanted.ready(scope(), live.outputs)
    assert raised.value.message == f"{kind.noun} is INVALID (CLIENT_ERROR - The security group 'sg-1' does not exist)"
    assert raised.value.advice
    assert len(calls) == 1


@pytest.mark.parametrize(
    "reason",
    [
        NEW_ROLE,
        "CLIENT_ERROR - Not authorized to perform sts:AssumeRole",
        "CLIENT_ERROR - Invalid IamInstanceProfile: profile",
        "CLIENT_ERROR - Value (profile) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        "CLIENT_ERROR - ecs:DescribeClusters because no identity-based policy allows the action",
    ],
)
def test_one_that_is_invalid_for_a_role_too_new_is_sent_again_until_it_is_valid(
    reason: str, kind: Kind, live: Live, scope: MakeScope, cloud: Wire
) -> None:
    says(cloud, kind.describe, "CREATING")
    says(cloud, kind.describe, "INVALID", reason)
    says(cloud, kind.describe, "UPDATING")
    says(cloud, kind.describe, "INVALID", reason)
    with cloud.recorded() as calls:
        assert kind.wanted.ready(scope(), live.outputs) == live.outputs
    sent = [body(call) for call in calls if call.operation == kind.update]
    assert [item["state"] for item in sent] == ["ENABLED"] * 2


def test_a_role_that_stays_unknown_is_an_error_after_one_deadline(
    kind: Kind, live: Live, scope: MakeScope, cloud: Wire
) -> None:
    says(cloud, kind.describe, "INVALID", NEW_ROLE, times=1000)
    with pytest.raises(AwsError) as raised:
        kind.wanted.ready(scope(), live.outputs)
    assert raised.value.message == f"{kind.noun} is INVALID ({NEW_ROLE})"


def test_one_that_is_being_deleted_gets_never_ready(kind: Kind, live: Live, scope: MakeScope, cloud: Wire) -> None:
    says(cloud, kind.describe, "DELETING")
    with pytest.raises(AwsError, match=f"{kind.noun} is being deleted"):
        kind.wanted.ready(scope(), live.outputs)


def test_one_that_does_not_show_yet_is_waited_for_but_not_for_ever(
    kind: Kind, live: Live, scope: MakeScope, cloud: Wire
) -> None:
    hides(cloud, kind.describe, times=2)
    assert kind.wanted.ready(scope(), live.outputs) == live.outputs
    hides(cloud, kind.describe, times=1000)
    with pytest.raises(AwsError) as raised:
        kind.wanted.ready(scope(), live.outputs)
    assert raised.value.message == f"{kind.noun} is not there"


def test_an_invalid_one_differs_and_the_plan_says_why_and_it_is_sent_again(
    kind: Kind, live: Live, scope: MakeScope, cloud: Wire
) -> None:
    says(cloud, kind.describe, "INVALID", "CLIENT_ERROR - Clusters can not be blank")
    broken = read_back(kind.wanted, scope(), live.outputs)
    assert broken.notes == ("AWS says: CLIENT_ERROR - Clusters can not be blank",)
    found = differences(kind.wanted, broken)
    assert [(item.path, item.before, item.after) for item in found] == [("status", "INVALID", "VALID")]
    with cloud.recorded() as calls:
        kind.wanted.update(scope(), live.outputs, found)
    [sent] = [call for call in calls if call.changes]
    assert sent.operation == kind.update
    assert body(sent)["state"] == "ENABLED"


def test_one_that_somebody_disabled_is_enabled_again(kind: Kind, live: Live, scope: MakeScope, cloud: Wire) -> None:
    name = {"computeEnvironment": live.outputs["name"]} if kind.wanted is ENVIRONMENT else {"jobQueue": live.outputs["name"]}
    scope().call("batch", "update_" + kind.noun.rpartition(" ")[0].replace(" ", "_"), **name, state="DISABLED")
    found = differences(kind.wanted, read_back(kind.wanted, scope(), live.outputs))
    assert [item.path for item in found] == ["state"]
    kind.wanted.update(scope(), live.outputs, found)
    assert differences(kind.wanted, read_back(kind.wanted, scope(), live.outputs)) == ()


def test_a_name_that_something_on_its_way_out_still_has_cannot_be_used_yet(
    kind: Kind, live: Live, scope: MakeScope, cloud: Wire
) -> None:
    says(cloud, kind.describe, "DELETING")
    assert read_back(kind.wanted, scope(), live.outputs).unreadable == (
        f"{kind.noun} is being deleted; run the same command again in a few minutes"
    )
    says(cloud, kind.describe, "DELETING")
    leaving = read_back(kind.wanted, scope(destroying=True), live.outputs)
    assert leaving.owner == scope().owner
    assert not leaving.unreadable
    says(cloud, kind.describe, "DELETED")
    assert kind.wanted.read(scope(), live.outputs) is None


def test_it_goes_only_when_it_is_disabled_and_each_change_is_over(
    kind: Kind, live: Live, scope: MakeScope, cloud: Wire
) -> None:
    said: list[str] = []
    says(cloud, kind.describe, "CREATING")
    tells_the_truth(cloud, kind.describe)
    says(cloud, kind.describe, "UPDATING", times=2)
    says(cloud, kind.describe, "INVALID", "no matter")
    with cloud.recorded() as calls:
        kind.wanted.delete(scope(progress=said.append), live.outputs)
    order = [call.operation for call in calls if call.operation != "ListJobs"]
    assert order == [kind.describe] * 2 + [kind.update] + [kind.describe] * 3 + [kind.delete, kind.describe]
    assert body(next(call for call in calls if call.operation == kind.update))["state"] == "DISABLED"
    assert said == [f"{kind.noun} is CREATING"] + [f"{kind.noun} is UPDATING"] * 2
    assert kind.wanted.read(scope(), live.outputs) is None


def test_what_a_fresh_plan_has_seen_is_disabled_without_looking_again(
    kind: Kind, live: Live, scope: MakeScope, cloud: Wire
) -> None:
    with cloud.recorded() as calls:
        kind.wanted.delete(scope(looked=time.monotonic()), live.outputs)
    order = [call.operation for call in calls if call.operation != "ListJobs"]
    assert order == [kind.update, kind.describe, kind.delete, kind.describe]
    assert body(calls[0])["state"] == "DISABLED"
    assert kind.wanted.read(scope(), live.outputs) is None


@pytest.mark.parametrize("code", ["ClientException", "AccessDeniedException"])
def test_if_batch_refuses_that_it_is_looked_at_and_disabled_as_usual(
    code: str, kind: Kind, live: Live, scope: MakeScope, cloud: Wire
) -> None:
    said: list[str] = []
    cloud.refuse(kind.update, code, "Cannot update, resource is being modified")
    says(cloud, kind.describe, "UPDATING", times=2)
    with cloud.recorded() as calls:
        kind.wanted.delete(scope(looked=time.monotonic(), progress=said.append), live.outputs)
    order = [call.operation for call in calls if call.operation != "ListJobs"]
    assert order == [kind.update] + [kind.describe] * 3 + [kind.update, kind.describe, kind.delete, kind.describe]
    assert said == [f"{kind.noun} is UPDATING"] * 2


def test_it_is_gone_only_when_batch_no_longer_shows_it(kind: Kind, live: Live, scope: MakeScope, cloud: Wire) -> None:
    said: list[str] = []
    cloud.refuse(kind.delete, "ClientException", "Cannot delete, resource is being modified", times=2)
    cloud.trick(kind.delete, lambda call, carry: None)
    tells_the_truth(cloud, kind.describe, times=2)
    cloud.trick(kind.describe, lambda call, carry: _deleting(kind, live), times=3)
    kind.wanted.delete(scope(progress=said.append), live.outputs)
    assert said[-3:] == [f"{kind.noun} is being deleted"] * 3


def _deleting(kind: Kind, live: Live, status: str = "DELETING", reason: str = "") -> object:
    parameter = "computeEnvironment" if kind.wanted is ENVIRONMENT else "jobQueue"
    return json_answer(
        {f"{parameter}s": [{f"{parameter}Name": live.outputs["name"], "status": status, "statusReason": reason}]}
    )


def test_one_that_is_on_its_way_out_is_only_waited_for(kind: Kind, live: Live, scope: MakeScope, cloud: Wire) -> None:
    says(cloud, kind.describe, "DELETING", times=3)
    hides(cloud, kind.describe)
    with cloud.recorded() as calls:
        kind.wanted.delete(scope(), live.outputs)
    assert {call.operation for call in calls} - {"ListJobs"} == {kind.describe}


def test_one_that_batch_cannot_delete_is_an_error_with_the_way_out(
    kind: Kind, live: Live, scope: MakeScope, cloud: Wire
) -> None:
    tells_the_truth(cloud, kind.describe, times=2)
    cloud.trick(kind.describe, lambda call, carry: _deleting(kind, live))
    cloud.trick(kind.describe, lambda call, carry: _deleting(kind, live, "INVALID", NEW_ROLE))
    with pytest.raises(AwsError, match=r"AWS could not delete it: .* is INVALID .*AssumeRole") as raised:
        kind.wanted.delete(scope(), live.outputs)
    assert "create-service-linked-role" in raised.value.advice


def test_one_that_was_invalid_already_may_say_so_for_a_moment_after_the_call(
    kind: Kind, live: Live, scope: MakeScope, cloud: Wire
) -> None:
    says(cloud, kind.describe, "INVALID", "broken", times=2)
    cloud.trick(kind.describe, lambda call, carry: _deleting(kind, live, "INVALID", "broken"))
    kind.wanted.delete(scope(), live.outputs)
    assert kind.wanted.read(scope(), live.outputs) is None


@pytest.mark.parametrize("at", ["update", "delete"])
def test_one_that_goes_while_it_is_deleted_is_gone(at: str, kind: Kind, live: Live, scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse(getattr(kind, at), "ClientException", f"{live.outputs['name']} does not exist")
    tells_the_truth(cloud, kind.describe, times=1 if at == "update" else 2)
    hides(cloud, kind.describe)
    kind.wanted.delete(scope(), live.outputs)


@pytest.mark.parametrize("at", ["update", "delete"])
def test_any_other_refusal_of_a_delete_is_an_error(at: str, kind: Kind, live: Live, scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse(getattr(kind, at), "ClientException", "that is not allowed")
    with pytest.raises(ClientError) as raised:
        kind.wanted.delete(scope(), live.outputs)
    assert code_of(raised.value) == "ClientException"


def test_a_refusal_of_a_create_that_is_not_about_the_name_is_an_error(kind: Kind, scope: MakeScope, cloud: Wire) -> None:
    create = kind.update.replace("Update", "Create")
    cloud.refuse(create, "ClientException", "You have reached the limit of 50.")
    with pytest.raises(ClientError, match="limit of 50"):
        kind.wanted.create(scope())


def test_tags_alone_change_nothing_else(kind: Kind, live: Live, scope: MakeScope, cloud: Wire) -> None:
    wanted = type(kind.wanted)(**{**kind.wanted.properties(), "tags": {"cost": "7"}})
    with cloud.recorded() as calls:
        wanted.update(scope(), live.outputs, differences(wanted, live, kind.wanted.properties()))
    assert [call.operation for call in calls] == ["TagResource", "UntagResource"]
    assert read_back(wanted, scope(), live.outputs).properties["tags"] == {"cost": "7"}
