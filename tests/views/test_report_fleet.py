"""What the page of a fleet says that no page of one account does."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from bootstrap.core.checked_inputs import checked
from bootstrap.integrations import integration
from bootstrap.operations.review import Report, report_of_inputs
from bootstrap.permissions.report import Made, Recorded
from bootstrap.views import report_html, report_json, report_markdown
from bootstrap.views.report_blocks import Cell, Code, Table
from bootstrap.views.report_fleet import PROMISES, STOPS, fleet, limits_of_operator
from bootstrap.views.report_removal import PROMISES as OF_ONE_ACCOUNT, removal
from tests.views.test_report import Read

UNIT = ("ou-abcd-12345678",)
A, B, C = "111122223333", "444455556666", "777788889999"
ROLES = {"admin_role": "arn:aws:iam::123456789012:role/Admin", "execution_role": "Exec", "account": (A,)}


@cache
def of(**where: str | bool | tuple[str, ...]) -> Report:
    kind = integration("datadog-fleet")
    given = {"external_id": "x123", "site": "datadoghq.com", **where}
    listed = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    return report_of_inputs(kind, checked(kind, listed), Made("1.0", "2026-11-27"))


def facts(report: Report) -> Mapping[str, Cell]:
    assert report.fleet
    [table] = [each for each in fleet(report, report.fleet) if isinstance(each, Table)]
    return {row[0].lines[0]: row[1] for row in table.rows}


def said(report: Report, fact: str) -> str:
    return "; ".join(facts(report)[fact].lines)


def test_the_model_of_permissions_says_as_whom_cloudformation_acts() -> None:
    assert "service-managed, by the management account; CloudFormation acts in each account with a role that AWS" in said(
        of(organizational_unit=UNIT), "Permission model"
    )
    delegated = of(organizational_unit=UNIT, delegated_admin=True)
    assert "by a delegated administrator for StackSets" in said(delegated, "Permission model")
    own = said(of(**ROLES), "Permission model")
    assert own.startswith("self-managed; CloudFormation acts as arn:aws:iam::123456789012:role/Admin, and in each account")


@pytest.mark.parametrize(
    ("inputs", "joins", "leaves"),
    [
        ({"organizational_unit": UNIT}, "get nothing by themselves", "keep their stack and what it made"),
        ({"organizational_unit": UNIT, "account": (A,)}, "get nothing, until a create names them", "keep their stack"),
        (
            {"organizational_unit": UNIT, "auto_deployment": True},
            "AWS creates the stack in each account that joins the units",
            "AWS deletes the stack in each account that leaves the units",
        ),
        (ROLES, "get nothing, until a create names them", "keep their stack, until a create without them or a destroy"),
    ],
)
def test_it_says_what_becomes_of_accounts_that_join_or_leave(inputs: dict[str, Any], joins: str, leaves: str) -> None:
    report = of(**inputs)
    assert joins in said(report, "Accounts that join later")
    assert leaves in said(report, "Accounts that leave")


def test_it_says_which_account_is_first_how_fast_it_goes_and_when_it_stops() -> None:
    report = of(organizational_unit=UNIT, canary=A, failure_tolerance="2", max_concurrent="5")
    assert said(report, "Canary: the first account").startswith(f"{A}: each change is made there first")
    assert said(report, "Accounts at a time") == "5"
    assert said(report, "Failures that are tolerated").startswith("2: if more accounts fail")
    looked_up = of(organizational_unit=UNIT)
    assert said(looked_up, "Canary: the first account").startswith("an active account of the units: create looks up which")
    for found in (of(organizational_unit=UNIT, canary="none"), replace(looked_up, recorded=Recorded("prod"))):
        assert said(found, "Canary: the first account") == "none: CloudFormation begins with 10 accounts at once"


@pytest.mark.parametrize(("tolerance", "strict"), [("0", 1), ("2", 3), ("40", 10)])
def test_it_says_with_how_many_accounts_it_begins_and_what_the_default_of_aws_would_do(tolerance: str, strict: int) -> None:
    mode = said(of(organizational_unit=UNIT, failure_tolerance=tolerance), "Concurrency mode")
    assert mode.startswith("SOFT_FAILURE_TOLERANCE: so many accounts are under way at a time from the beginning")
    assert mode.endswith(f"STRICT_FAILURE_TOLERANCE, it would begin with {strict} at a time")


def test_it_has_what_else_is_sent_for_the_stackset() -> None:
    report = of(organizational_unit=UNIT, tag=("team=data",))
    assert said(report, "Capabilities") == "CAPABILITY_NAMED_IAM"
    assert said(report, "Managed execution").startswith("on: ")
    assert said(report, "Tags of the StackSet").startswith("team=data; the owner tags bootstrap:deployment, ")
    assert report_json.content_of(report)["fleet"]["tags"] == {"team": "data"}
    text = Read("\n".join(report_html.page_of(report))).text
    assert "none in the template: CloudFormation gives it those of the StackSet; team=data; the owner tags" in text


def test_the_management_account_is_not_in_a_fleet_that_aws_manages() -> None:
    about = "The organization's management account"
    assert said(of(organizational_unit=("r-abcd",)), about).startswith("not part of the fleet")
    assert about not in facts(of(**ROLES))


def test_it_has_the_values_that_differ_by_account_and_those_of_all_others() -> None:
    report = of(organizational_unit=UNIT, account_values=f"account_id,external_id\n{B},y456\n{A},z789\n")
    assert said(report, "Values of its own for an account") == f"{A}: ExternalId = z789; {B}: ExternalId = y456"
    assert said(report, "Values for all other accounts") == "ExternalId = x123"
    many = "".join(f"1111222233{number},v{number}\n" for number in range(10, 40))
    cell = facts(of(organizational_unit=UNIT, account_values=f"account_id,external_id\n{many}"))[
        "Values of its own for an account"
    ]
    assert (len(cell.lines), len(cell.more), cell.title) == (10, 20, "and 20 more")
    alike = facts(of(organizational_unit=UNIT))
    assert "Values for all accounts" in alike and "Values for all other accounts" not in alike
    each_its_own = facts(of(organizational_unit=UNIT, account=(A,), account_values=f"account_id,external_id\n{A},z789\n"))
    assert not [fact for fact in each_its_own if fact.startswith("Values for all")]


def test_the_template_is_on_the_page_with_the_digest_of_what_is_sent() -> None:
    report = of(organizational_unit=UNIT)
    assert report.fleet
    [code] = [each for each in fleet(report, report.fleet) if isinstance(each, Code)]
    template = json.loads(code.text)
    sent = json.dumps(template, separators=(",", ":"))
    assert hashlib.sha256(sent.encode()).hexdigest() in said(report, "Template")
    assert "DatadogIntegrationRole" in sent and "sts:ExternalId" in sent
    assert report_json.content_of(report)["fleet"]["template"] == template


def test_it_says_who_can_stop_an_operation_and_whether_that_is_the_operator() -> None:
    report = of(organizational_unit=UNIT)
    assert f"whoever has {STOPS} on the StackSet in your account" in said(report, "Who can stop an operation")
    assert "the operator's policy on this page does not have it" in said(report, "Who can stop an operation")
    may = {**report.operator, "more": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": STOPS}]}}
    assert "does not have it" not in said(replace(report, operator=may), "Who can stop an operation")


def test_the_account_of_the_fleet_and_those_in_it_have_two_numbers_and_names() -> None:
    report = of(organizational_unit=UNIT)
    page = "\n".join(report_html.page_of(report))
    head = Read(page).text.partition("Who gets in")[0]
    assert "123456789012 stands for your account and 210987654321 stands for each account of the fleet." in head
    assert ">Each account of the fleet<" in page
    recorded = replace(report, recorded=Recorded("prod"))
    text = report_markdown.page_of(recorded, "x")
    assert "Example values" not in text
    assert "account number 210987654321 stands for each of them on this page" in text


def test_it_says_what_limits_whoever_runs_the_fleet_and_what_does_not() -> None:
    def limits(**inputs: Any) -> dict[str, str]:
        report = of(**inputs)
        assert report.fleet
        return {row[0].lines[0]: row[1].lines[0] for row in limits_of_operator(report, report.fleet).rows}

    targets, types, region, template, *_ = limits(organizational_unit=UNIT)
    assert targets.endswith("arn:aws:cloudformation:*:123456789012:stackset-target/datadog-fleet:*/ou-abcd-12345678")
    assert types.endswith("in place of type/resource/*, type/resource/AWS-IAM-Role")
    found = limits(organizational_unit=UNIT)
    assert found[targets].startswith("helps: other units are out of reach; in these, all stays possible")
    assert found[types].startswith("helps little") and found[region].startswith("no help")
    assert found[template].startswith("no help")
    delegated, *_ = limits(organizational_unit=UNIT, delegated_admin=True)
    assert ":*:*:stackset-target/datadog-fleet:*/ou-abcd-12345678" in delegated
    own, *_ = limits(**ROLES)
    assert own.endswith(f"stackset-target/datadog-fleet:*/{A}")


def test_its_removal_is_that_of_a_fleet() -> None:
    report = of(organizational_unit=UNIT)
    [table] = [each for each in removal(report) if isinstance(each, Table)]
    assert {row[0].lines[0] for row in table.rows} == {*PROMISES}
    assert PROMISES.keys().isdisjoint(OF_ONE_ACCOUNT)
    text = Read("\n".join(report_html.page_of(report))).text.partition("What stays or goes on after a destroy")[2]
    assert "in an account that is suspended, or that has left the organization or the units" in text
    assert "Trusted access for StackSets" in text
    assert "In each account: Remove the account from Datadog" in report.handoff.before_destroy[0]
    own = Read("\n".join(report_html.page_of(of(**ROLES)))).text
    assert "The roles arn:aws:iam::123456789012:role/Admin and Exec, with which CloudFormation works: they are yours." in own


def test_one_account_is_no_fleet() -> None:
    report = report_of_inputs(integration("datadog"), {}, Made("1.0", "2026-11-27"))
    assert report.fleet is None
    assert report.inside == report.accounts
    assert "The fleet" not in "\n".join(report_html.page_of(report))
