"""Text for what was found in AWS: after a destroy, and for a lost state."""

from collections.abc import Iterator

from bootstrap.core.account import DEFAULT
from bootstrap.core.printable import lines_of
from bootstrap.core.receipt import Receipt
from bootstrap.core.recovered import Recovered
from bootstrap.views.accounts import account_lines
from bootstrap.views.plan import later_lines
from bootstrap.views.screen import Line
from bootstrap.views.table import row, widths_of


def receipt_lines(receipt: Receipt, columns: int | None = None) -> Iterator[Line]:
    """One line for each resource, the bad news last; below it why, and what to run."""
    words = [("gone", "green", receipt.gone), ("left", "bold red", receipt.left), ("unknown", "yellow", receipt.unknown)]
    items = [(word, style, item) for word, style, group in words for item in group]
    rows = [(word.ljust(7), item.address, item.kind, item.id, *_where(item.account)) for word, _, item in items]
    widths = widths_of([texts[:4] for texts in rows])
    for texts, (_, style, item) in zip(rows, items, strict=True):
        yield from row(Line("  "), [(text, style) for text in texts], (*widths, 0)[: len(texts)], columns)
        for each in item.lost:
            yield Line(f"      - {each.text}: {'stopped' if each.stops else 'deleted for good'}", style="bold red")
        if item.why:
            yield Line(f"      ! {item.why}")
        yield from (Line(f"        {line}") for line in lines_of(item.advice) if line)
    for text in receipt.unsearched:
        yield Line(f"  ? not searched: {text}", style="yellow")
    for text in receipt.unseen:
        yield Line(f"  ? tagged as this deployment's, but this version does not know its type: {text}")
    for text in receipt.notes:
        yield Line(f"  * denied, but checked in another way: {text}", style="dim")
    for text in receipt.kept:
        yield Line(f"  = {text}", style="cyan")
    for text in receipt.others:
        yield Line(f"  * never belonged to this deployment, left alone: {text}", style="cyan")
    if receipt.accounts:
        yield Line()
        yield from account_lines(receipt.accounts, columns, every=False)
    for text in receipt.side_effects:
        yield Line(f"  * may be left, and was not looked for: {text}", style="cyan")


def recovered_lines(found: Recovered, columns: int | None = None) -> Iterator[Line]:
    rows = [(item.address, item.kind, item.name, item.id if item.id != item.name else "") for item in found.taken]
    widths = widths_of(rows)
    for texts, item in zip(rows, found.taken, strict=True):
        how = f"differs in {', '.join(item.differs)}" if item.differs else "matches the inputs"
        if not item.wanted:
            how = "not in the inputs: recorded as it is now, and the next create deletes it"
        cells = [*((text, "default") for text in (*texts, *_where(item.account))), (how, "dim")]
        yield from row(Line("  + ", style="green"), cells, (*widths, 0, 0)[: len(cells)], columns)
        yield from (line for each in item.later for line in later_lines(each))
    for each in found.contradicted:
        given, has = " and ".join(each.given) or "a locked role", " and ".join(each.found)
        then = (
            f"{has} is not {given}, and create cannot change it"
            if each.fixed
            else f"the next create replaces {has} with {given}"
        )
        yield Line(f"  ! {each.address}: {then}", style="bold red")
    for tag in found.tags:
        yield Line(f"  + tag {tag}: on every resource, so recorded as an input", style="green")
    for address in found.missing:
        yield Line(f"  - {address}: not found", style="dim")
    for text in found.unclaimed:
        yield Line(f"  ! {text}", style="bold red")
    for text in found.unsearched:
        yield Line(f"  ? not searched: {text}", style="yellow")


def _where(account: str) -> tuple[str, ...]:
    return () if account == DEFAULT else (f"[{account}]",)
