"""What the page of a review says about costs, the operator's power and what stays."""

from dataclasses import replace

from bootstrap.integrations import integrations
from bootstrap.views.report_afterwards import OPERATOR_RAISES, SESSIONS
from tests.views.test_report import Read, as_json, of, page


def section(name: str, key: str, following: str) -> str:
    text = page(of(name))
    return Read(text[text.index(f'<section id="{key}"') : text.index(f'<section id="{following}"')]).text


def test_what_can_be_made_at_ones_cost_is_named_and_that_nothing_limits_how_much() -> None:
    costs = section("upsolver-private-vpc", "costs", "operator")
    assert "machines (ec2:RunInstances, ec2:StartInstances, ec2:RequestSpotInstances)" in costs
    assert "only the quotas of the account limit that" in costs
    assert "AWS may charge for these: " in section("biomodal-duet", "costs", "operator")
    assert "only the quotas" not in section("snowflake-s3", "costs", "operator")
    assert as_json(of("upsolver-private-vpc"))["can_create"]["queries"] == [
        *("athena:StartQueryExecution", "athena:StartSession")
    ]


def test_what_stays_after_a_destroy_is_named_by_kind_and_sessions_are_explained() -> None:
    removal = section("upsolver-private-vpc", "removal", "made")
    assert "They can make: machines (ec2:RunInstances, " in removal
    assert "databases and tables of Glue (glue:CreateDatabase, " in removal
    assert SESSIONS in removal
    assert "They can make" not in section("snowflake-s3", "removal", "made")
    assert "Role atc-node, which existed before: what was added to it is taken away." in section(
        "aspera-atc", "removal", "made"
    )


def test_no_vendor_is_said_to_go_on_for_an_hour_without_the_role() -> None:
    """AWS asks for a role's permissions at each request, so a session of a role that is gone can do nothing."""
    assert [name for name, found in integrations().items() if "an hour" in " ".join(found.side_effects)] == []


def test_the_operators_power_stands_beside_the_verdict() -> None:
    report = of("databricks-unity-catalog")
    head, _, _ = Read(page(report)).text.partition("Page that proves")
    assert OPERATOR_RAISES in head
    assert OPERATOR_RAISES not in page(replace(report, operator_raises=()))
