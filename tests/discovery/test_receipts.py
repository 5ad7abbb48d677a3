"""The receipt of a destroy: what is gone, what is left and why, what nobody could look for, and what was never ours."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.planner import owner_of
from bootstrap.core.receipt import Receipt
from bootstrap.core.state import State
from bootstrap.discovery import receipts
from bootstrap.engine import prepare
from bootstrap.resources.ec2 import shared as ec2
from tests.conftest import STRICT, MakeScope
from tests.support.deployments import Deployment
from tests.support.inputs import everything, example
from tests.support.wire import Call, Carry, Wire, answer, error_answer, json_answer


def destroyed(deployment: Deployment) -> tuple[Receipt, State]:
    """The receipt, and the state with what another destroy needs."""
    prepared = prepare.prepare_destroy(deployment.session, deployment.backend)
    report = prepare.apply(prepared, deployment.backend, lambda event: None)
    assert report.outcome.complete, [failed.error for failed in report.outcome.failed]
    given = receipts.receipt(prepared, type(deployment.wanted))
    return given, receipts.kept(report.outcome.state, prepared, given)


@pytest.fixture
def deployment(scope: MakeScope, tmp_path: Path) -> Deployment:
    made = Deployment(example("upsolver-vpc"), scope(), tmp_path)
    made.create()
    return made


@pytest.fixture
def duet(scope: MakeScope, tmp_path: Path) -> Deployment:
    made = Deployment(everything("biomodal-duet"), scope(), tmp_path)
    made.create()
    return made


def pretend(call: Call, carry: Carry) -> Any:
    """AWS says that it was done."""
    return answer(f"<{call.operation}Response><ResponseMetadata/></{call.operation}Response>")


def test_all_that_was_created_is_gone_and_what_the_account_shares_is_not_ours(duet: Deployment) -> None:
    addresses = set(duet.nodes())
    given, state = destroyed(duet)
    assert given.clean
    assert {item.address for item in given.gone} == addresses - {"batch-service-role", "spot-service-role"}
    assert (given.left, given.unknown, given.unsearched) == ((), (), ())
    assert given.kept == tuple(
        f"iam_service_linked_role AWSServiceRoleFor{service} in account 123456789012: created by this deployment; "
        "left because the whole account shares it"
        for service in ("Batch", "EC2Spot")
    )
    assert any("/aws/batch/job" in text for text in given.others)
    assert state.records == {}


def test_what_is_still_there_is_left_and_its_record_comes_back(deployment: Deployment, cloud: Wire) -> None:
    role = deployment.outputs("role")["role_id"]
    cloud.trick("DeleteRole", pretend)
    given, state = destroyed(deployment)
    assert not given.clean
    [left] = given.left
    assert (left.address, left.id, left.advice) == ("role", role, "Run: bootstrap destroy --name test")
    assert set(state.records) == {"role"}
    deployment.backend.save(state)
    given, state = destroyed(deployment)
    assert given.clean
    assert state.records == {}


def test_a_resource_that_aws_refuses_to_show_does_not_count_as_gone(deployment: Deployment, cloud: Wire) -> None:
    def after_the_delete(call: Call, carry: Carry) -> Any:
        cloud.refuse("GetRole", "AccessDenied", times=9)
        return carry()

    cloud.trick("DeleteBucket", after_the_delete)
    given, state = destroyed(deployment)
    assert not given.clean
    assert {item.address for item in given.unknown} == {"role", "athena", "cloudformation"}
    assert all("AccessDenied" in item.why for item in given.unknown)
    assert set(state.records) == {"role", "athena", "cloudformation"}


def test_what_came_back_into_the_state_can_be_looked_at_and_destroyed(deployment: Deployment, cloud: Wire) -> None:
    cloud.trick("DetachRolePolicy", pretend)
    cloud.trick("DeleteRole", pretend)
    given, state = destroyed(deployment)
    assert {item.address for item in given.left} > {"role"}
    assert all(set(record.depends_on) <= set(state.records) for record in state.records.values())
    deployment.backend.save(state)
    assert prepare.prepare_status(deployment.session, deployment.backend).plan.changes
    given, state = destroyed(deployment)
    assert given.clean


def test_an_instance_without_a_record_is_reported_once(duet: Deployment) -> None:
    state = duet.backend.load()
    assert state is not None
    addresses = {address for address in state.records if address not in ("vm", "address")}
    kept = {address: state.records[address] for address in addresses}
    duet.backend.save(replace(state, records=kept))
    prepared = prepare.prepare_destroy(duet.session, duet.backend)
    left = receipts.receipt(prepared, type(duet.wanted)).left  # before anything was done
    assert [item.id for item in left if item.kind == "ec2_instance"] == [state.records["vm"].outputs["instance_id"]]


def test_a_resource_with_our_tags_but_without_a_record_is_left(duet: Deployment, scope: MakeScope) -> None:
    state = duet.backend.load()
    assert state is not None
    second = another_address(scope, state)
    given, after = destroyed(duet)
    [left] = given.left
    assert (left.address, left.kind, left.id, left.recorded) == ("elastic-ip", "ec2_elastic_ip", second, False)
    assert left.advice == (
        f"Run: bootstrap state import elastic-ip {second} --name test\nthen: bootstrap destroy --name test"
    )
    assert after.records == {}


def test_a_removed_record_leaves_its_resource_also_when_no_other_record_has_its_service(deployment: Deployment) -> None:
    """IAM's roles are in no index: only the service's own list shows them."""
    state = deployment.backend.load()
    assert state is not None
    deployment.backend.save(replace(state, records={"bucket": replace(state.records["bucket"], depends_on=())}))
    for _ in range(2):  # and it stays so, when not even a record is left
        given, state = destroyed(deployment)
        assert [(left.address, left.id) for left in given.left] == [("role", "UpsolverRole")]
        deployment.backend.save(state)


def test_a_resource_of_another_state_with_that_name_is_not_ours(duet: Deployment, scope: MakeScope) -> None:
    state = duet.backend.load()
    assert state is not None
    another_address(scope, replace(state, lineage="fedcba9876543210"))
    given, _ = destroyed(duet)
    assert given.clean


def another_address(scope: MakeScope, state: State) -> str:
    tags = [{"Key": key, "Value": value} for key, value in owner_of(state, "elastic-ip").tags().items()]
    made = scope().client("ec2").allocate_address(Domain="vpc", TagSpecifications=ec2.tag_specifications(tags, "elastic-ip"))
    return str(made["AllocationId"])


def test_what_the_index_still_shows_after_it_is_gone_is_gone(deployment: Deployment, cloud: Wire) -> None:
    state = deployment.backend.load()
    assert state is not None
    name = deployment.outputs("bucket")["name"]
    tags = [{"Key": key, "Value": value} for key, value in owner_of(state, "bucket").tags().items()]
    late = {"ResourceTagMappingList": [{"ResourceARN": f"arn:aws:s3:::{name}", "Tags": tags}], "PaginationToken": ""}
    cloud.trick("GetResources", lambda call, carry: json_answer(late))
    given, _ = destroyed(deployment)
    assert given.clean
    assert cloud.names.count("resource-groups-tagging-api.GetResources") == 1


def test_what_carries_our_tags_only_in_the_index_is_not_ours(deployment: Deployment, scope: MakeScope, cloud: Wire) -> None:
    state = deployment.backend.load()
    assert state is not None
    scope().client("s3").create_bucket(Bucket="given-away")
    tags = [{"Key": key, "Value": value} for key, value in owner_of(state, "bucket").tags().items()]
    late = {"ResourceTagMappingList": [{"ResourceARN": "arn:aws:s3:::given-away", "Tags": tags}], "PaginationToken": ""}
    cloud.trick("GetResources", lambda call, carry: json_answer(late))
    given, _ = destroyed(deployment)
    assert given.clean


def test_a_resource_in_the_index_of_a_type_without_support_is_unknown(deployment: Deployment, cloud: Wire) -> None:
    state = deployment.backend.load()
    assert state is not None
    arn = "arn:aws:sqs:us-east-1:123456789012:queue"
    tags = [{"Key": key, "Value": value} for key, value in owner_of(state, "queue").tags().items()]
    shown = {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": tags}], "PaginationToken": ""}
    cloud.trick("GetResources", lambda call, carry: json_answer(shown))
    given, _ = destroyed(deployment)
    assert given.clean
    assert given.unseen == (arn,)


@pytest.mark.parametrize(
    ("operation", "what"),
    [
        ("GetResources", "the tag index of us-east-1"),
        ("ListRoles", "resources of type iam_role"),
        ("ListRoleTags", "resources of type iam_role"),
    ],
)
def test_a_refused_search_is_reported_and_recorded_resources_still_count_as_gone(
    operation: str, what: str, deployment: Deployment, scope: MakeScope, cloud: Wire
) -> None:
    scope().client("iam").create_role(RoleName="their-UpsolverRole", AssumeRolePolicyDocument="{}")
    cloud.refuse(operation, "AccessDenied", "not authorized", status=403, times=9)
    given, state = destroyed(deployment)
    assert (given.clean, given.left, given.unknown, state.records) == (False, (), (), {})
    [line] = given.unsearched
    assert line.startswith(f"{what} in account 123456789012: {operation}: not authorized")


def test_in_another_region_the_home_region_of_iam_is_searched_too(scope: MakeScope, cloud: Wire, tmp_path: Path) -> None:
    deployment = Deployment(example("upsolver-data-access"), scope("eu-west-1"), tmp_path)
    deployment.create()
    state = deployment.backend.load()
    assert state is not None
    document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
    tags = [{"Key": key, "Value": value} for key, value in owner_of(state, "policy").tags().items()]
    scope().client("iam").create_policy(PolicyName="second", PolicyDocument=document, Tags=tags)
    given, _ = destroyed(deployment)
    [left] = given.left
    assert left.id == "arn:aws:iam::123456789012:policy/second"


def test_what_is_shown_a_little_longer_is_looked_at_again(deployment: Deployment, cloud: Wire) -> None:
    deployment.session.aws.timing = STRICT
    stale: list[Any] = []

    def last_look(call: Call, carry: Carry) -> Any:
        stale.append(carry())
        return stale[0]

    def delete(call: Call, carry: Carry) -> Any:
        cloud.trick("GetRole", lambda call, carry: stale[0], times=3)
        return carry()

    cloud.trick("GetRole", last_look)
    cloud.trick("DeleteRole", delete)
    told: list[str] = []
    deployment.session = replace(deployment.session, tell=told.append)
    given, _ = destroyed(deployment)
    assert given.clean
    assert any("Looking again" in text for text in told)


class Shadows:
    """Once `falling`, AWS shows what is gone: each reading call is answered as the last time before, so many times."""

    def __init__(self, times: int) -> None:
        self.times, self.falling = times, False
        self.seen: dict[str, Any] = {}
        self.shown: Counter[str] = Counter()

    def __call__(self, call: Call, carry: Carry) -> Any:
        if call.changes or call.operation == "GetResources":
            return carry()
        key = f"{call.name} {call.text}"
        if self.falling and key in self.seen and self.shown[key] < self.times:
            self.shown[key] += 1
            return answer_again(self.seen[key])
        found = carry()
        if not self.falling and found.status_code == 200:
            self.seen[key] = found
        return found


def answer_again(kept: Any) -> Any:
    return answer(kept.content.decode(), kept.status_code, dict(kept.headers))


@pytest.mark.parametrize("waits", [True, False])
def test_what_was_deleted_may_show_for_a_while_and_is_gone_all_the_same(
    waits: bool, deployment: Deployment, cloud: Wire
) -> None:
    """Of every kind that names its things; without the wait it would count as left."""
    timing = replace(STRICT, vanish=20 if waits else 0)
    deployment.session.aws.timing = timing
    cloud.between = shadows = Shadows(times=3)
    prepared = prepare.prepare_destroy(deployment.session, deployment.backend)
    assert prepare.apply(prepared, deployment.backend, lambda event: None).outcome.complete
    shadows.falling = True
    given = receipts.receipt(prepared, type(deployment.wanted))
    assert given.clean is waits
    assert {item.kind for item in given.left} == (set() if waits else {"iam_role", "iam_role_attachment", "s3_bucket"})


def test_an_unmanaged_resource_with_our_name_is_not_ours_and_stays(deployment: Deployment, scope: MakeScope) -> None:
    prepared = prepare.prepare_destroy(deployment.session, deployment.backend)
    prepare.apply(prepared, deployment.backend, lambda event: None)
    scope().client("iam").create_role(RoleName="UpsolverRole", AssumeRolePolicyDocument="{}")
    given = receipts.receipt(prepared, type(deployment.wanted))
    assert given.clean
    assert given.others == ("iam_role UpsolverRole in account 123456789012, which somebody else created",)


GUARDED = "with an explicit deny in a service control policy"


def guard_home(cloud: Wire, deployment: Deployment) -> None:
    """From now on the organization allows the tag index of the deployment's own region only."""

    def only_here(call: Call, carry: Carry) -> Any:
        refused = call.operation == "GetResources" and ".us-east-1." in call.url
        return error_answer(call, "AccessDeniedException", GUARDED, 400) if refused else carry()

    cloud.between = only_here


