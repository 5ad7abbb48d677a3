"""What is odd about an attachment: it has no owner, no name and no id of its own."""

import json
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of
from bootstrap.aws.reads import Reads
from bootstrap.aws.scope import Scope
from bootstrap.core.cloud import Planned
from bootstrap.core.live import Part
from bootstrap.core.reference import reference
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from tests.conftest import MakeScope
from tests.support.samples import allow, deployed, read_back, role, trust
from tests.support.wire import Wire

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
OWN = "arn:aws:iam::123456789012:policy/Policy"
ATTACHMENT = IamRoleAttachment(role="Role", policy_arn=READ_ONLY)


def attached(scope: Scope) -> list[str]:
    listed = scope.client("iam").list_attached_role_policies(RoleName="Role")["AttachedPolicies"]
    return sorted(item["PolicyArn"] for item in listed)


def test_it_belongs_to_the_deployment_that_created_the_role(scope: MakeScope) -> None:
    role(scope(address="role"), "Role")
    scope().client("iam").attach_role_policy(RoleName="Role", PolicyArn=READ_ONLY)
    assert read_back(ATTACHMENT, scope(address="attachment"), {}).owner == scope(address="attachment").owner


@pytest.mark.parametrize("tags", [[], [{"Key": "bootstrap:deployment", "Value": "test"}]])
def test_on_a_role_of_somebody_else_it_has_no_owner(tags: list[dict[str, str]], scope: MakeScope) -> None:
    iam = scope().client("iam")
    iam.create_role(RoleName="Role", AssumeRolePolicyDocument=json.dumps(trust()), Tags=tags)
    iam.attach_role_policy(RoleName="Role", PolicyArn=READ_ONLY)
    assert read_back(ATTACHMENT, scope(), {}).owner is None


def test_a_policy_that_others_may_change_is_named_and_none_of_aws_or_of_the_plan() -> None:
    own = replace(ATTACHMENT, policy_arn=OWN)
    made = replace(ATTACHMENT, policy_arn=reference("policy", "arn"))
    assert [list(each.policies_of_others) for each in (ATTACHMENT, own, made)] == [[], [OWN], []]


def test_on_a_role_of_another_state_of_the_same_deployment_it_has_no_owner(scope: MakeScope) -> None:
    role(scope(lineage="fedcba9876543210"), "Role")
    deployed(ATTACHMENT, scope(lineage="fedcba9876543210"))
    assert read_back(ATTACHMENT, scope(), {}).owner is None


@pytest.mark.parametrize(("lineage", "is_ours"), [("0123456789abcdef", True), ("fedcba9876543210", False)])
def test_on_a_role_of_somebody_else_it_belongs_to_whose_policy_it_is(lineage: str, is_ours: bool, scope: MakeScope) -> None:
    scope().client("iam").create_role(RoleName="Role", AssumeRolePolicyDocument=json.dumps(trust()))
    IamPolicy(name="Policy", document=allow("s3:GetObject")).create(scope(address="policy", lineage=lineage))
    scope().client("iam").attach_role_policy(RoleName="Role", PolicyArn=OWN)
    owner = read_back(replace(ATTACHMENT, policy_arn=OWN), scope(), {}).owner
    assert owner == (scope().owner if is_ours else None)


def test_it_is_detached_from_the_role_that_was_looked_at_whatever_a_record_says_that_was_edited(scope: MakeScope) -> None:
    role(scope(), "Other")
    role(scope(), "Role")
    theirs, ours = replace(ATTACHMENT, role="Role"), replace(ATTACHMENT, role="Other")
    for each in (theirs, ours):
        deployed(each, scope())
    theirs.delete(scope(), read_back(ours, scope(), {}).outputs)
    assert attached(scope()) == [READ_ONLY]
    assert ours.read(scope(), {}) is None


