"""What a preflight came to: what is missing, and the policy to ask for."""

from typing import Any

from bootstrap.core.account import DEFAULT
from bootstrap.permissions.operator import Need
from bootstrap.permissions.preflight import PermissionCheck, Preflight, group_identical
from tests.permissions.test_simulator import BUCKET, PASSED, ROLE, need


def checked(verdict: Any, *needs: Need, later: bool = False) -> PermissionCheck:
    return PermissionCheck(needs=needs, later=later, verdict=verdict, why="")


def test_identical_needs_are_one_check() -> None:
    first, second = need("iam:GetRole", ROLE), need("iam:GetRole", ROLE, address="attachment")
    other = need("iam:GetRole", ROLE, PASSED)
    assert group_identical([first, other, second]) == [(first, second), (other,)]
    assert checked("missing", first, second).addresses == "role, attachment"


def test_the_policy_to_ask_for_has_only_what_is_missing() -> None:
    found = Preflight(
        (
            checked("missing", need("iam:CreateRole", ROLE)),
            checked("missing", need("iam:DeleteRole", ROLE), later=True),
            checked("missing", need("s3:CreateBucket", BUCKET, account="other")),
            checked("unknown", need("s3:GetObject", BUCKET)),
            checked("allowed", need("iam:TagRole", ROLE)),
        )
    )
    assert {alias: [each["Statement"] for each in documents] for alias, documents in found.policies.items()} == {
        DEFAULT: [[{"Effect": "Allow", "Action": ["iam:CreateRole", "iam:DeleteRole"], "Resource": [ROLE]}]],
        "other": [[{"Effect": "Allow", "Action": ["s3:CreateBucket"], "Resource": [BUCKET]}]],
    }
    assert (len(found.missing), len(found.unknown)) == (3, 1)
