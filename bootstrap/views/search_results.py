"""Text for what was found in AWS: after a destroy, and for a lost state."""

from collections.abc import Iterable, Iterator, Sequence

from bootstrap.core.account import DEFAULT
from bootstrap.core.printable import WIDEST, lines_of
from bootstrap.core.receipt import Receipt
from bootstrap.core.recovered import Recovered
from bootstrap.views.screen import Line


def receipt_lines(receipt: Receipt) -> Iterator[Line]:
    """One line for each resource, the bad news last; below it why, and what to run."""
    words = [("gone", "green", receipt.gone), ("left", "bold red", receipt.left), ("unknown", "yellow", receipt.unknown)]
    items = [(word, style, item) for word, style, group in words for item in group]
    rows = _aligned([(word.ljust(7), item.address, item.kind, item.id) for word, _, item in items])
    for row, (_, style, item) in zip(rows, items, strict=True):
        yield Line(f"  {row}{_where(item.account)}".rstrip(), style=style)
        if item.why:
            yield Line(f"      ! {item.why}")
        yield from (Line(f"        {line}") for line in lines_of(item.advice) if line)
    for text in receipt.unsearched:
        yield Line(f"  ? not searched: {text}", style="yellow")
    for text in receipt.unseen:
        yield Line(f"  ? tagged as this deployment's, but this version does not know its type: {text}")
    for text in receipt.notes:
        yield Line(f"  * denied, but checked in another way: {text}", style="dim")
    for text in receipt.others:
        yield Line(f"  * never belonged to this deployment, left alone: {text}", style="cyan")


def recovered_lines(found: Recovered) -> Iterator[Line]:
    rows = _aligned([(item.address, item.kind, item.name, item.id if item.id != item.name else "") for item in found.taken])
    for row, item in zip(rows, found.taken, strict=True):
        how = f"differs in {', '.join(item.differs)}" if item.differs else "matches the inputs"
        if not item.wanted:
            how = "not in the inputs: recorded as it is now"
        yield Line("  + ", style="green").append(f"{row}{_where(item.account)}  ").append(how, "dim")
    for address in found.missing:
        yield Line(f"  - {address}: not found", style="dim")
    for text in found.unclaimed:
        yield Line(f"  ! {text}", style="bold red")
    for text in found.unsearched:
        yield Line(f"  ? not searched: {text}", style="yellow")


def _aligned(rows: Sequence[Iterable[str]]) -> list[str]:
    columns = [min(WIDEST, max(map(len, column))) for column in zip(*rows, strict=True)]
    return ["  ".join(text.ljust(width) for text, width in zip(row, columns, strict=True)) for row in rows]


def _where(account: str) -> str:
    return "" if account == DEFAULT else f"  [{account}]"
