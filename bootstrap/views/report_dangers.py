"""The sections of a report about what is dangerous, what limits it, what is ruled out, and what has changed."""

from collections.abc import Iterator

from bootstrap.core.deviation import Deviation
from bootstrap.permissions.exposures import LOOKED_FOR
from bootstrap.permissions.hardened import limited_by
from bootstrap.permissions.report import Report
from bootstrap.permissions.review import Concern
from bootstrap.views.report_blocks import Block, Cell, Items, Paragraph, Part, Table, Tone, cell
from bootstrap.views.report_inputs import concerned
from bootstrap.views.report_words import check_words, statement_words
from bootstrap.views.review_words import risk_words

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
    if unverified := concerned(report, report.integration.unverified):
        yield Part("Not verified", (Items(tuple(unverified)),))


def _danger(report: Report, each: Concern) -> tuple[Cell, ...]:
    item = each.deviation
    page = f" ({item.source})" if item else ""
    return (
        cell(each.risk, tone=TONES.get(each.risk, "")),
        cell(each.text),
        cell(*(report.reasons(each) or ["none given"])),
        cell(f"The page: {item.page}. bootstrap sends: {item.sent}{page}" if item else "as in the statement"),
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
    if not report.review.deviations:
        yield Paragraph("Nowhere: it does what the page says.")
    elif found:
        yield Table(
            "What the vendor's page says and what bootstrap sends, the worst first",
            ("Risk", "The page", "bootstrap sends", "Why, and where that is written"),
            tuple(_deviation(report, item) for item in found),
        )
    if others := len(report.review.deviations) - len(found):
        about = "about what is not granted with these inputs; integrations NAME lists all"
        yield Paragraph(f"{others} {'is' if others == 1 else 'are'} left out here, {about}.")


def _deviation(report: Report, item: Deviation) -> tuple[Cell, ...]:
    tone = "" if report.review.is_limited(item) else TONES.get(item.risk, "")
    is_danger = any(each.deviation is item for each in report.review.concerns)  # it has all of it above
    danger = f"Danger: {item.danger}" if item.danger and not is_danger else ""
    sent = "as the page says" if item.sent == "the same" else item.sent
    if report.review.is_limited(item):
        sent = item.limited
    elif item.limited_by and not is_danger:
        sent = f"{sent}; with {item.flag} {item.limited}"
    shown = ("see Dangers",) if is_danger else (danger,) if danger else ()
    return (
        cell(risk_words(report.review, item), tone=tone),
        cell(item.page),
        cell(sent),
        Cell(shown, (item.why, item.source), title="Why"),
    )


def cannot(report: Report) -> Iterator[Block]:
    yield Paragraph(
        "Each line is a check of every statement above, also of AWS's managed policies. An action counts as allowed even if "
        "a condition limits it. What buckets, KMS keys and other resources allow by policies of their own is not known here."
        + (
            " Of a role that existed before, only what is added is known."
            if any(each.exists for each in report.access)
            else ""
        )
    )
    verdicts: dict[bool | None, tuple[str, Tone]] = {
        True: ("cannot", "good"),
        False: ("not ruled out", "bad"),
        None: ("unknown", "warn"),
    }
    yield Table(
        "What the roles cannot do, what is not ruled out, and by which statement",
        ("Result", "What", "Because of"),
        tuple(
            (
                cell(verdicts[each.holds][0], tone=verdicts[each.holds][1]),
                cell(each.claim),
                cell(check_words(each)),
            )
            for each in report.checks
        ),
    )


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
                (cell("widening" if each.widens else "harmless", tone="bad" if each.widens else ""), cell(each.text))
                for each in sorted(report.since.changes, key=lambda each: not each.widens)
            ),
        )
