"""The words at the end of a page: those that it uses, and no others."""

import re

import pytest

from bootstrap.integrations import integrations
from bootstrap.permissions.report import Report
from bootstrap.views import report_html, report_markdown
from bootstrap.views.report_blocks import Cell, Code, Paragraph, Part, Section, Table, Terms
from bootstrap.views.report_glossary import WORDS, glossary
from bootstrap.views.report_sections import sections
from tests.views.test_report import Read, of
from tests.views.test_report_fleet import UNIT, of as fleet


def words(report: Report) -> list[str]:
    *_, last = sections(report)
    [terms] = last.blocks
    assert (last.key, isinstance(terms, Terms)) == ("words", True)
    return [word for word, _ in terms.entries] if isinstance(terms, Terms) else []


def of_texts(*blocks: Paragraph | Table | Part | Code) -> list[str]:
    [terms] = glossary([Section("x", "A title", blocks)])
    assert isinstance(terms, Terms)
    return [word for word, _ in terms.entries]


def test_a_word_counts_wherever_a_reader_sees_it_but_not_in_a_policy_or_within_another() -> None:
    cell = Cell(("some text",), ("with --cage",), title="a digest")
    table = Table("a caption of lineage", ("Address",), ((cell,),))
    assert of_texts(table) == ["address", "cage", "digest", "lineage"]
    assert of_texts(Part("External id", (Paragraph("the canary"),))) == ["canary", "external id"]
    assert of_texts(Code("A policy", "cage")) == []
    assert of_texts(Paragraph("packaged planets in a bracage")) == []


def test_the_page_of_a_fleet_explains_its_words_and_that_of_one_account_does_not() -> None:
    of_fleet, alone = words(fleet(organizational_unit=UNIT)), words(of("datadog"))
    assert {"canary", "fleet", "StackSet", "cage", "lineage", "external id", "trust policy"} <= {*of_fleet}
    assert {"canary", "fleet", "StackSet"}.isdisjoint(alone)
    assert {"cage", "digest", "owner tags", "receipt"} <= {*alone}


def test_each_word_that_is_explained_is_on_some_page_and_each_is_found_by_itself() -> None:
    used = {word for name in integrations() for word in words(of(name))} | {*words(fleet(organizational_unit=UNIT))}
    assert {*WORDS} - used == set()
    assert [word for word in WORDS if of_texts(Paragraph(word)) == []] == []


@pytest.mark.parametrize("name", ["snowflake-s3", "databricks-unity-catalog"])
def test_html_marks_each_as_a_definition_and_a_comment_has_them_too(name: str) -> None:
    report = of(name)
    page = "\n".join(report_html.page_of(report))
    found = re.findall(r"<dt><dfn>([^<]*)</dfn></dt> <dd>([^<]+)</dd>", page)
    assert [word for word, _ in found] == words(report)
    text = report_markdown.page_of(report, "x")
    assert [word for word, _ in found if f"- **{word}**: " not in text] == []
    assert all(word in Read(page).text for word in words(report))
