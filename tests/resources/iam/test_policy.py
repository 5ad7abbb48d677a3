"""What is odd about a policy: five versions, one of them the default."""

import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of
from bootstrap.aws.scope import Scope
from bootstrap.core.difference import differences
from bootstrap.core.live import Part
from bootstrap.resources.iam.policy import IamPolicy
from tests.conftest import MakeScope
from tests.support.samples import allow, deleting, deployed, read_back, trust, updating
from tests.support.wire import Call, Carry, Wire

ARN = "arn:aws:iam::123456789012:policy/Policy"


def policy(number: int) -> IamPolicy:
    return IamPolicy(name="Policy", document=allow(f"s3:GetObject{number}"))


def versions(scope: Scope) -> list[str]:
    listed = scope.client("iam").list_policy_versions(PolicyArn=ARN)["Versions"]
    return sorted((item["VersionId"] for item in listed), key=lambda name: int(name[1:]))


def add_version(scope: Scope, *, default: bool) -> None:
    document = json.dumps(allow("s3:PutObject"))
    scope.client("iam").create_policy_version(PolicyArn=ARN, PolicyDocument=document, SetAsDefault=default)


def update(number: int, scope: Scope) -> None:
    wanted = policy(number)
    live = read_back(wanted, scope, {})
    found = differences(wanted, live)
    outputs = wanted.update(updating(wanted, scope, live.outputs, found), live.outputs, found)
    live = read_back(wanted, scope, outputs)
    assert differences(wanted, live) == ()
    assert live.outputs == outputs


def test_the_sixth_version_pushes_out_the_oldest_that_is_not_the_default(scope: MakeScope) -> None:
    deployed(policy(1), scope())
    for _ in range(4):
        add_version(scope(), default=False)
    update(2, scope())
    assert versions(scope()) == ["v1", "v3", "v4", "v5", "v6"]


def test_versions_are_old_by_number_and_not_by_letters(scope: MakeScope) -> None:
    deployed(policy(1), scope())
    for number in range(2, 13):
        update(number, scope())
    assert versions(scope()) == ["v8", "v9", "v10", "v11", "v12"]


def test_a_version_that_the_plan_did_not_name_is_not_deleted(scope: MakeScope) -> None:
    deployed(policy(1), scope())
    live = read_back(policy(1), scope(), {})
    assert policy(2).displaces(live, {"document"}) == ()
    for _ in range(4):
        add_version(scope(), default=False)
    with pytest.raises(ClientError) as raised:
        policy(2).update(scope(), live.outputs, differences(policy(2), live))
    assert code_of(raised.value) == "LimitExceeded"
    with pytest.raises(ClientError) as raised:
        policy(1).delete(scope(), live.outputs)
    assert code_of(raised.value) == "DeleteConflict"
    assert versions(scope()) == ["v1", "v2", "v3", "v4", "v5"]


def test_the_plan_names_the_version_that_makes_room_and_those_that_go_with_the_policy(scope: MakeScope) -> None:
    deployed(policy(1), scope())
    for _ in range(4):
        add_version(scope(), default=False)
    live = read_back(policy(1), scope(), {})
    assert live.along == tuple(f"policy version v{number}" for number in (2, 3, 4, 5))
    assert policy(2).displaces(live, {"document"}) == ("policy version v2",)
    assert policy(2).displaces(live, {"tags"}) == ()


@pytest.mark.parametrize("there_before", [1, 4])
def test_a_lost_answer_leaves_the_desired_text_as_the_default(there_before: int, scope: MakeScope, cloud: Wire) -> None:
    deployed(policy(1), scope())
    for _ in range(there_before - 1):
        add_version(scope(), default=False)
    cloud.lose_answer("CreatePolicyVersion")
    update(2, scope())


def test_no_room_for_a_version_is_an_error_when_the_default_is_another_text(scope: MakeScope, cloud: Wire) -> None:
    deployed(policy(1), scope())
    for _ in range(3):
        add_version(scope(), default=False)

    def somebody_is_faster(call: Call, carry: Carry) -> Any:
        add_version(scope(), default=False)

    cloud.trick("CreatePolicyVersion", somebody_is_faster)
    with pytest.raises(ClientError) as raised:
        update(2, scope())
    assert code_of(raised.value) == "LimitExceeded"


def test_another_default_version_is_drift_that_a_look_finds_with_the_recorded_one_in_hand(scope: MakeScope) -> None:
    live = deployed(policy(1), scope())
    assert live.outputs["version"] == "v1"
    add_version(scope(), default=True)
    found = read_back(policy(1), scope(), live.outputs)
    assert found.along == ("policy version v1",)
    assert found.outputs["version"] == "v2"
    assert [item.path for item in differences(policy(1), found)] == ["document"]
    scope().client("iam").delete_policy_version(PolicyArn=ARN, VersionId="v1")
    assert read_back(policy(1), scope(), live.outputs) == replace(found, along=())


def test_a_text_that_means_the_same_is_no_drift(scope: MakeScope) -> None:
    live = deployed(policy(1), scope())
    statement = {"Sid": "Other", "Resource": ["*"], "Action": "S3:GETOBJECT1", "Effect": "Allow"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    scope().client("iam").create_policy_version(PolicyArn=ARN, PolicyDocument=document, SetAsDefault=True)
    assert differences(policy(1), read_back(policy(1), scope(), live.outputs)) == ()


def test_who_uses_a_policy_are_parts_of_it(scope: MakeScope) -> None:
    deployed(policy(1), scope())
    iam = scope().client("iam")
    iam.create_role(RoleName="R", AssumeRolePolicyDocument=json.dumps(trust()))
    iam.create_user(UserName="U")
    iam.create_group(GroupName="G")
    iam.attach_role_policy(RoleName="R", PolicyArn=ARN)
    iam.attach_user_policy(UserName="U", PolicyArn=ARN)
    iam.attach_group_policy(GroupName="G", PolicyArn=ARN)
    used = read_back(policy(1), scope(), {}).parts
    assert used == {Part("attached to", ARN, user) for user in ("role R", "user U", "group G")}


def test_a_policy_with_five_versions_goes_and_one_that_is_in_use_does_not(scope: MakeScope) -> None:
    live = deployed(policy(1), scope())
    for _ in range(4):
        add_version(scope(), default=False)
    iam = scope().client("iam")
    iam.create_user(UserName="U")
    iam.attach_user_policy(UserName="U", PolicyArn=ARN)
    with pytest.raises(ClientError) as raised:
        policy(1).delete(deleting(policy(1), scope(), live.outputs), live.outputs)
    assert code_of(raised.value) == "DeleteConflict"
    iam.detach_user_policy(UserName="U", PolicyArn=ARN)
    policy(1).delete(scope(), live.outputs)
    assert policy(1).read(scope(), live.outputs) is None