def test_what_else_is_attached_stays(scope: MakeScope) -> None:
    role(scope(), "Role")
    other = "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"
    scope().client("iam").attach_role_policy(RoleName="Role", PolicyArn=other)
    live = deployed(ATTACHMENT, scope())
    assert attached(scope()) == sorted([other, READ_ONLY])
    ATTACHMENT.delete(scope(), live.outputs)
    assert attached(scope()) == [other]


def test_it_claims_its_place_on_the_role_and_among_those_who_use_the_policy() -> None:
    assert set(ATTACHMENT.attachments()) == {
        Part("attached policy", "Role", READ_ONLY),
        Part("attached to", READ_ONLY, "role Role"),
    }


def test_it_is_attached_as_soon_as_the_role_exists_unless_a_policy_of_the_role_denies_something() -> None:
    allows = IamRole(name="Role", trust=trust(), inline_policies={"data": allow("s3:GetObject")})
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    guarded = replace(allows, inline_policies={**allows.inline_policies, "guard": {"Statement": [deny]}})
    assert not ATTACHMENT.needs_settings_of(allows)
    assert ATTACHMENT.needs_settings_of(guarded)


def test_what_does_not_exist_yet_is_not_asked_for(scope: MakeScope, cloud: Wire) -> None:
    for waiting in (replace(ATTACHMENT, role="@{role.name}"), replace(ATTACHMENT, policy_arn="@{policy.arn}")):
        assert waiting.read(scope(), {}) is None
    assert cloud.calls == []


def test_a_role_and_its_attachments_are_looked_at_with_one_call_of_each_kind(scope: MakeScope, cloud: Wire) -> None:
    role(scope(), "Role")
    deployed(ATTACHMENT, scope())
    look = scope(reads=Reads(scope().aws))
    with cloud.recorded() as calls:
        IamRole(name="Role", trust=trust()).read(look, {})
        ATTACHMENT.read(look, {})
        replace(ATTACHMENT, policy_arn=OWN).read(look, {})
    assert sorted(call.operation for call in calls) == [
        "GetPolicy",
        "GetRole",
        "ListAttachedRolePolicies",
        "ListInstanceProfilesForRole",
        "ListRolePolicies",
    ]


def test_a_policy_of_ours_that_iam_does_not_know_yet_is_waited_for(scope: MakeScope, cloud: Wire) -> None:
    role(scope(), "Role")
    IamPolicy(name="Policy", document=allow("s3:GetObject")).create(scope())
    cloud.refuse("AttachRolePolicy", "NoSuchEntity", f"Policy {OWN} does not exist or is not attachable.", status=404)
    deployed(replace(ATTACHMENT, policy_arn=OWN), scope())
    assert attached(scope()) == [OWN]


def test_a_policy_of_aws_that_does_not_exist_is_an_error_at_once(scope: MakeScope, cloud: Wire) -> None:
    role(scope(), "Role")
    wrong = replace(ATTACHMENT, policy_arn="arn:aws:iam::aws:policy/NoSuchPolicy")
    with cloud.recorded() as calls, pytest.raises(ClientError) as raised:
        deployed(wrong, scope())
    assert code_of(raised.value) == "NoSuchEntity"
    assert [call.operation for call in calls].count("AttachRolePolicy") == 1


def test_a_known_role_id_is_not_asked_for_again(scope: MakeScope, cloud: Wire) -> None:
    role(scope(), "Role")
    with cloud.recorded() as calls:
        live = replace(ATTACHMENT, role_id="AROAEXAMPLE").create(scope())
    assert live.outputs == {"role_id": "AROAEXAMPLE", "role": "Role", "policy_arn": READ_ONLY}
    assert [call.operation for call in calls] == ["AttachRolePolicy"]


