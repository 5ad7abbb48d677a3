"""What is odd about a role: trust in dead principals, and what others hang on it."""

import json
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of
from bootstrap.core.difference import differences, others
from bootstrap.core.flags import DETACH_FOREIGN
from bootstrap.core.live import Part
from bootstrap.engine.ownership_checks import create_or_adopt
from bootstrap.errors import AwsError
from bootstrap.resources.iam.role import ATTACHED, IamRole
from tests.conftest import MakeScope
from tests.support.samples import allow, deployed, read_back, trust
from tests.support.wire import Wire

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ROLE = IamRole(name="Role", trust=trust(), inline_policies={"ours": allow("s3:GetObject")})
TRUSTED = IamRole(name="Trusted", trust=trust())
TRUSTING = replace(
    ROLE,
    trust={
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:role/Trusted"}}
        ],
    },
)


def test_what_others_attach_to_a_role_are_parts_that_it_does_not_claim(scope: MakeScope) -> None:
    live = deployed(ROLE, scope())
    iam = scope().client("iam")
    iam.attach_role_policy(RoleName="Role", PolicyArn=READ_ONLY)
    iam.create_instance_profile(InstanceProfileName="Theirs")
    iam.add_role_to_instance_profile(InstanceProfileName="Theirs", RoleName="Role")
    live = read_back(ROLE, scope(), live.outputs)
    assert live.parts == {Part("attached policy", "Role", READ_ONLY), Part("instance profile", "Role", "Theirs")}
    assert not set(ROLE.attachments()) & live.parts
    assert differences(ROLE, live) == ()


def test_a_principal_that_was_deleted_is_drift_with_a_note_and_an_update_repairs_it(scope: MakeScope) -> None:
    first = deployed(TRUSTED, scope())
    deployed(TRUSTING, scope())
    TRUSTED.delete(scope(), first.outputs)
    live = read_back(TRUSTING, scope(), {})
    deployed(TRUSTED, scope())
    again = read_back(TRUSTING, scope(), live.outputs)
    assert again == live  # a role of the same name is another one
    found = differences(TRUSTING, live)
    assert [item.path for item in found] == ["trust"]
    assert first.outputs["role_id"] in live.notes[0]
    TRUSTING.update(scope(), live.outputs, found)
    live = read_back(TRUSTING, scope(), live.outputs)
    assert live.notes == ()
    assert differences(TRUSTING, live) == ()


def test_a_trust_policy_that_means_the_same_is_no_drift(scope: MakeScope) -> None:
    statement = {
        "Sid": "Renamed",
        "Principal": {"Service": ["ec2.amazonaws.com"]},
        "Action": ["sts:AssumeRole"],
        "Effect": "Allow",
    }
    live = deployed(ROLE, scope())
    document = json.dumps({"Statement": statement, "Version": "2012-10-17"})
    scope().client("iam").update_assume_role_policy(RoleName="Role", PolicyDocument=document)
    assert differences(ROLE, read_back(ROLE, scope(), live.outputs)) == ()


def test_an_inline_policy_of_others_is_theirs_and_one_no_longer_desired_goes(scope: MakeScope) -> None:
    live = deployed(ROLE, scope())
    policy = json.dumps(allow("s3:ListBucket"))
    scope().client("iam").put_role_policy(RoleName="Role", PolicyName="theirs", PolicyDocument=policy)
    wanted = replace(ROLE, inline_policies={})
    live = read_back(wanted, scope(), live.outputs)
    assert others(wanted, live, ROLE.properties()) == ("inline policy theirs",)
    wanted.update(scope(), live.outputs, differences(wanted, live, ROLE.properties()))
    assert list(read_back(wanted, scope(), live.outputs).properties["inline_policies"]) == ["theirs"]


