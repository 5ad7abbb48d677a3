"""What the page of a review says about costs, the operator's power and what stays."""

import json
from dataclasses import replace

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.integrations import integrations
from bootstrap.operations.review import report_of_inputs
from bootstrap.permissions.cage import Cage
from bootstrap.permissions.credential_set import CredentialSet
from bootstrap.permissions.operator import Need
from bootstrap.views import report_fleet
from bootstrap.views.report_afterwards import OPERATOR_RAISES
from bootstrap.views.report_removal import FILE_STAYS, PROMISES, RECEIPT, SESSIONS
from tests.conftest import ROOT
from tests.views.test_report import MADE, Read, as_json, of, page


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


def test_what_is_sent_delivered_or_read_costs_too_and_what_an_option_leaves_running_is_named() -> None:
    found = as_json(of("datadog"))["can_create"]
    assert found["messages, mail, SMS, events and records"] == ["sns:Publish"]
    assert found["deliveries of logs, with what receives them"] == ["logs:PutSubscriptionFilter"]
    assert "messages, mail" not in section("datadog", "removal", "made")
    running = "Upsolver cannot terminate the machines that a spot request starts: they cost money"
    assert running not in section("upsolver-vpc", "costs", "operator")
    hard = report_of_inputs(integrations()["upsolver-vpc"], {"harden": True}, MADE)
    assert running in Read(page(hard)).text.partition("Costs")[2]


def test_what_stays_after_a_destroy_is_named_by_kind_and_sessions_are_explained() -> None:
    removal = section("upsolver-private-vpc", "removal", "made")
    assert "They can make: machines (ec2:RunInstances, " in removal
    assert "databases and tables of Glue (glue:CreateDatabase, " in removal
    assert SESSIONS in removal
    assert "They can make" not in section("snowflake-s3", "removal", "made")
    assert "Role atc-node, which existed before: what was added to it is removed." in section(
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


def test_the_operators_power_has_a_risk_and_a_policy_that_ends_it() -> None:
    needs = section("upsolver-private-vpc", "operator", "removal")
    [limit] = of("upsolver-private-vpc").operator_limits.values()
    assert "high" in needs.partition("What limits it")[2][:30]
    assert json.dumps(limit, indent=2) in needs
    assert "Write the name of your own policy for NAME-OF-YOUR-BOUNDARY" in needs
    assert "nor remove it (iam:DeleteRolePermissionsBoundary, which a create needs only to" in needs
    assert "iam:UpdateRole gives no permission" in needs
    assert "A role that existed before needs the boundary first." in section("aspera-atc", "operator", "removal")
    content = as_json(of("upsolver-private-vpc"))
    assert (content["operator_risk"], content["operator_limits"]) == ("high", {EXAMPLE.id: limit})


def needs_on(*arns: str) -> Cage:
    needs = tuple(Need(account="default", on="create", action="iam:CreateRole", arn=each, reason="") for each in arns)
    return Cage("create prod", (CredentialSet("default", "iam", needs, {}, ("role",)),))


@pytest.mark.parametrize(
    ("arns", "said"),
    [
        (["arn:a", "arn:b"], "Each of these 2 permissions is for a named resource: plan "),
        (["arn:a", "arn:b/*"], "1 of these 2 permissions is for a named resource; 1 is for a pattern of names or ids: plan"),
        (["arn:a/*", "*"], "for a pattern of names or ids and 1 is for any resource, as AWS limits them to none: plan"),
    ],
)
def test_the_cage_is_explained_by_what_it_does_for_whoever_approves_it(arns: list[str], said: str) -> None:
    text = page(replace(of("snowflake-s3"), cage=needs_on(*arns)))
    assert "its credentials have only the permissions that the plan needs" in text
    assert said in text
    assert "characters together" not in text


def test_each_promise_about_a_destroy_names_a_test_that_exists() -> None:
    named = [name for tests in (*PROMISES.values(), *report_fleet.PROMISES.values()) for name in tests]
    assert [name for name in named if not (ROOT / "tests" / name).is_file()] == []
    removal = section("snowflake-s3", "removal", "made")
    assert [promise for promise in PROMISES if promise not in removal] == []


def test_what_stays_names_full_buckets_what_was_read_and_the_file_and_the_receipt_is_explained() -> None:
    removal = section("upsolver-vpc", "removal", "made")
    assert RECEIPT in removal
    assert FILE_STAYS in removal
    assert "What Upsolver has read by then: it is at Upsolver." in removal
    assert "Bucket us-east-1-upsolver-example, if anything is in it: destroy then stops before its first" in removal
    assert "Bucket " not in section("databricks-workspace", "removal", "made").partition("What stays")[2]
    assert "has read by then" not in section("biomodal-duet", "removal", "made")  # nobody from outside gets in


def test_the_steps_before_a_destroy_are_the_readers_and_say_what_is_not_verified() -> None:
    removal = section("snowflake-s3", "removal", "made")
    assert "Do this yourself, in this order: destroy shows it before it asks, and cannot check it." in removal
    assert "is in Dangers, under Not verified" in removal
    none = replace(of("snowflake-s3"), handoff=replace(of("snowflake-s3").handoff, before_destroy=()))
    assert "Do this yourself" not in Read(page(none)).text


def test_the_settings_of_each_role_are_on_the_page_and_those_of_an_existing_one_are_not() -> None:
    what = section("databricks-unity-catalog", "access", "dangers")
    assert "Settings of role databricks-unity-catalog" in what
    assert "1 hour (MaxSessionDuration 3600)" in what
    assert "the owner tags bootstrap:deployment, bootstrap:address, bootstrap:lineage" in what
    assert "MaxSessionDuration" in section("upsolver-private-vpc", "access", "dangers").partition("ServerRole")[2]
    assert "Settings of role atc-node" not in section("aspera-atc", "access", "dangers")
    settings = as_json(of("databricks-unity-catalog"))["access"][0]["settings"]
    assert set(settings) == {"path", "description", "tags"}
    [policy] = [each for each in as_json(of("upsolver-data-access"))["resources"] if each["kind"] == "iam_policy"]
    assert "path" in policy["settings"]
    assert "document" not in policy["settings"]  # it is with the role
    assert policy["policies"] == {}
