"""What somebody can create with the permissions of a page."""

from bootstrap.permissions.actions import table
from bootstrap.permissions.creating import COSTING, FREE, created
from bootstrap.permissions.powers import powers_of
from tests.permissions.test_cannot import role, says


def test_each_kind_is_named_with_the_actions_that_create_it() -> None:
    powers = powers_of([role(says("ec2:RunInstances", "ec2:Start*", "ec2:Describe*", "s3:GetObject"))], table())
    assert created(powers, table(), COSTING) == {"machines": ("ec2:RunInstances", "ec2:StartInstances")}
    assert created(powers, table(), FREE) == {}


def test_what_is_denied_everywhere_is_not_created() -> None:
    powers = powers_of([role(says("ec2:*"), says("ec2:RunInstances", "ec2:CreateTags", effect="Deny"))], table())
    assert "ec2:RunInstances" not in created(powers, table(), COSTING)["machines"]
    assert "tags" not in created(powers, table(), FREE)


def test_each_action_is_one_of_aws() -> None:
    patterns = [pattern for kinds in (COSTING, FREE) for actions in kinds.values() for pattern in actions]
    assert [pattern for pattern in patterns if not table().matching(pattern)] == []
