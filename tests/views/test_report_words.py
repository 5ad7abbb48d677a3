"""What the page of a review says and does not say twice, and that its Markdown is what GitHub shows as tables."""

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest
from markdown_it import MarkdownIt

from bootstrap.core.integration import option
from bootstrap.integrations import integrations
from bootstrap.operations.review import Report, report_of_inputs
from bootstrap.views import report_markdown
from bootstrap.views.report_blocks import Table
from bootstrap.views.report_sections import sections
from tests.views.test_report import MADE, WHOLE, Read, as_json, of, page, with_texts
from tests.views.test_review import Acme


@pytest.mark.parametrize("name", [*integrations(), "| a | b |", "</details>", "```\n# x"])
def test_markdown_renders_as_tables_lists_and_folded_sections(name: str) -> None:
    """With the rules of GitHub: CommonMark and tables. What is cut is cut by rows, so a table stays one. A name that is no
    integration is a text in one."""
    report = of(name) if name in integrations() else with_texts(name)
    tokens = MarkdownIt("commonmark").enable("table").parse(report_markdown.page_of(report, WHOLE))
    kinds = Counter(token.type for token in tokens)
    html = [token.content for token in tokens if token.type == "html_block"]
    assert len([each for each in html if each.startswith("<details><summary>")]) == len(list(sections(report))) - 1
    assert len([each for each in html if each.strip() == "</details>"]) == len(list(sections(report))) - 1
    assert all(re.fullmatch(r"<details><summary>.*</summary>\s*|</details>\s*", each) for each in html)
    assert "code_block" not in kinds
    assert [token.info for token in tokens if token.type == "fence"].count("mermaid") == 1
    outside = [
        token.content
        for before, token in pairwise(tokens)
        if token.type == "inline" and before.type not in ("td_open", "th_open")
    ]
    assert [each for each in outside if re.search(r"(?<!\\)\|", each)] == []  # a row outside of a table
    wide, rows = 0, list[tuple[int, int]]()
    for token in tokens:
        match token.type:
            case "thead_open":
                wide = 0
            case "th_open":
                wide += 1
            case "tr_open":
                rows.append((wide, 0))
            case "td_open":
                rows[-1] = (wide, rows[-1][1] + 1)
    assert [row for row in rows if row[1] not in (0, row[0])] == []
    assert kinds["table_open"] > 5


def test_the_verdict_says_on_what() -> None:
    def said(name: str, **given: Any) -> str:
        return str(as_json(report_of_inputs(integrations()[name], given, MADE))["verdict"]["sentence"])

    assert said("databricks-unity-catalog").endswith(" All of it is limited to the resources that are named below.")
    assert re.search(r"On every resource, \d+ actions are allowed; 6 of them change something\.$", said("datadog"))
    hard = said("datadog", harden=True)
    assert re.search(r"On every resource, \d+ actions are allowed; none changes anything\.", hard)
    assert hard.endswith(" This is with --harden, which is on.")
    assert "On every resource" not in said("upsolver-vpc")  # they can gain more than any list says


def test_a_verdict_is_not_green_where_settings_with_secrets_can_be_read() -> None:
    assert '<p class="warn">It creates' in page(of("vanta"))
    report = replace(of("vanta"), review=replace(of("vanta").review, concerns=()))
    kept = tuple(check for check in report.checks if check.code != "settings")
    assert '<p class="warn">It creates' in page(report)
    assert '<p class="good">It creates' in page(replace(report, checks=kept))


def test_lines_of_a_cell_and_cells_of_a_row_are_words_apart_for_whoever_reads_the_text() -> None:
    text = page(of("upsolver-private-vpc"))
    assert not re.search(r"\S<br>|</t[dh]><t[dh]|[^\s>]<details>", text)
    assert "high anyone with the role UpsolverManagementRole can start a machine" in Read(text).text


def test_the_settings_and_policies_of_buckets_are_on_the_page() -> None:
    report = of("upsolver-private-vpc")
    [bucket] = [each for each in as_json(report)["resources"] if each["kind"] == "s3_bucket"]
    assert (bucket["settings"]["block_public_access"], bucket["settings"]["encryption"]) == (True, "AES256")
    [policy] = bucket["policies"].values()
    assert policy["Statement"][0]["Effect"] == "Deny"
    text = Read(page(report)).text
    assert json.dumps(policy, indent=2) in text
    assert "Settings of bucket (s3_bucket), as they are sent" in text
    assert "The policy of bucket (s3_bucket), as it is sent" in text


