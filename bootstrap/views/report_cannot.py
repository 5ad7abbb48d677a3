"""The section of a report about what is ruled out, what is not, and what is unknown only because of something else."""

from collections.abc import Iterable, Iterator, Mapping

from bootstrap.permissions.cannot import GAINED, MAY_BE_GAINED, Check
from bootstrap.permissions.report import Report
from bootstrap.views import report_words as words
from bootstrap.views.report_blocks import Block, Cell, Paragraph, Table, Tone, cell

_VERDICTS: Mapping[bool | None, tuple[str, Tone]] = {
    True: ("cannot", "good"),
    False: ("not ruled out", "bad"),
    None: ("unknown", "warn"),
}
_NOT_GRANTED = "not granted"
"""What no statement allows, and whoever can gain more could still do."""
_REASONS = 3
"""So many statements stand beside what they allow; the others open."""


def cannot(report: Report) -> Iterator[Block]:
    yield Paragraph(
        "Each line is a check of every statement above, also of AWS's managed policies. An action counts as allowed even if "
        "a condition limits it. What buckets, KMS keys and other resources allow by policies of their own is not known "
        "here, nor what passwords and keys open that somebody finds in what can be read: the lines are about IAM."
        + (
            " Of a role that existed before, only what is added is known."
            if any(each.exists for each in report.access)
            else ""
        )
    )
    rows = [_row(report, each) for each in report.checks if not _is_indirect(each)]
    indirect: dict[tuple[str, ...], list[Check]] = {}
    for each in filter(_is_indirect, report.checks):
        indirect.setdefault((*each.against, *report.settled.get(each.code, ())), []).append(each)
    rows += [_joined_row(report, same) for same in indirect.values()]
    option = ("With an option",) if report.settled else ()
    yield Table(
        "What the roles cannot do, what is not ruled out, and by which statement",
        ("Result", "What", "Because of", *option),
        tuple(row[: 3 + len(option)] for row in rows),
    )


def _is_indirect(check: Check) -> bool:
    """Whether no statement speaks against it."""
    return not check.holds and {*check.against} <= {GAINED, MAY_BE_GAINED}


def _row(report: Report, check: Check) -> tuple[Cell, ...]:
    word, tone = _VERDICTS[check.holds]
    reasons = check.against or (check.why,)
    rest = reasons[_REASONS:]
    why = Cell(reasons[:_REASONS], tuple(_by_statement(rest)), title=f"and {len(rest):,} more")
    return cell(word, tone=tone), cell(check.claim), why, _ruled_out(report, check)


def _by_statement(reasons: Iterable[str]) -> Iterator[str]:
    """Those of a statement on one line."""
    found: dict[str, list[str]] = {}
    for each in reasons:
        sid, _, action = each.rpartition(": ")
        found.setdefault(sid, []).append(action)
    yield from (f"{sid}: {', '.join(actions)}" if sid else ", ".join(actions) for sid, actions in found.items())


def _joined_row(report: Report, checks: list[Check]) -> tuple[Cell, ...]:
    first = checks[0]
    return (
        cell(_NOT_GRANTED, tone="warn"),
        cell(*(each.claim for each in checks)),
        cell(*first.against),
        _ruled_out(report, first),
    )


def _ruled_out(report: Report, check: Check) -> Cell:
    if check.holds:
        return cell("needs none")
    flags = report.settled.get(check.code)
    return cell(f"cannot, with {words.joined(flags)}", tone="good") if flags else cell("no option rules it out")
