"""The page of a fleet, of a plan in a file, and what no page loses."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from bootstrap.core.checked_inputs import checked
from bootstrap.integrations import integration, integrations
from bootstrap.operations.review import Report, report_of_inputs
from bootstrap.permissions.plan_summary import Planned
from bootstrap.permissions.report import Made
from bootstrap.views import report_html, report_json, report_markdown
from bootstrap.views.markdown import escaped
from tests.support.canned import matches
from tests.support.plan_files import first_plan

MADE = Made("1.0", "2026-11-27")
WHOLE = "bootstrap review --integration datadog-fleet --format html --output review.html"
UNIT = "ou-abcd-12345678"


@cache
def fleet(**where: tuple[str, ...]) -> Report:
    kind = integration("datadog-fleet")
    given = {"external_id": "x123", "site": "datadoghq.com", **{name: list(value) for name, value in where.items()}}
    return report_of_inputs(kind, checked(kind, given), MADE)


def formats(report: Report) -> Iterator[str]:
    yield "\n".join(report_html.page_of(report))
    yield report_markdown.page_of(report, WHOLE)
    yield json.dumps(report_json.content_of(report))


@pytest.mark.parametrize(
    ("own", "text"),
    [
        ({}, "every member account of the organization, also outside the fleet, and so act there as an administrator"),
        ({"execution_role": "Exec"}, "each account that has the role Exec, and so act there as Exec may"),
    ],
)
def test_who_runs_a_fleet_can_put_any_template_into_its_accounts(own: dict[str, str], text: str) -> None:
    report = fleet(organizational_unit=("ou-ab12-11111111",))
    page = report_markdown.page_of(replace(report, inputs={**report.inputs, **own}), WHOLE)
    assert page.partition("<details>")[0].count("High risk, from whoever runs bootstrap: with the policy") == 1
    assert page.count(text) == 2
    assert "the cage does not limit" in page


def test_the_page_of_a_fleet_is_the_one_that_was_approved() -> None:
    report = fleet(organizational_unit=(UNIT, "ou-abcd-87654321"), exclude=("111122223333",))
    assert matches("reports/datadog-fleet.md", report_markdown.page_of(report, WHOLE))


def test_a_fleet_in_other_accounts_has_another_digest() -> None:
    unit = {"organizational_unit": (UNIT,)}
    others = [
        *({"organizational_unit": (each,)} for each in ("r-abcd", "ou-abcd-87654321")),
        *({**unit, name: ("111122223333",)} for name in ("account", "exclude")),
    ]
    alone = report_of_inputs(integration("datadog"), {"external_id": "x123", "site": "datadoghq.com"}, MADE)
    digests = [alone.digest, *(fleet(**where).digest for where in (unit, *others))]
    assert len({*digests}) == len(digests) == 6


def test_each_format_says_in_which_accounts_a_fleet_is() -> None:
    report = fleet(organizational_unit=(UNIT,), account=("444455556666",))
    assert report.where == [f"In the accounts of: {UNIT}", "Only in: 444455556666"]
    assert fleet(organizational_unit=(UNIT,), exclude=("111122223333",)).where[1] == "Not in: 111122223333"
    for page in formats(report):
        text = re.sub("</?span>", "", page)
        assert all(line in text for line in report.where)
        assert "2 resources, and 1 resource in each account" in text
    markdown = report_markdown.page_of(report, WHOLE)
    assert all(markdown.count(line) == 3 for line in report.where)  # verdict, the fleet, what was reviewed
    content = report_json.content_of(report)
    assert content["made"]["inputs"]["organizational_unit"] == [UNIT]
    assert [each["address"] for each in content["fleet"]["resources"]] == ["stack-set", "canary"]
    assert [each["address"] for each in content["resources"]] == ["role"]


def test_the_page_of_a_plan_has_what_its_file_says_of_the_organization_and_does_not_hide_that_nobody_asked() -> None:
    alone = report_of_inputs(integration("upsolver-data-access"), {}, MADE)
    plan = first_plan()
    for page in list(formats(replace(alone, planned=Planned(plan, "plan.json"))))[:2]:
        assert "The organization demands a tag" in page
        assert "Read from AWS at 2026-11-27T09:30:00Z, before the plan was made" in page
    unknown = replace(alone, planned=Planned(replace(plan, demands={}), "plan.json"))
    html, markdown, data = formats(unknown)
    assert all("Not read from AWS: the plan has no such facts" in page for page in (html, markdown))
    assert '"demands": null' in data
    assert "What the organization demands" not in next(formats(alone))


@pytest.mark.parametrize("name", integrations())
def test_no_page_loses_how_tight_the_cage_is_and_no_two_regions_have_one_name(name: str) -> None:
    html, markdown, _ = formats(report_of_inputs(integrations()[name], {}, MADE))
    assert any(
        escaped(text) in markdown
        for text in ("With --cage (a preview: AWS may still change", "A first create cannot run with")
    )
    regions = re.findall(r'aria-label="([^"]*)"', html) + re.findall(r'<h2 id="[^"]*">([^<]*)', html)
    assert len({*regions}) == len(regions)
