"""The sections of a report about what is dangerous, what limits it, what is ruled out, and what has changed."""

from collections.abc import Iterator

from bootstrap.core.deviation import Deviation
from bootstrap.permissions.exposures import LOOKED_FOR
from bootstrap.permissions.hardened import limited_by
from bootstrap.permissions.report import Changed, Report
from bootstrap.permissions.review import Concern
from bootstrap.views.report_blocks import Block, Cell, Items, Paragraph, Part, Table, Tone, cell
from bootstrap.views.report_inputs import concerned
from bootstrap.views.report_words import statement_words
from bootstrap.views.review_words import risk_words

SAME = "the same"
"""What a deviation has as `sent` if it only remarks on what the page says."""
TONES: dict[str, Tone] = {"high": "bad", "medium": "warn"}


def dangers(report: Report) -> Iterator[Block]:
    if not report.review.concerns:
        yield Paragraph(f"None found. Every statement was searched for: {'; '.join(LOOKED_FOR)}.")
    else:
        yield Table(
            "Dangers, the worst first, each with the vendor's reason and what limits it",
            ("Risk", "What somebody could do", "The vendor's reason", "As it is", "With the option that limits it"),
            tuple(_danger(report, each) for each in report.review.concerns),
        )
    if noted := [item for item in _sent_as_the_page_says(report) if not _is_danger(report, item)]:
        table = Table(
            "What is sent as the vendor's page says, and what to know about it",
            ("Risk", "The page", "What to know"),
            tuple((*_risk_and_page(report, item), _why(report, item)) for item in noted),
        )
        yield Part("What to know about the rest that the page asks for", (table,))
    if unverified := concerned(report, report.integration.unverified):
        yield Part("Not verified", (Items(tuple(unverified)),))


def _danger(report: Report, each: Concern) -> tuple[Cell, ...]:
    item = each.deviation
    return (
        cell(each.risk, tone=TONES.get(each.risk, "")),
        Cell((each.text,), each.listed, title=f"all {len(each.listed)} actions"),
        cell(*(report.reasons(each) or ["none given"])),
        Cell((f"The page: {item.page}. bootstrap sends: {item.sent}",), (item.why, item.source), title="Why")
        if item
        else cell("as in the statement"),
        cell(*_limited(report, each)),
    )


def _limited(report: Report, each: Concern) -> list[str]:
    limited = [f"{flag}: {text}" for flag, text in limited_by(each, report.limits).items()]
    return limited or ["no --harden or --without option limits it"]


def options(report: Report) -> Iterator[Block]:
    lost = [Items(report.review.lost)] if report.review.lost else []
    if report.review.hardened:
        yield Paragraph("--harden is on: this page shows what is left.", "good")
        yield Part("What no longer works with --harden", tuple(lost))
    elif not report.limits:
        yield Paragraph("Nothing: no option limits what is granted.")
    for limit in report.limits:
        table = Table(
            f"What {limit.flag} would change",
            ("Statement", "As it is", f"With {limit.flag}"),
            tuple(
                (cell(f"{each.role}: {each.sid}"), cell(*statement_words(each.now)), cell(*statement_words(each.then)))
                for each in limit.statements
            ),
        )
        ends = Part("What no longer works then", tuple(lost)) if lost and limit.flag == "--harden" else Paragraph(limit.help)
        yield Part(limit.flag, (table, ends))


def deviations(report: Report) -> Iterator[Block]:
    found = [item for item in report.review.deviations if report.applies(item)]
    same = _sent_as_the_page_says(report)
    if not report.review.deviations:
        yield Paragraph("Nowhere: it does what the page says.")
    if others := [item for item in found if item not in same]:
        yield Table(
            "What the vendor's page says and what bootstrap sends, the worst first",
            ("Risk", "The page", "bootstrap sends", "Why, and where that is written"),
            tuple(_deviation(report, item) for item in others),
        )
    if same:
        things = "1 thing is" if len(same) == 1 else f"{len(same)} things are"
        yield Paragraph(f"{things} sent as the page says, with a risk or a remark: see Dangers.")
    if left := len(report.review.deviations) - len(found):
        about = "about what is not granted with these inputs; integrations NAME lists all"
        yield Paragraph(f"{left} {'is' if left == 1 else 'are'} left out here, {about}.")


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
