"""Text for what was found: after a destroy, and of a deployment whose state is lost."""

from collections.abc import Iterable, Iterator, Sequence

from bootstrap.core.account import DEFAULT
from bootstrap.core.printable import WIDEST, lines_of
from bootstrap.core.receipt import Receipt
from bootstrap.core.recovered import Recovered
from bootstrap.views.screen import Line


def receipt_lines(receipt: Receipt) -> Iterator[Line]:
    """A line a thing, the bad news last; under it why, and what to type."""
    words = [("gone", "green", receipt.gone), ("left", "bold red", receipt.left), ("unknown", "yellow", receipt.unknown)]
    items = [(word, style, item) for word, style, group in words for item in group]
    rows = _aligned([(word.ljust(7), item.address, item.kind, item.id) for word, _, item in items])
    for row, (_, style, item) in zip(rows, items, strict=True):
        yield Line(f"  {row}{_where(item.account)}".rstrip(), style=style)
        if item.why:
            yield Line(f"      ! {item.why}")
        yield from (Line(f"        {line}") for line in lines_of(item.advice) if line)
    for text in receipt.unsearched:
        yield Line(f"  ? could not be looked for: {text}", style="yellow")
    for text in receipt.unseen:
        yield Line(f"  ? in AWS's index of tags as this deployment's, and nothing that this version can look at: {text}")
    for text in receipt.notes:
        yield Line(f"  * denied; found out in another way: {text}", style="dim")
    for text in receipt.others:
        yield Line(f"  * never this deployment's, and left alone: {text}", style="cyan")


def recovered_lines(found: Recovered) -> Iterator[Line]:
    rows = _aligned([(item.address, item.kind, item.name, item.id if item.id != item.name else "") for item in found.taken])
    for row, item in zip(rows, found.taken, strict=True):
        how = f"differs in {', '.join(item.differs)}" if item.differs else "as the inputs say"
        if not item.wanted:
            how = "not in the inputs: recorded as it is now"
        yield Line("  + ", style="green").append(f"{row}{_where(item.account)}  ").append(how, "dim")
    for address in found.missing:
        yield Line(f"  - {address}: not there", style="dim")
    for text in found.unclaimed:
        yield Line(f"  ! {text}", style="bold red")
    for text in found.unsearched:
        yield Line(f"  ? could not be looked for: {text}", style="yellow")


def _aligned(rows: Sequence[Iterable[str]]) -> list[str]:
    columns = [min(WIDEST, max(map(len, column))) for column in zip(*rows, strict=True)]
    return ["  ".join(text.ljust(width) for text, width in zip(row, columns, strict=True)) for row in rows]


def _where(account: str) -> str:
    return "" if account == DEFAULT else f"  [{account}]"