@pytest.fixture
def abroad(scope: MakeScope, tmp_path: Path) -> Deployment:
    """In a region that is not the home of IAM, with a role, a policy and a profile."""
    made = Deployment(everything("upsolver-private-vpc"), scope("eu-west-1"), tmp_path)
    made.create()
    return made


def test_a_denied_index_in_the_home_region_is_a_note_when_iam_answers_itself(abroad: Deployment, cloud: Wire) -> None:
    guard_home(cloud, abroad)
    given, state = destroyed(abroad)
    assert given.clean
    assert (given.left, given.unknown, given.unsearched, state.records) == ((), (), (), {})
    [note] = given.notes
    assert note.startswith("the tag index of us-east-1 in account 123456789012: GetResources")
    assert GUARDED in note
    assert "IAM itself was asked" in note
    given, _ = destroyed(abroad)  # with nothing recorded any more all of it is looked for by its name
    assert given.clean


def test_without_the_index_a_resource_without_a_record_is_found_by_its_name(
    abroad: Deployment, scope: MakeScope, cloud: Wire
) -> None:
    guard_home(cloud, abroad)
    state = abroad.backend.load()
    assert state is not None
    profile = next(record for record in state.records.values() if record.kind == "iam_instance_profile")
    others = {address: replace(each, depends_on=()) for address, each in state.records.items() if each is not profile}
    abroad.backend.save(replace(state, records=others))
    given = receipts.receipt(
        prepare.prepare_destroy(abroad.session, abroad.backend), type(abroad.wanted)
    )  # before anything was done
    [left] = [item for item in given.left if item.address == profile.address]
    assert (left.id, left.recorded) == (profile.outputs["name"], False)
    assert "bootstrap state import" in left.advice


