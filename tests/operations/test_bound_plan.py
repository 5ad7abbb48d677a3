"""A create that is bound to the plan of a file: exactly that plan is run, or what moved is said and nothing is changed."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bootstrap import operations
from bootstrap.contract.crashes import End, Ending, one_after_the_other
from bootstrap.contract.faults import Killed
from bootstrap.core.plan_file import PlanFile, from_text, moment, time_text
from bootstrap.core.state import State, Status
from bootstrap.errors import BootstrapError, PlanOutdated, PlanRefused, UsageError
from bootstrap.operations import plan
from bootstrap.operations.bound_plan import gathered_inputs, inputs_of_whole, plan_file
from bootstrap.operations.create import Created
from tests.operations.conftest import BUCKET, NAME, STATE, Deployed
from tests.support.plan_files import sealed
from tests.support.wire import Wire

ROLE = "UpsolverRole"
ATHENA = "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"
LAMBDA = "arn:aws:iam::aws:policy/AWSLambda_FullAccess"


def planned(here: Deployed, **changes: Any) -> PlanFile:
    """The plan, as it comes back from a file; with other inputs, `given` by the user."""
    integration = replace(here.integration, **changes)
    prepared = plan(here.session, here.backend, NAME, integration)
    return from_text(plan_file(prepared, here.backend.where, timedelta(hours=1)).text, "plan.json")


def run(here: Deployed, bound: PlanFile) -> Created:
    done = operations.create(here.session, here.backend, NAME, gathered_inputs(bound).recipe, bound=bound)
    assert done is not None
    return done


def refused(here: Deployed, bound: PlanFile) -> list[str]:
    """What is said to have moved; nothing is changed."""
    with here.unchanged(), pytest.raises(PlanOutdated) as caught:
        run(here, bound)
    assert caught.value.message == "AWS has changed since the plan was made"
    return list(caught.value.problems)


def stored(here: Deployed) -> State:
    found = here.backend.load()
    assert found
    return found


def test_the_plan_is_run_with_its_inputs_and_the_state_names_it(new: Deployed) -> None:
    bound = planned(new)
    assert [change.address for change in run(new, bound).prepared.plan.work] == [*bound.graph]
    assert stored(new).plan == bound.digest
    assert set(stored(new).given or ()) == {"external_id", "org_id"}
    with new.unchanged():
        assert run(new, bound).prepared.plan.work == ()  # done already, which is no move
    operations.create(new.session, new.backend, NAME, new.integration)
    assert stored(new).plan == ""


def test_an_update_that_is_planned_is_run_and_is_done_only_once(new: Deployed) -> None:
    operations.create(new.session, new.backend, NAME, new.integration)
    bound = planned(new, tag=("team=data",), given=new.integration.given | {"tag"})
    assert {each["action"] for each in bound.observed.values()} == {"update", "no-op"}
    assert run(new, bound).prepared.plan.work
    assert run(new, bound).prepared.plan.work == ()


def attach(here: Deployed, policy: str = LAMBDA) -> None:
    here.session.aws.client("iam").attach_role_policy(RoleName=ROLE, PolicyArn=policy)


def put(here: Deployed, action: str) -> None:
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}
    iam = here.session.aws.client("iam")
    iam.put_role_policy(RoleName=ROLE, PolicyName="theirs", PolicyDocument=json.dumps(document))


def trust_others(here: Deployed) -> None:
    iam = here.session.aws.client("iam")
    trust = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Principal"] = {"AWS": "arn:aws:iam::999999999999:root"}
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(trust))


def remove_role(here: Deployed) -> None:
    iam = here.session.aws.client("iam")
    for each in iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=each["PolicyArn"])
    for name in iam.list_role_policies(RoleName=ROLE)["PolicyNames"]:
        iam.delete_role_policy(RoleName=ROLE, PolicyName=name)
    iam.delete_role(RoleName=ROLE)


def open_bucket(here: Deployed) -> None:
    here.session.aws.client("s3").delete_public_access_block(Bucket=BUCKET)


def save_again(here: Deployed) -> None:
    with here.backend.lock("a test"):
        here.backend.save(stored(here))


MOVES: dict[str, tuple[Callable[[Deployed], None], str]] = {
    "a policy that somebody attached": (attach, f"role: since the plan was made, there is also: attached policy {LAMBDA}"),
    "another content of a policy of others": (
        lambda here: put(here, "logs:DeleteLogGroup"),
        "role: since the plan was made, the content has changed of: inline policy theirs",
    ),
    "a trust that lets in others": (trust_others, "role: trust was as it should be when the plan was made, and is {"),
    "a role that is gone": (remove_role, "role: action was no-op when the plan was made, and is create"),
    "a bucket that is open": (
        open_bucket,
        "bucket: block_public_access was as it should be when the plan was made, and is false",
    ),
    "another run": (save_again, "the state: its serial was"),
}


@pytest.mark.parametrize(("move", "told"), MOVES.values(), ids=MOVES)
def test_a_world_that_moved_is_refused_with_address_and_property(
    new: Deployed, move: Callable[[Deployed], None], told: str
) -> None:
    operations.create(new.session, new.backend, NAME, new.integration)
    put(new, "logs:CreateLogGroup")
    bound = planned(new)
    move(new)
    found = refused(new, bound)
    assert any(each.startswith(told) for each in found), found


def test_what_somebody_created_in_the_meantime_is_not_taken_over(new: Deployed) -> None:
    bound = planned(new)
    new.session.aws.client("s3").create_bucket(Bucket=BUCKET)
    assert "bucket: action was create when the plan was made, and is blocked" in refused(new, bound)
    assert not STATE.exists()


def test_a_plan_for_an_account_that_was_empty_is_refused_once_somebody_has_created_it(new: Deployed) -> None:
    bound = planned(new)
    operations.create(new.session, new.backend, NAME, new.integration)
    assert any("role: action was create" in each for each in refused(new, bound))


def test_killed_at_any_call_the_same_plan_goes_on(new: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    one_after_the_other(monkeypatch)
    bound = planned(new)
    at, deaths = 1, 0
    while True:  # each run gets one call further than the one before it, and dies there
        new.wire.between = Ending(at, End.AFTER if at % 2 else End.BEFORE)
        try:
            run(new, bound)
            break
        except Killed:
            deaths, at = deaths + 1, at % 3 + 1
    new.wire.between = Wire().between
    assert deaths > 3
    assert stored(new).plan == bound.digest
    assert plan(new.session, new.backend, NAME, new.integration).plan.work == ()


def test_killed_in_an_update_the_same_plan_goes_on(new: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    one_after_the_other(monkeypatch)
    operations.create(new.session, new.backend, NAME, new.integration)
    bound = planned(new, tag=("team=data",), harden=True, given=new.integration.given | {"tag", "harden"})
    for _ in range(2):
        new.wire.between = Ending(1, End.AFTER)
        with pytest.raises(Killed):
            run(new, bound)
    new.wire.between = Wire().between
    assert run(new, bound).prepared.plan.work
    assert plan(new.session, new.backend, NAME, gathered_inputs(bound).recipe).plan.work == ()


@pytest.mark.parametrize("move", [attach, trust_others], ids=lambda move: move.__name__)
def test_after_a_run_that_was_killed_a_move_of_others_is_still_one(
    new: Deployed, move: Callable[[Deployed], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    one_after_the_other(monkeypatch)
    bound = planned(new)
    while not STATE.exists() or "role" not in stored(new).records or stored(new).records["role"].status is not Status.READY:
        new.wire.between = Ending(1, End.AFTER)
        with pytest.raises(Killed):
            run(new, bound)
    new.wire.between = Wire().between
    move(new)
    assert all(each.startswith("role: ") for each in refused(new, bound))


def test_a_half_created_role_with_the_trust_of_others_is_a_move(new: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    one_after_the_other(monkeypatch)
    bound = planned(new)
    while not STATE.exists() or "role" not in stored(new).records or not stored(new).records["role"].outputs:
        new.wire.between = Ending(1, End.AFTER)
        with pytest.raises(Killed):
            run(new, bound)
    new.wire.between = Wire().between
    assert stored(new).records["role"].status is Status.CREATING
    trust_others(new)
    assert all(each.startswith("role: ") for each in refused(new, bound))


def test_a_half_created_bucket_that_somebody_made_public_is_a_move(new: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    one_after_the_other(monkeypatch)
    bound = planned(new)
    while not STATE.exists() or "bucket" not in stored(new).records:
        new.wire.between = Ending(1, End.AFTER)
        with pytest.raises(Killed):
            run(new, bound)
    new.wire.between = Wire().between
    assert stored(new).records["bucket"].status is Status.CREATING
    new.session.aws.client("s3").delete_public_access_block(Bucket=BUCKET)
    [which, action] = refused(new, bound)
    assert which == "bucket: block_public_access is false, and the run that was cut off did not leave it so"
    assert action == "bucket: action was create when the plan was made, and is update"


def test_after_a_run_that_was_killed_another_plan_is_refused(new: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    one_after_the_other(monkeypatch)
    first, second = planned(new), planned(new, role_prefix="x-")
    new.wire.between = Ending(2, End.AFTER)
    with pytest.raises(Killed):
        run(new, first)
    new.wire.between = Wire().between
    assert any(each.startswith("the state: its serial was 0") for each in refused(new, second))


def test_a_plan_that_was_forged_with_its_digest_is_compared_all_the_same(new: Deployed) -> None:
    content = json.loads(planned(new).text)
    content["graph"]["role"]["properties"]["max_session_duration"] = 7200
    forged = from_text(sealed(content), "plan.json")
    assert refused(new, forged) == ["role: properties.max_session_duration was 7200 when the plan was made, and is 3600"]
    content["inputs"]["external_id"] = "theirs"
    assert any("theirs" in each for each in refused(new, from_text(sealed(content), "plan.json")))


def test_the_inputs_of_a_whole_plan_are_given_and_a_forged_one_is_refused(new: Deployed) -> None:
    bound = planned(new)
    assert inputs_of_whole(bound) == new.integration
    changes: list[dict[str, Any]] = [
        {"graph": {**bound.graph, "role": {**bound.graph["role"], "depends_on": ["theirs"]}}},
        {"policies": {**bound.policies, "role": {}}},
        {"access": {}},
        {"inputs": {**bound.inputs, "external_id": "theirs"}},
    ]
    for parts in changes:
        with pytest.raises(PlanRefused, match="the plan was edited: its inputs give something else"):
            inputs_of_whole(replace(bound, **parts))


def test_a_plan_is_used_up_by_a_destroy(new: Deployed) -> None:
    content = json.loads(planned(new).text)
    content["created"] = time_text(moment(content["created"]) - timedelta(minutes=5))
    bound = from_text(sealed(content), "plan.json")
    run(new, bound)
    operations.destroy(new.session, new.backend)
    with new.unchanged(), pytest.raises(PlanOutdated, match=r"acme was destroyed at .*, after the plan was made"):
        run(new, bound)
    run(new, planned(new))


def test_it_is_refused_elsewhere_before_anything_is_read(new: Deployed) -> None:
    content = json.loads(planned(new).text)
    content["accounts"]["default"]["id"] = "999999999999"
    with new.unchanged(), new.wire.recorded() as calls, pytest.raises(PlanRefused, match="the plan is for 999999999999"):
        operations.create(new.session, new.backend, NAME, new.integration, bound=from_text(sealed(content), "plan.json"))
    assert calls == []


def test_inputs_that_nobody_may_give_and_integrations_that_are_gone_are_errors(new: Deployed) -> None:
    bound = planned(new)
    for changes, kind, told in (
        ({"inputs": {**bound.inputs, "external_id": "a b\x00"}}, UsageError, "--external-id"),
        ({"integration": {"name": "nobody"}}, PlanOutdated, "there is no integration 'nobody'"),
        ({"integration": {"name": "a", "file": "./a.toml", "sha256": "0" * 64}}, PlanOutdated, "cannot be used"),
        ({"integration": {**bound.integration, "sha256": "0" * 64}}, PlanOutdated, "has changed since the plan was made"),
        ({"version": "0"}, PlanOutdated, "made by bootstrap 0"),
    ):
        other: dict[str, Any] = changes
        assert issubclass(kind, BootstrapError)
        with pytest.raises(kind, match=told):
            gathered_inputs(replace(bound, **other))
