"""What is looked at again right before a resource gets our owner tags, where the plan is old."""

from dataclasses import replace
from datetime import datetime

import pytest
from moto.s3.models import s3_backends

from bootstrap.core.owner import Owner
from bootstrap.core.plan import Action, Change
from bootstrap.engine.ownership_checks import still_nobodys
from bootstrap.errors import UnmanagedResource
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.s3.bucket import S3Bucket
from tests.conftest import MakeScope
from tests.support.samples import trust

ROLE = IamRole(name="R", trust=trust())
OURS = Owner("prod", "role", "1" * 16)


def test_what_somebody_took_or_replaced_since_the_plan_is_not_tagged(scope: MakeScope) -> None:
    here = replace(scope(), owner=OURS)
    with pytest.raises(UnmanagedResource, match="was deleted or replaced by somebody else"):
        still_nobodys(Change(address="role", action=Action.ADOPT, resource=ROLE, reason=""), ROLE, here, OURS)
    iam = here.client("iam")
    iam.create_role(RoleName="R", AssumeRolePolicyDocument="{}")
    live = ROLE.read(here.fresh(), {})
    assert live is not None
    change = Change(address="role", action=Action.ADOPT, resource=ROLE, reason="", outputs=live.outputs)
    still_nobodys(change, ROLE, here.fresh(), OURS)
    other = replace(change, outputs={**live.outputs, "role_id": "AROAOTHER"})
    with pytest.raises(UnmanagedResource, match="was deleted or replaced by somebody else"):
        still_nobodys(other, ROLE, here.fresh(), OURS)
    theirs = Owner("theirs", "role", "2" * 16).tags()
    iam.tag_role(RoleName="R", Tags=[{"Key": key, "Value": value} for key, value in theirs.items()])
    with pytest.raises(UnmanagedResource, match=r"was taken by deployment 'theirs' \(role\)"):
        still_nobodys(change, ROLE, here.fresh(), OURS)


def test_a_bucket_that_was_deleted_and_made_again_since_the_plan_is_not_tagged(scope: MakeScope) -> None:
    """It has no id, but a date."""
    here, bucket = replace(scope(), owner=OURS), S3Bucket(name="acme-data")
    s3 = here.client("s3")
    s3.create_bucket(Bucket="acme-data")
    s3_backends[here.account.id]["aws"].buckets["acme-data"].creation_date = datetime(2026, 1, 1)
    live = bucket.read(here.fresh(), {})
    assert live is not None and live.created_at
    shown = Change(
        address="bucket",
        action=Action.ADOPT,
        resource=bucket,
        reason="",
        outputs=live.outputs,
        created_at=live.created_at,
    )
    still_nobodys(shown, bucket, here.fresh(), OURS)
    s3.delete_bucket(Bucket="acme-data")
    s3.create_bucket(Bucket="acme-data")
    with pytest.raises(UnmanagedResource, match="acme-data was deleted or replaced by somebody else"):
        still_nobodys(shown, bucket, here.fresh(), OURS)