@pytest.mark.parametrize("operation", ["ListRoles", "ListRoleTags", "GetInstanceProfile"])
def test_a_denied_index_stays_unknown_when_iam_does_not_answer_either(
    operation: str, abroad: Deployment, scope: MakeScope, cloud: Wire
) -> None:
    named = next(node.resource.label for node in abroad.nodes().values() if node.resource.kind == "iam_role")
    where = {"RoleName": f"their-{named}", "Path": str(abroad.wanted.path)}
    scope().client("iam").create_role(**where, AssumeRolePolicyDocument="{}")
    destroyed(abroad)
    guard_home(cloud, abroad)
    cloud.refuse(operation, "AccessDenied", "not authorized", status=403, times=9)
    given, _ = destroyed(abroad)
    assert not given.clean
    lines = [line for line in given.unsearched if "AccessDenied" in line]
    assert any("tag index of us-east-1" in line for line in lines) is (operation != "GetInstanceProfile")
    assert any(operation in line for line in lines)


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("InternalServerException", 500)])
def test_an_index_that_fails_otherwise_is_not_denied(code: str, status: int, abroad: Deployment, cloud: Wire) -> None:
    def busy(call: Call, carry: Carry) -> Any:
        refused = call.operation == "GetResources" and ".us-east-1." in call.url
        return error_answer(call, code, "not now", status) if refused else carry()

    cloud.between = busy
    given, _ = destroyed(abroad)
    assert not given.clean
    assert given.notes == ()
    [line] = given.unsearched
    assert code in line
