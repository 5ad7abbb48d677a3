"""Several deployments in one table."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from bootstrap.core.deployment_status import DeploymentStatus, Result
from bootstrap.core.printable import lines_of
from bootstrap.views.screen import Line
from bootstrap.views.table import row, widths_of

_HEADINGS = ("DEPLOYMENT", "RESULT", "INTEGRATION", "ACCOUNT", "REGION")
_STYLES: Mapping[Result, str] = {
    "up to date": "green",
    "waiting": "yellow",
    "rotating": "yellow",
    "differs": "yellow",
    "cannot be read": "bold red",
    "failed": "bold red",
}


def deployment_lines(found: Sequence[DeploymentStatus], columns: int | None) -> Iterator[Line]:
    """A row for each deployment, with the reason below it and what to do; at the end the count by result."""
    rows = [_HEADINGS, *map(_cells, found)]
    widths = widths_of(rows)
    yield from row(Line(), [(text, "bold") for text in _HEADINGS], widths, columns)
    for each, (name, result, *rest) in zip(found, rows[1:], strict=True):
        cells = [(name, "default"), (result, _STYLES[each.result]), *((text, "default") for text in rest)]
        yield from row(Line(), cells, widths, columns)
        yield from below(each)
    count = Counter(each.result for each in found)
    numbers = [f"{count[result]} {result}" for result in _STYLES if count[result]]
    yield Line()
    yield Line(f"{len(found)} deployment{'' if len(found) == 1 else 's'}: {', '.join(numbers)}.", "bold")


def _cells(each: DeploymentStatus) -> tuple[str, ...]:
    return (each.deployment, each.words, each.integration, ", ".join(each.accounts), each.region)


def below(found: DeploymentStatus) -> Iterator[Line]:
    """What stands below the line of a deployment: a warning, the reason, and what to do."""
    if found.warning:
        yield Line(f"    {found.warning}", "yellow")
    if found.reason:
        yield Line(f"    {found.reason}", "dim")
    for text in lines_of(found.advice) if found.advice else ():
        yield Line(f"      {text}")
