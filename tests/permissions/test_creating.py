"""What somebody can create with the permissions of a page."""

from bootstrap.permissions.actions import table
from bootstrap.permissions.creating import COSTING, FREE, SPENT, created
from bootstrap.permissions.powers import powers_of
from tests.permissions.test_cannot import role, says


def test_each_kind_is_named_with_the_actions_that_create_it() -> None:
    powers = powers_of([role(says("ec2:RunInstances", "ec2:Start*", "ec2:Describe*", "s3:GetObject"))], table())
    assert created(powers, table(), COSTING) == {"machines": ("ec2:RunInstances", "ec2:StartInstances")}
    assert created(powers, table(), FREE) == {}


def test_what_costs_money_unused_is_named_as_that() -> None:
    powers = powers_of(
        [role(says("athena:*Capacity*", "ec2:PurchaseReservedInstancesOffering", "ec2:CreateNatGateway"))], table()
    )
    found = created(powers, table(), COSTING)
    assert found["reservations and purchases, which cost money whether they are used or not"] == (
        *("athena:CreateCapacityReservation", "athena:UpdateCapacityReservation"),
        "ec2:PurchaseReservedInstancesOffering",
    )
    assert found["addresses, gateways and endpoints"] == ("ec2:CreateNatGateway",)


def test_no_purchase_or_reservation_of_aws_is_left_out() -> None:
    """By its name; what only changes, moves or shares one is none."""
    patterns = [pattern for actions in COSTING.values() for pattern in actions]
    known = {each.name for pattern in patterns for each in table().matching(pattern)}
    services = ("athena", "ec2", "rds", "redshift", "redshift-serverless", "elasticache", "memorydb", "es", "dynamodb")
    orders = ("Create*Capacity*Reservation", "CreateReservation", "Purchase*")
    missing = {each.name for one in services for order in orders for each in table().matching(f"{one}:{order}")} - known
    assert missing == set()


def test_what_is_sent_or_read_costs_money_and_leaves_nothing_to_name() -> None:
    found = created(powers_of([role(says("sns:Publish", "cloudwatch:Get*", "ce:GetCostAndUsage"))], table()), table(), SPENT)
    assert found["messages, mail, SMS, events and records"] == ("sns:Publish",)
    assert set(found["reads that AWS charges for"]) >= {"cloudwatch:GetMetricData", "ce:GetCostAndUsage"}
    assert SPENT.keys().isdisjoint({**COSTING, **FREE})


def test_what_is_denied_everywhere_is_not_created() -> None:
    powers = powers_of([role(says("ec2:*"), says("ec2:RunInstances", "ec2:CreateTags", effect="Deny"))], table())
    assert "ec2:RunInstances" not in created(powers, table(), COSTING)["machines"]
    assert "tags" not in created(powers, table(), FREE)


def test_each_action_is_one_of_aws() -> None:
    patterns = [pattern for kinds in (COSTING, FREE, SPENT) for actions in kinds.values() for pattern in actions]
    assert [pattern for pattern in patterns if not table().matching(pattern)] == []
