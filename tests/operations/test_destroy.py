"""What destroy returns and raises, for a program that calls it."""

import json

import pytest

from bootstrap.errors import PlanRefused, RunFailed
from bootstrap.operations import create, destroy, plan_destroy
from tests.operations.conftest import BUCKET, NAME, STATE, Deployed
from tests.support.samples import trust

DELETED = {"bucket", "role", "athena", "cloudformation"}


@pytest.fixture
def created(new: Deployed) -> Deployed:
    create(new.session, new.backend, NAME, new.integration)
    return new


def test_it_prints_nothing_and_proves_that_nothing_is_left(created: Deployed, capfd: pytest.CaptureFixture[str]) -> None:
    deleted = destroy(created.session, created.backend)
    assert capfd.readouterr() == ("", "")
    assert deleted is not None
    assert (deleted.deployment, set(deleted.deleted), deleted.forgotten) == (NAME, DELETED, ())
    assert deleted.receipt.clean
    assert not STATE.exists()
    assert created.backend.destroyed() is not None


def test_data_is_deleted_only_where_the_caller_allows_it(created: Deployed) -> None:
    created.session.aws.client("s3").put_object(Bucket=BUCKET, Key="precious", Body=b"x")
    with created.unchanged():
        assert [change.address for change in plan_destroy(created.session, created.backend).plan.refused] == ["bucket"]
        with pytest.raises(PlanRefused) as caught:
            destroy(created.session, created.backend)
    assert "--delete-data" in caught.value.advice
    deleted = destroy(created.session, created.backend, allowed=frozenset({"delete-data"}))
    assert deleted is not None and set(deleted.deleted) == DELETED


@pytest.mark.parametrize(("effect", "apart"), [("Allow", False), ("Deny", True)])
def test_what_a_role_may_not_do_is_taken_away_after_what_it_may(created: Deployed, effect: str, apart: bool) -> None:
    """Although it was somebody else who made a policy of ours deny something."""
    iam = created.session.aws.client("iam")
    [name, *_] = iam.list_role_policies(RoleName="UpsolverRole")["PolicyNames"]
    changed = {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": "s3:*", "Resource": "*"}}
    iam.put_role_policy(RoleName="UpsolverRole", PolicyName=name, PolicyDocument=json.dumps(changed))
    with created.wire.in_rounds() as rounds:
        destroy(created.session, created.backend)
    detached, deleted = (
        [number for number, calls in enumerate(rounds) if call in calls]
        for call in ("iam.DetachRolePolicy", "iam.DeleteRolePolicy")
    )
    assert [len(detached), len(deleted)] == [1, 1 + apart]
    assert deleted[0] == detached[0] + apart


def test_a_resource_that_somebody_made_anew_is_forgotten_and_stays(created: Deployed) -> None:
    iam = created.session.aws.client("iam")
    role = {"RoleName": "UpsolverRole"}
    for policy in iam.list_attached_role_policies(**role)["AttachedPolicies"]:
        iam.detach_role_policy(**role, PolicyArn=policy["PolicyArn"])
    for name in iam.list_role_policies(**role)["PolicyNames"]:
        iam.delete_role_policy(**role, PolicyName=name)
    iam.delete_role(**role)
    iam.create_role(**role, AssumeRolePolicyDocument=json.dumps(trust()))
    deleted = destroy(created.session, created.backend)
    assert deleted is not None
    assert ("role" in deleted.forgotten, "role" in deleted.deleted) == (True, False)
    assert iam.get_role(**role)


def test_a_search_that_is_denied_is_no_proof(created: Deployed) -> None:
    created.wire.refuse("GetResources", "AccessDeniedException", status=400, times=20)
    with pytest.raises(RunFailed, match="could not be looked for") as caught:
        destroy(created.session, created.backend)
    assert "bootstrap destroy --name acme" in caught.value.advice
    assert STATE.exists()
