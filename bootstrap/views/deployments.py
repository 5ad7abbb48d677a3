"""Several deployments in one table."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from bootstrap.core.deployment_status import DeploymentStatus, Result
from bootstrap.core.printable import WIDEST
from bootstrap.views.screen import Line

_HEADINGS = ("DEPLOYMENT", "RESULT", "INTEGRATION", "ACCOUNT", "REGION")
_STYLES: Mapping[Result, str] = {
    "up to date": "green",
    "differs": "yellow",
    "cannot be read": "bold red",
    "failed": "bold red",
}


def deployment_lines(found: Sequence[DeploymentStatus]) -> Iterator[Line]:
    """A row for each deployment, with the reason below it; at the end the count by result."""
    rows = [_HEADINGS, *map(_cells, found)]
    widths = [min(WIDEST, max(map(len, column))) for column in zip(*rows, strict=True)]
    yield Line(_joined(_HEADINGS, widths), "bold")
    for each, cells in zip(found, rows[1:], strict=True):
        name, result, *rest = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        yield Line(f"{name}  ").append(result, _STYLES[each.result]).append(f"  {'  '.join(rest)}".rstrip(), "default")
        if each.reason:
            yield Line(f"    {each.reason}", "dim")
    count = Counter(each.result for each in found)
    numbers = [f"{count[result]} {result}" for result in _STYLES if count[result]]
    yield Line()
    yield Line(f"{len(found)} deployment{'' if len(found) == 1 else 's'}: {', '.join(numbers)}.", "bold")


def _cells(each: DeploymentStatus) -> tuple[str, ...]:
    return (each.deployment, each.words, each.integration, ", ".join(each.accounts), each.region)


def _joined(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