def test_on_a_role_that_was_recreated_it_has_the_id_of_the_new_one(scope: MakeScope) -> None:
    role(scope(), "Role")
    live = deployed(ATTACHMENT, scope())
    ATTACHMENT.delete(scope(), live.outputs)
    scope().client("iam").delete_role(RoleName="Role")
    ATTACHMENT.delete(scope(), live.outputs)
    role(scope(), "Role")
    scope().client("iam").attach_role_policy(RoleName="Role", PolicyArn=READ_ONLY)
    assert read_back(ATTACHMENT, scope(), live.outputs).outputs != live.outputs


def test_an_existing_role_that_is_full_is_reported_before_the_change(scope: MakeScope, cloud: Wire) -> None:
    iam = scope().client("iam")
    iam.create_role(RoleName="Role", AssumeRolePolicyDocument=json.dumps(trust()))
    for number in range(10):
        assert list(ATTACHMENT.precheck(scope())) == []
        made = iam.create_policy(PolicyName=f"P{number}", PolicyDocument=json.dumps(allow("s3:GetObject")))
        iam.attach_role_policy(RoleName="Role", PolicyArn=made["Policy"]["Arn"])
    [obstacle] = ATTACHMENT.precheck(scope())
    assert obstacle.what == "Role has 10 attached policies, the plan adds 1, and this account's limit is 10"
    assert "Managed policies per role (L-0DA4ABF3)" in obstacle.advice
    assert list(replace(ATTACHMENT, role_id="AROA1").precheck(scope())) == [obstacle]  # others may have filled our own
    assert list(replace(ATTACHMENT, role_id="@{role.role_id}").precheck(scope())) == []
    cloud.refuse("GetAccountSummary", "AccessDenied", status=403)
    assert list(ATTACHMENT.precheck(scope())) == []  # the limit is not known


def test_a_policy_that_no_role_can_have_is_found_before_the_change(scope: MakeScope, cloud: Wire) -> None:
    made = (
        scope().client("iam").create_policy(PolicyName="Policy", PolicyDocument=json.dumps(allow("s3:*")))["Policy"]["Arn"]
    )
    for name in (made, READ_ONLY, "@{policy.arn}"):
        assert list(replace(ATTACHMENT, role="@{role.name}", policy_arn=name).precheck(scope())) == []
    for name, what in {
        "arn:aws:iam::210987654321:policy/B": "belongs to account 210987654321, and IAM accepts none from another account",
        "arn:aws:iam::aws:policy/aws-service-role/BatchServiceRolePolicy": "is for service-linked roles",
        "arn:aws:iam::123456789012:policy/C": "does not exist",
        "arn:aws:iam::aws:policy/NoSuchPolicy": "does not exist",
    }.items():
        missing = replace(ATTACHMENT, role="@{role.name}", policy_arn=name)
        [found] = missing.precheck(scope())
        assert found.what.startswith(f"the policy {name} {what}")
        assert "Name a policy of account 123456789012 or one of AWS's own" in found.advice
        assert list(missing.precheck(scope(planned=Planned(own_outputs=frozenset({name}))))) == []
    cloud.refuse("GetPolicy", "AccessDenied", status=403)
    assert list(missing.precheck(scope())) == []  # then IAM says it


def test_the_policies_that_a_plan_attaches_to_a_role_count_together(scope: MakeScope) -> None:
    iam = scope().client("iam")
    iam.create_role(RoleName="Role", AssumeRolePolicyDocument=json.dumps(trust()))
    for number in range(8):
        made = iam.create_policy(PolicyName=f"P{number}", PolicyDocument=json.dumps(allow("s3:GetObject")))
        iam.attach_role_policy(RoleName="Role", PolicyArn=made["Policy"]["Arn"])
    assert list(ATTACHMENT.precheck(scope(planned=Planned(counts={ATTACHMENT.counts_as(): 2})))) == []
    [obstacle] = ATTACHMENT.precheck(scope(planned=Planned(counts={ATTACHMENT.counts_as(): 3})))
    assert "8 attached policies, the plan adds 3" in obstacle.what
