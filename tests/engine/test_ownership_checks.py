"""What is looked at again right before a resource gets our owner tags, where the plan is old."""

from dataclasses import replace

import pytest

from bootstrap.core.owner import Owner
from bootstrap.core.plan import Action, Change
from bootstrap.engine.ownership_checks import still_nobodys
from bootstrap.errors import UnmanagedResource
from bootstrap.resources.iam.role import IamRole
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
