"""The accounts of a fleet in one table."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from bootstrap.core.account_status import AccountStatus, Result, remarkable
from bootstrap.core.plan import Plan
from bootstrap.views.screen import Line
from bootstrap.views.table import BELOW, row, widths_of

_HEADINGS = ("ACCOUNT", "RESULT", "UNIT", "REGION")
_STYLES: Mapping[Result, str] = {
    "up to date": "green",
    "working": "yellow",
    "suspended": "yellow",
    "differs": "yellow",
    "drifted": "bold red",
    "not compared": "bold red",
    "failed": "bold red",
    "deleted": "green",
    "not tried": "yellow",
    "left": "yellow",
    "gone": "green",
}


def account_lines(found: Sequence[AccountStatus], columns: int | None, *, every: bool) -> Iterator[Line]:
    """A row for each account, or only for those of which more is to be said, with the reason and what has drifted below it;
    at the end the count by result."""
    if shown := found if every else remarkable(found):
        rows = [_HEADINGS, *((each.account, each.result, each.unit, each.region) for each in shown)]
        widths = widths_of(rows)
        yield from row(Line(), [(text, "bold") for text in _HEADINGS], widths, columns)
        for each, (account, result, *rest) in zip(shown, rows[1:], strict=True):
            cells = [(account, "default"), (result, _STYLES[each.result]), *((text, "default") for text in rest)]
            yield from row(Line(), cells, widths, columns)
            for text in filter(None, (each.reason, *each.drifts)):
                yield Line(f"{' ' * BELOW}{text}", "dim")
        yield Line()
    count = Counter(each.result for each in found)
    numbers = [f"{count[result]} {result}" for result in _STYLES if count[result]]
    yield Line(f"{len(found)} account{'' if len(found) == 1 else 's'}: {', '.join(numbers) or 'none yet'}.", "bold")


def drifted_words(plan: Plan) -> str:
    return f"{_accounts(plan.drifted, 'has', 'have')} drifted" if plan.drifted else ""


def uncompared_words(plan: Plan) -> str:
    return f"{_accounts(plan.uncompared, 'was', 'were')} not compared" if plan.uncompared else ""


def _accounts(number: int, one: str, many: str) -> str:
    return f"1 account {one}" if number == 1 else f"{number} accounts {many}"
