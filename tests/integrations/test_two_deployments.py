"""Two deployments of one integration in the same account and region: neither takes or changes anything of the other."""

from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.integrations import integration
from tests.conftest import MakeScope
from tests.support.deployments import Deployment, everything_in
from tests.support.inputs import EVERYTHING, NEW_IN_KIND, OTHERWISE, WAYS

OWN: dict[str, dict[str, Any]] = {
    "biomodal-duet": {"bucket": "acme-two"},
    "upsolver-vpc": {"org_id": "two"},
    "upsolver-private-vpc": {"org_id": "two"},
}
"""What a second deployment has to choose besides --role-prefix: names of buckets are unique in the whole world."""


@pytest.mark.parametrize("way", [way for way in WAYS if way not in NEW_IN_KIND])
def test_the_one_comes_and_goes_and_nothing_of_the_other_changes(way: str, scope: MakeScope, tmp_path: Path) -> None:
    """What an account shares stays while the other needs it; see `resources/iam/test_oidc_provider.py`."""
    name, otherwise = OTHERWISE.get(way, (way, {}))
    given = {**EVERYTHING[name], **otherwise}
    one = Deployment(from_inputs(integration(name), {**given, "role_prefix": ""}), scope(), tmp_path, name="one")
    second = {**given, "role_prefix": "two-", **OWN.get(name, {})}
    two = Deployment(from_inputs(integration(name), second), scope(), tmp_path, name="two")
    accounts = [one.scope_of(alias) for alias in one.session.accounts]
    empty = [everything_in(account) for account in accounts]
    one.create()
    alone = [everything_in(account) for account in accounts]
    two.create()
    two.destroy()
    assert [everything_in(account) for account in accounts] == alone
    two.create()
    one.destroy()
    assert two.create() == []
    two.destroy()
    assert [everything_in(account) for account in accounts] == empty