def test_what_create_adds_for_keys_is_in_the_verdict_and_as_a_statement() -> None:
    text = Read(page(of("snowflake-s3"))).text
    assert "named below, and to the KMS keys of the named buckets, which create finds." in text
    assert "Statement ReadWithKey1 of SnowflakeS3, if create finds a KMS key of a named bucket" in text
    assert "kms:ViaService" in text
    assert "KMS keys of the named buckets" not in Read(page(of("databricks-unity-catalog"))).text


def test_what_options_take_away_is_side_by_side_and_named_at_the_dangers() -> None:
    text = Read(page(of("upsolver-private-vpc"))).text
    assert "What --without-athena would change" in text
    assert "all of arn:aws:iam::aws:policy/AmazonAthenaFullAccess not granted" in text
    assert "--without-athena would end it" in text
    assert list(as_json(of("upsolver-private-vpc"))["options"]) == ["--harden", "--without-athena", "--without-spotinst"]


def test_no_reason_claims_that_only_your_account_is_served() -> None:
    """A trust policy tests an external id, and nobody here can know whom else the vendor gives it to."""
    for name in integrations():
        whys = [item.why for access in of(name).access for item in access.role.grants.trusts]
        assert [why for why in whys if re.search(r"for (your|this) [a-z ]+ only$", why, re.IGNORECASE)] == [], name


def test_the_page_says_what_the_length_of_a_session_does_not_limit() -> None:
    by_machines = "What runs with the role at ec2.amazonaws.com gets new credentials as long as it runs: no length"
    text = Read(page(of("upsolver-private-vpc"))).text
    assert text.count(by_machines) == text.count("A session lasts at most") == 1  # another role each
    assert "The role may assume itself, so a session can also be renewed" in Read(page(of("databricks-unity-catalog"))).text
    assert "may assume itself" not in Read(page(of("snowflake-s3"))).text


def test_a_page_without_a_danger_says_what_was_searched_for() -> None:
    found = of("estuary-s3")
    none = replace(found, review=replace(found.review, concerns=()))
    assert "None found. Every statement was searched for: roles that can gain more" in Read(page(none)).text


def test_an_action_that_gives_credentials_is_no_read_whatever_its_name() -> None:
    assert "lakeformation:GetDataAccess; by its name" not in page(of("upsolver-private-vpc"))
    assert "lakeformation:GetDataAccess" in of("upsolver-private-vpc").verdict.changes_everywhere


def test_an_action_that_reads_by_its_name_is_no_change_and_the_page_says_so() -> None:
    text = Read(page(of("datadog"))).text
    assert (
        "Counted as a change by AWS's levels: backup:ListIndexedRecoveryPointsForSearch; by its name it only reads" in text
    )
    assert "cannot manage permissions" in text


def test_an_account_that_only_an_input_names_is_not_called_the_vendors() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Chosen(Acme):
        reader: str = option("Who reads it.", metavar="ARN", default="arn:aws:iam::111122223333:role/reader")

        @property
        def statements(self) -> Any:
            return tuple(
                replace(item, principals={"AWS": (self.reader,)}, who="Acme") if item.principals else item
                for item in super().statements
            )

    report = report_of_inputs(Chosen, {"reader": "arn:aws:iam::999988887777:role/reader"}, MADE)
    assert "account 999988887777, which --reader names, as its role reader gets in" in as_json(report)["verdict"]["sentence"]
    assert [(each["who"], each["named_by"]) for each in as_json(report)["who"]] == [("", "--reader")]
    assert "999988887777 (--reader names it)" in Read(page(report)).text
    assert report.picture.boxes[0].title == "Account 999988887777"


def test_a_deviation_repeats_no_danger_and_says_once_what_is_sent() -> None:
    def rows(report: Report) -> list[str]:
        [section] = [each for each in sections(report) if each.key == "deviations"]
        tables = [each for each in section.blocks if isinstance(each, Table)]
        return [" | ".join(line for cell in row for line in cell.lines) for table in tables for row in table.rows]

    usual, hard = rows(of("upsolver-vpc")), rows(report_of_inputs(integrations()["upsolver-vpc"], {"harden": True}, MADE))
    tags = "ec2:CreateTags on everything | "
    assert not [each for each in usual if tags in each]  # what is sent as the page says is in Dangers
    [row] = [each for each in hard if tags in each]
    assert f"{tags}only while something is created" in row
    assert not [each for each in (*usual, *hard) if "the same; with --" in each]
