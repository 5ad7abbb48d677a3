"""What is ruled out stays readable where one thing is unknown."""

from collections.abc import Sequence

from bootstrap.permissions.cannot import GAINED, MAY_BE_GAINED
from bootstrap.permissions.report import Report
from bootstrap.views.report_blocks import Cell, Table
from bootstrap.views.report_cannot import cannot
from bootstrap.views.report_verdict import verdict
from tests.permissions.test_settled import report


def rows(found: Report) -> Sequence[tuple[Cell, ...]]:
    [table] = [each for each in cannot(found) if isinstance(each, Table)]
    assert {len(row) for row in table.rows} == {len(table.headings)}
    return table.rows


def test_what_only_whoever_gains_more_can_do_is_one_row() -> None:
    [row] = [each for each in rows(report()) if each[2].lines == (GAINED,)]
    assert row[0].lines == ("not granted",)
    assert {"read secrets of Secrets Manager", "assume another role"} < {*row[1].lines}
    assert row[3].lines == ("cannot, with --harden and --without-athena",)


def test_what_is_unknown_only_because_of_one_policy_keeps_its_answer_and_names_the_option() -> None:
    found = report(harden=True)
    first, *others = rows(found)
    assert (first[0].lines, first[3].lines) == (("unknown",), ("cannot, with --without-athena",))
    assert [each for each in others if each[0].lines == ("unknown",)] == []
    [row] = [each for each in others if each[2].lines == (MAY_BE_GAINED,)]
    assert "pass a role to a service of AWS" in row[1].lines
    assert row[3].lines == ("cannot, with --without-athena",)
    [machines] = [each for each in others if each[1].lines == ("start machines or run code directly",)]
    assert machines[3].lines == ("no option rules it out",)
    because = "is not known here, only because of what AmazonAthenaFullAccess grants; with --without-athena, they cannot"
    assert because in verdict(found)


def test_an_integration_without_options_has_no_column_for_them() -> None:
    assert {len(row) for row in rows(report("databricks-workspace"))} == {3}


def test_where_only_the_keys_of_named_buckets_are_open_it_says_that_nothing_else_is_granted() -> None:
    [row] = [each for each in rows(report("snowflake-s3")) if each[0].lines == ("unknown",)]
    assert row[1].lines[0].startswith("use KMS keys")
    assert row[2].lines[0].startswith("no statement allows it now; create grants those keys that it finds")


def test_what_is_folded_stands_by_statement_and_its_number_is_that_of_the_actions() -> None:
    found = report("databricks-workspace")
    check = next(each for each in found.checks if each.code == "region")
    [why] = [row[2] for row in rows(found) if row[1].lines == (check.claim,)]
    assert why.title == f"and {len(check.against) - 3} more"
    assert {line.partition(": ")[0] for line in why.more} == {"Base", "Machines", "Network"}
    assert len(why.more) == 3
    assert sorted(line.rpartition(": ")[2] for line in check.against[3:]) == sorted(
        action for line in why.more for action in line.partition(": ")[2].split(", ")
    )
