"""For each danger and each option: is it on, would it help, or not?"""

from bootstrap.permissions.report import Report
from bootstrap.views.report_blocks import Block, Cell, Part, Table
from bootstrap.views.report_dangers import dangers, deviations
from bootstrap.views.report_options import options
from tests.permissions.test_settled import report


def table_of(block: Block) -> Table:
    assert isinstance(block, Table)
    return block


def against(found: Report, word: str) -> tuple[str, ...]:
    """What the page says of the options beside the danger with this word."""
    first, *_ = dangers(found)
    [cell] = [row[4] for row in table_of(first).rows if word in row[1].lines[0]]
    return cell.lines


def summary(found: Report) -> dict[str, tuple[Cell, ...]]:
    first, *_ = options(found)
    return {row[0].lines[0]: row[1:] for row in table_of(first).rows}


def test_a_danger_says_which_options_would_end_it_leave_less_of_it_or_not_help() -> None:
    plain = report()
    useless = "no help: --harden, --without-spotinst"
    assert against(plain, "athena:GetQueryResults") == ("--without-athena would end it", useless)
    assert against(plain, "also an administrator's")[0] == "--harden would help: neither is granted"
    assert against(plain, "ec2:AttachVolume")[0].startswith("--harden would leave less: anyone with the role")
    nothing = ("no help: --harden, --without-athena, --without-spotinst",)
    assert against(plain, "every Elastic IP") == nothing
    assert against(report("databricks-workspace"), "tag your own machines") == ("no option of the integration limits it",)


def test_a_danger_that_is_left_says_which_options_are_already_on() -> None:
    hard = report(harden=True)
    lines = against(hard, "ec2:AttachVolume")
    assert lines == ("already on, and this is left: --harden", "no help: --without-athena, --without-spotinst")
    untouched = against(hard, "athena:GetQueryResults")
    assert untouched == ("--without-athena would end it", "no help: --without-spotinst")
    assert not any("--harden would" in line for row in table_of(next(dangers(hard))).rows for line in row[4].lines)


def test_each_option_says_whether_it_is_on_and_what_it_does_about_the_dangers() -> None:
    plain, hard = summary(report()), summary(report(harden=True))
    assert list(plain) == list(hard) == ["--harden", "--without-athena", "--without-spotinst"]
    assert [plain["--harden"][0].lines, hard["--harden"][0].lines] == [("off",), ("already on",)]
    assert hard["--harden"][1] == plain["--harden"][1]
    assert hard["--harden"][1].lines == ("2 high, 1 medium",)
    assert (
        "anyone with the role UpsolverRole can start a machine with any role of the account" in hard["--harden"][1].more[0]
    )
    left = len(report(harden=True).review.concerns)
    assert hard["--harden"][3].lines == (f"{left - 2} of the dangers of this page: see Dangers",)  # two are less


def test_what_an_option_that_is_on_has_changed_is_shown_statement_by_statement() -> None:
    [part, *_] = [each for each in options(report(harden=True)) if isinstance(each, Part)]
    assert part.title == "--harden (already on)"
    table = table_of(part.blocks[0])
    assert table.headings == ("Statement", "Without it", "As it is")
    [passes] = [row for row in table.rows if row[0].lines == ("UpsolverRole: PassServerRole",)]
    assert (passes[1].lines, passes[2].lines) == (("iam:PassRole", "on *"), ("not granted",))


def test_what_is_sent_in_another_form_is_folded_and_a_danger_as_the_page_asks_says_so_once() -> None:
    first, *others = dangers(report())
    assert any("as the page asks: ec2:CreateTags on everything" in row[3].lines for row in table_of(first).rows)
    assert not any(line[-25:] == "bootstrap sends: the same" for row in table_of(first).rows for line in row[3].lines)
    assert [each.folded for each in others if isinstance(each, Part) and each.title.startswith("What to know")] == [True]


def test_what_an_option_that_is_on_ends_is_a_deviation_from_the_page_apart_from_the_others() -> None:
    tables = [each for each in deviations(report(harden=True)) if isinstance(each, Table)]
    assert [each.caption for each in tables] == [
        "What the vendor's page says and what bootstrap sends, the worst first",
        "What options that are on end of what the vendor's page asks for, the worst first",
    ]
    others, ended = ([row[1].lines[0] for row in each.rows] for each in tables)
    assert [page for page in ended if page.startswith("iam:PassRole and iam:AddRoleToInstanceProfile on every role")]
    assert not set(others) & set(ended)
    assert not [page for page in others if "Athena does not allow" in page]  # sent as the page asks
    risks = [row[0].lines[0] for row in tables[0].rows]
    assert risks == sorted(risks, key=["high", "medium", "low", "none"].index)
    [plain] = [each for each in deviations(report()) if isinstance(each, Table)]
    assert "iam:PassRole" not in str(plain)