def test_the_policy_that_revokes_sessions_is_never_ours_whatever_a_record_says(scope: MakeScope) -> None:
    live = deployed(ROLE, scope())
    revoking = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    name = "AWSRevokeOlderSessions"
    scope().client("iam").put_role_policy(RoleName="Role", PolicyName=name, PolicyDocument=json.dumps(revoking))
    recorded = {**ROLE.properties(), "inline_policies": {**ROLE.inline_policies, name: revoking}}
    live = read_back(ROLE, scope(), live.outputs)
    assert differences(ROLE, live, recorded) == ()
    assert others(ROLE, live, recorded) == (f"inline policy {name}",)


def test_inline_policies_are_written_and_deleted_side_by_side(scope: MakeScope, cloud: Wire) -> None:
    several = replace(ROLE, inline_policies={"ours": allow("s3:GetObject"), "more": allow("s3:PutObject")})
    live = several.create(scope())
    with cloud.all_at_once(2):
        several.update(scope(), live.outputs, differences(several, live))
    assert len(read_back(several, scope(), live.outputs).properties["inline_policies"]) == 2
    with cloud.recorded() as calls:
        several.delete(scope(), live.outputs)
    assert [call.operation for call in calls] == ["DeleteRolePolicy", "DeleteRolePolicy", "DeleteRole"]


def test_what_denies_is_written_before_what_allows_and_deleted_after_it(scope: MakeScope, cloud: Wire) -> None:
    deny = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}
    limited = replace(ROLE, inline_policies={"deny": deny, "allow": allow("s3:GetObject")})
    live = limited.create(scope())
    with cloud.recorded() as calls:
        limited.update(scope(), live.outputs, differences(limited, live))
        limited.delete(scope(), live.outputs)
    named = [name for call in calls for name in parse_qs(call.body).get("PolicyName", [])]
    assert named == ["deny", "allow", "allow", "deny"]


def test_what_locks_a_role_goes_after_all_that_it_allows(scope: MakeScope, cloud: Wire) -> None:
    live = deployed(ROLE, scope())
    lock = "arn:aws:iam::aws:policy/AWSDenyAll"
    scope().client("iam").attach_role_policy(RoleName="Role", PolicyArn=lock)
    destroying = scope(allowed=frozenset({DETACH_FOREIGN}), also_removed=frozenset({f"{ATTACHED} {lock}"}))
    with cloud.recorded() as calls:
        ROLE.delete(destroying, live.outputs)
    assert [call.operation for call in calls] == ["DeleteRolePolicy", "DetachRolePolicy", "DeleteRole"]


def test_iam_may_refuse_one_of_several_writes_which_is_sent_again(scope: MakeScope, cloud: Wire) -> None:
    several = replace(ROLE, inline_policies={"ours": allow("s3:GetObject"), "more": allow("s3:PutObject")})
    live = several.create(scope())
    cloud.refuse("PutRolePolicy", "ConcurrentModification", status=409)
    several.update(scope(), live.outputs, differences(several, live))
    assert len(read_back(several, scope(), live.outputs).properties["inline_policies"]) == 2


def test_an_inline_policy_that_others_changed_is_written_again(scope: MakeScope) -> None:
    live = deployed(ROLE, scope())
    policy = json.dumps(allow("s3:*"))
    scope().client("iam").put_role_policy(RoleName="Role", PolicyName="ours", PolicyDocument=policy)
    live = read_back(ROLE, scope(), live.outputs)
    found = differences(ROLE, live)
    assert [item.path for item in found] == ["inline_policies.ours"]
    ROLE.update(scope(), live.outputs, found)
    assert read_back(ROLE, scope(), live.outputs).properties["inline_policies"] == ROLE.inline_policies


