"""What a report says of the options that grant less: which are on, which would help, and against which danger none does."""

from collections import Counter
from collections.abc import Iterator

from bootstrap.permissions.hardened import Hardened, Limit, limited_by
from bootstrap.permissions.report import Report
from bootstrap.permissions.review import Concern
from bootstrap.views.report_blocks import Block, Cell, Items, Paragraph, Part, Table, cell
from bootstrap.views.report_words import joined, statement_words


def options_against(report: Report, each: Concern) -> Iterator[str]:
    """What the options do about a danger of the page."""
    helps = limited_by(each, report.limits)
    for flag, text in helps.items():
        gone = "would end it" if text == "it is gone" else f"would leave {text}" if text.startswith("less: ") else ""
        yield f"{flag} {gone or f'would help: {text}'}"
    on = [limit.flag for limit in report.limits_on if any(then is each for _, then in limit.lessens)]
    if on:
        yield f"already on, and this is left: {joined(on)}"
    if useless := [limit.flag for limit in report.limits if limit.flag not in helps]:
        yield f"no help: {', '.join(useless)}"
    if not (helps or on or useless):
        yield "no option of the integration limits it"


def options(report: Report) -> Iterator[Block]:
    if not (report.limits or report.limits_on):
        yield Paragraph("Nothing: no option limits what is granted.")
        return
    yield Table(
        "The options, and what they do about the dangers",
        ("Option", "Now", "Ends", "Leaves less of", "Does not help against"),
        (*(_on(report, each) for each in report.limits_on), *(_off(report, each) for each in report.limits)),
    )
    for limit in report.limits_on:
        yield _part(report, limit, ("Without it", "As it is"), "changes")
    for limit in report.limits:
        yield _part(report, limit, ("As it is", f"With {limit.flag}"), "would change")


def _on(report: Report, limit: Limit) -> tuple[Cell, ...]:
    left = len(report.review.concerns) - len(limit.lessens)
    less = [then for _, then in limit.lessens]
    return cell(limit.flag), cell("already on", tone="good"), _dangers(limit.ends), _dangers(less), _others(left)


def _off(report: Report, limit: Limit) -> tuple[Cell, ...]:
    helped = [each for each in report.review.concerns if limit.flag in limited_by(each, report.limits)]
    less = [now for now, _ in limit.lessens]
    ends = [each for each in helped if each not in less]
    left = len(report.review.concerns) - len(helped)
    return cell(limit.flag), cell("off", tone="warn"), _dangers(ends), _dangers(less), _others(left)


def _dangers(found: "list[Concern] | tuple[Concern, ...]") -> Cell:
    """How many, with the worst risk; a reader opens what they are."""
    if not found:
        return cell("none")
    risks = ", ".join(f"{number} {risk}" for risk, number in Counter(each.risk for each in found).items())
    return Cell((risks,), tuple(each.text for each in found), title="which")


def _others(number: int) -> Cell:
    return cell("none" if not number else f"{number} of the dangers of this page: see Dangers")


def _part(report: Report, limit: Limit, headings: tuple[str, str], would: str) -> Part:
    table = Table(
        f"What {limit.flag} {would}", ("Statement", *headings), tuple(_statement(each) for each in limit.statements)
    )
    lost = report.review.lost if limit.flag == "--harden" else ()
    works = Part("What no longer works with it", (Items(lost),)) if lost else Paragraph(limit.help)
    now = "already on" if limit in report.limits_on else "off"
    return Part(f"{limit.flag} ({now})", (table, works))


def _statement(each: Hardened) -> tuple[Cell, ...]:
    return cell(f"{each.role}: {each.sid}"), cell(*statement_words(each.now)), cell(*statement_words(each.then))
