"""The sections of a report about what is dangerous, what limits it, what is ruled out, and what has changed."""

from collections.abc import Iterator, Sequence

from bootstrap.core import commands
from bootstrap.core.deviation import Deviation
from bootstrap.permissions.exposures import LOOKED_FOR
from bootstrap.permissions.report import Changed, Report
from bootstrap.permissions.review import Concern
from bootstrap.views.report_blocks import Block, Cell, Items, Paragraph, Part, Table, Tone, cell
from bootstrap.views.report_inputs import concerned
from bootstrap.views.report_options import options_against
from bootstrap.views.report_words import joined
from bootstrap.views.review_words import risk_words

SAME = "the same"
"""What a deviation has as `sent` if it only remarks on what the page says."""
TONES: dict[str, Tone] = {"high": "bad", "medium": "warn"}


def dangers(report: Report) -> Iterator[Block]:
    if not report.review.concerns:
        yield Paragraph(f"None found. Every statement was searched for: {'; '.join(LOOKED_FOR)}.")
    else:
        yield Table(
            "Dangers, the worst first, each with the reason for it and what limits it",
            ("Risk", "What somebody could do", "Reason", "As it is", "What the options do about it"),
            tuple(_dangers(report)),
        )
    if noted := [item for item in _sent_as_the_page_says(report) if not _is_danger(report, item)]:
        table = Table(
            "What is sent as the vendor's page says, and what to know about it",
            ("Risk", "The page", "What to know"),
            tuple((*_risk_and_page(report, item), _why(report, item)) for item in noted),
        )
        yield Part("What to know about the rest that the page asks for, and that is sent as it says", (table,), folded=True)
    if unverified := concerned(report, report.integration.unverified):
        yield Part("Not verified", (Items(tuple(unverified)),))


def _dangers(report: Report) -> Iterator[tuple[Cell, ...]]:
    before = list[str]()
    for each in report.review.concerns:
        reasons = report.reasons(each) or ["none given"]
        yield _danger(report, each, ["as above"] if reasons == before else reasons)
        before = reasons


def _danger(report: Report, each: Concern, reasons: Sequence[str]) -> tuple[Cell, ...]:
    item = each.deviation
    return (
        cell(each.risk, tone=TONES.get(each.risk, "")),
        Cell((each.text,), each.listed, title=f"all {len(each.listed)} actions"),
        cell(*reasons),
        Cell((_as_it_is(item),), (item.why, item.source), title="Why") if item else cell(_granted_by(each)),
        cell(*options_against(report, each)),
    )


def _granted_by(each: Concern) -> str:
    """Where no deviation is about it."""
    return f"see {joined(each.sids)} in What they can do" if each.sids else "see What they can do"


def _as_it_is(item: Deviation) -> str:
    if item.sent == SAME:
        return f"as the page asks: {item.page}"
    return f"The page: {item.page}. bootstrap sends: {item.sent}"


def deviations(report: Report) -> Iterator[Block]:
    found = [item for item in report.review.deviations if report.applies(item) or report.review.is_limited(item)]
    same = _sent_as_the_page_says(report)
    if not report.review.deviations:
        yield Paragraph("Nowhere: it does what the page says.")
    others = [item for item in found if item not in same]
    in_form = [item for item in others if item.sent.startswith(SAME) and not report.review.is_limited(item)]
    differing = [item for item in others if item not in in_form]
    if unlimited := [item for item in differing if not report.review.is_limited(item)]:
        yield _table(report, "What the vendor's page says and what bootstrap sends, the worst first", unlimited)
    if limited := [item for item in differing if report.review.is_limited(item)]:
        yield _table(report, "What options that are on end of what the vendor's page asks for, the worst first", limited)
    if in_form:
        table = _table(report, "What is sent in another form", in_form)
        yield Part(f"{_things(len(in_form))} sent in another form than the page has it", (table,), folded=True)
    if same:
        yield Paragraph(f"{_things(len(same))} sent as the page says, with a risk or a remark: see Dangers.")
    if left := len(report.review.deviations) - len(found):
        about = "deviation is not shown, as it is" if left == 1 else "deviations are not shown, as they are"
        see = commands.bootstrap("integrations", arguments=[report.integration.word()], flags=[])
        yield Paragraph(f"{left} {about} about what these inputs do not grant. To see all, run: {see}")


def _things(number: int) -> str:
    return "1 thing is" if number == 1 else f"{number} things are"


def _table(report: Report, caption: str, items: list[Deviation]) -> Table:
    headings = ("Risk", "The page", "bootstrap sends", "Why, and where that is written")
    return Table(caption, headings, tuple(_deviation(report, item) for item in items))


def _sent_as_the_page_says(report: Report) -> list[Deviation]:
    found = (item for item in report.review.deviations if report.applies(item) and item.sent == SAME)
    return [item for item in found if not report.review.is_limited(item)]


def _deviation(report: Report, item: Deviation) -> tuple[Cell, ...]:
    sent = item.sent
    if report.review.is_limited(item):
        sent = item.limited
    elif item.limited_by and not _is_danger(report, item):
        sent = f"{sent}; with {item.flag} {item.limited}"
    return (
        *_risk_and_page(report, item),
        cell(sent),
        cell("see Dangers") if _is_danger(report, item) else _why(report, item),
    )


def _risk_and_page(report: Report, item: Deviation) -> tuple[Cell, Cell]:
    tone = "" if report.review.is_limited(item) else TONES.get(item.risk, "")
    return cell(risk_words(report.review, item), tone=tone), cell(item.page)


def _why(report: Report, item: Deviation) -> Cell:
    limited = item.sent == SAME and item.limited_by and not report.review.is_limited(item)
    lines = [f"Danger: {item.danger}"] * bool(item.danger) + [f"with {item.flag} {item.limited}"] * bool(limited)
    return Cell(tuple(lines), (item.why, item.source), title="Why")


def _is_danger(report: Report, item: Deviation) -> bool:
    """It has all of it in Dangers."""
    return any(each.deviation is item for each in report.review.concerns)


def _kind(change: Changed) -> str:
    if change.widens:
        return "widening"
    return "elsewhere" if change.is_place else "changed" if change.is_setting else "harmless"


def changes(report: Report) -> Iterator[Block]:
    if report.since is None:
        yield Paragraph("Not compared, as no earlier approval was named: review --since APPROVAL compares with one.")
        return
    yield Paragraph(f"Compared with the plan that {report.since.by} approved at {report.since.when}: {report.since.plan}")
    yield Paragraph(f"The approval is {report.since.signature}.")
    if not report.since.changes:
        yield Paragraph("None.", "good")
    else:
        yield Table(
            "What changed since the approval",
            ("Kind", "What changed"),
            tuple(
                (
                    cell(
                        _kind(each),
                        tone="bad" if each.widens else "",
                    ),
                    cell(each.text),
                )
                for each in sorted(report.since.changes, key=lambda each: not each.widens)
            ),
        )