def test_a_role_with_a_policy_of_others_is_not_deleted_and_keeps_it(scope: MakeScope) -> None:
    live, said = deployed(ROLE, scope()), list[str]()
    policy = json.dumps(allow("s3:ListBucket"))
    scope().client("iam").put_role_policy(RoleName="Role", PolicyName="theirs", PolicyDocument=policy)
    with pytest.raises(ClientError) as raised:
        ROLE.delete(scope(progress=said.append), live.outputs)
    assert code_of(raised.value) == "DeleteConflict"
    assert said[0] == "waiting for AWS to catch up (delete_role: DeleteConflict)"
    assert list(read_back(ROLE, scope(), {}).properties["inline_policies"]) == ["theirs"]


def test_a_name_that_differs_in_letter_case_only_is_taken(scope: MakeScope) -> None:
    scope().client("iam").create_role(RoleName="ROLE", AssumeRolePolicyDocument=json.dumps(trust()))
    with pytest.raises(AwsError, match="EntityAlreadyExists"):
        create_or_adopt(ROLE, scope(), scope().owner)


def test_the_boundary_is_there_from_the_first_moment(scope: MakeScope, cloud: Wire) -> None:
    live = replace(ROLE, permissions_boundary=READ_ONLY).create(scope())
    assert READ_ONLY in cloud.calls[-1].text
    assert read_back(ROLE, scope(), live.outputs).properties["permissions_boundary"] == READ_ONLY


def test_a_role_that_was_deleted_and_recreated_by_others_has_another_id(scope: MakeScope) -> None:
    live = deployed(ROLE, scope())
    ROLE.delete(scope(), live.outputs)
    scope().client("iam").create_role(RoleName="Role", AssumeRolePolicyDocument=json.dumps(trust()))
    stranger = read_back(ROLE, scope(), live.outputs)
    assert stranger.outputs["role_id"] != live.outputs["role_id"]
    assert stranger.owner is None


def test_a_boundary_that_is_not_there_or_of_another_account_is_reported_before_anything_is_created(scope: MakeScope) -> None:
    made = scope().client("iam").create_policy(PolicyName="B", PolicyDocument=json.dumps(allow("s3:*")))["Policy"]["Arn"]
    for name in (None, made, READ_ONLY):
        assert list(replace(ROLE, permissions_boundary=name).precheck(scope())) == []
    for name, what in {
        "arn:aws:iam::210987654321:policy/B": "belongs to account 210987654321",
        "arn:aws:iam::123456789012:policy/C": "policy/C does not exist",
        f"{READ_ONLY}s": f"{READ_ONLY}s does not exist",
    }.items():
        [found] = replace(ROLE, permissions_boundary=name).precheck(scope())
        assert what in found.what
        assert "Name a policy of account 123456789012" in found.advice


@pytest.mark.parametrize("path", ["/aws-service-role/batch.amazonaws.com/", "/aws-reserved/sso.amazonaws.com/eu-west-1/"])
def test_a_role_that_only_aws_changes_cannot_be_used(path: str, scope: MakeScope) -> None:
    iam = scope().client("iam")
    iam.create_role(RoleName="Theirs", Path=path, AssumeRolePolicyDocument=json.dumps(trust()))
    iam.create_role(RoleName="Free", Path="/aws/", AssumeRolePolicyDocument=json.dumps(trust()))
    assert IamRole(name="Free", trust={}).why_unusable(scope()) == ""
    assert IamRole(name="Theirs", trust={}).why_unusable(scope()) == (
        f"the role Theirs (path {path}) can be changed by AWS only; name a role of your own"
    )
    with pytest.raises(ClientError) as caught:  # as AWS says it
        iam.attach_role_policy(RoleName="Theirs", PolicyArn=READ_ONLY)
    assert code_of(caught.value) == "UnmodifiableEntity"


def test_a_policy_for_service_linked_roles_is_no_boundary(scope: MakeScope) -> None:
    boundary = "arn:aws:iam::aws:policy/aws-service-role/BatchServiceRolePolicy"
    [found] = replace(ROLE, permissions_boundary=boundary).precheck(scope())
    assert found.what.endswith("is for service-linked roles, and IAM attaches it to no other role")
