"""Where moto says less of an account of an organization than AWS does (see `sandbox/moto/corrections.py`)."""

from typing import Any

from moto.organizations.models import FakeAccount, organizations_backends
from moto.organizations.utils import PAGINATION_MODEL
from moto.utilities.utils import get_partition

from bootstrap.sandbox.moto.patching import Method, wrap_method


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _an_account_has_a_path()
    PAGINATION_MODEL["list_accounts"].update(limit_default=20, unique_attribute="Id")  # as AWS's; moto has 100


def _an_account_has_a_path() -> None:
    """moto says nothing of the units above an account; AWS has the path from the organization down to it. A closed account
    is CLOSED at AWS, and SUSPENDED in moto."""

    def describe(original: Method, account: FakeAccount) -> dict[str, Any]:
        organization = organizations_backends[account.master_account_id][get_partition(account.region)]
        parents = {each.id: each.parent_id or "" for each in organization.ou}
        steps, above = [account.id], account.parent_id
        while above:
            steps, above = [above, *steps], parents.get(above, "")
        path = "/".join([account.organization_id, *steps, ""])
        state = "CLOSED" if account.state == "SUSPENDED" else account.state
        return {**original(account), "Paths": [path], "State": state}

    wrap_method(FakeAccount, "describe", describe)
