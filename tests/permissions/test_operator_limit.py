"""What keeps whoever runs bootstrap from giving a role more than a permissions boundary allows."""

from typing import Any

import pytest

from bootstrap.core.policy import as_list
from bootstrap.integrations import integrations
from bootstrap.operations.review import report_of_inputs
from bootstrap.permissions.actions import table
from bootstrap.permissions.cannot import raising_in
from bootstrap.permissions.operator_limit import BOUNDED, NAME
from bootstrap.permissions.report import Made, Report
from tests.support.inputs import EVERYTHING

BOUNDARY = "arn:aws:iam::123456789012:policy/Most"


def of(name: str, **inputs: Any) -> Report:
    return report_of_inputs(integrations()[name], inputs, Made("1.0", "2026-11-27"))


@pytest.mark.parametrize("name", integrations())
@pytest.mark.parametrize("inputs", [{}, {"permissions_boundary": BOUNDARY}], ids=["as it is", "with a boundary"])
def test_with_the_limit_the_operator_of_no_integration_can_gain_more(name: str, inputs: dict[str, str]) -> None:
    found = of(name, **inputs)
    assert found.operator_raises
    assert raising_in([*found.operator.values(), *found.operator_limits.values()]) == ()


def test_the_limit_names_the_boundary_that_was_given_and_leaves_room_for_another() -> None:
    [(account, limit)] = of("upsolver-private-vpc", permissions_boundary=BOUNDARY).operator_limits.items()
    roles, stays, content = limit["Statement"]
    assert account == "123456789012"
    assert roles["Resource"] == [
        f"arn:aws:iam::123456789012:role/{each}" for each in ("UpsolverManagementRole", "UpsolverServerRole")
    ]
    assert roles["Condition"] == {"StringNotEquals": {"iam:PermissionsBoundary": BOUNDARY}}
    assert (stays["Action"], content["Resource"]) == ("iam:DeleteRolePermissionsBoundary", BOUNDARY)
    [without] = of("upsolver-private-vpc").operator_limits.values()
    assert without["Statement"][2]["Resource"] == f"arn:aws:iam::123456789012:policy/{NAME}"


def test_each_account_has_a_limit_of_its_own() -> None:
    found = of("aspera-atc", **EVERYTHING["aspera-atc"]).operator_limits
    assert len(found) == 2
    for account, limit in found.items():
        assert all(f"::{account}:" in arn for each in limit["Statement"] for arn in as_list(each["Resource"]))


def test_aws_knows_the_condition_on_each_action_that_the_limit_denies() -> None:
    """On an action without the key, StringNotEquals would deny every request."""
    assert all("iam:permissionsboundary" in each.keys for name in BOUNDED for each in table().matching(name))
    assert all(map(table().matching, BOUNDED))
