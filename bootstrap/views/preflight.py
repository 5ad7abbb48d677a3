"""Text for a preflight: the missing permissions, with the policy to ask for, and the unknown ones."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bootstrap.core.account import DEFAULT
from bootstrap.core.printable import WIDEST
from bootstrap.permissions.preflight import PermissionCheck, Preflight
from bootstrap.views.screen import Line

MARKS = {"allowed": ("+", "green"), "missing": ("!", "bold red"), "unknown": ("?", "yellow")}
TITLES = {False: "Permissions for this run", True: "Permissions for deleting it again"}


def preflight_lines(found: Preflight, *, every: bool) -> Iterator[Line]:
    """One line for each permission, with the reason; allowed ones only with `every`. Unknown ones share a line by cause."""
    for later in (False, True):
        part = [item for item in found.checked if item.later is later and (every or item.verdict != "allowed")]
        if part:
            yield Line(f"{TITLES[later]}:", style="bold")
            yield from _rows([item for item in part if item.verdict != "unknown"])
            yield from _unknown([item for item in part if item.verdict == "unknown"])
    for alias, documents in found.policies.items():
        for document in documents:
            yield Line(f"Policy to ask for{_where(alias)}:", style="bold")
            yield from (Line(f"  {line}") for line in json.dumps(document, indent=2).splitlines())
    if found.forbidden:
        yield Line(
            "Where a policy denies it, or a boundary or the organization does not allow it, also ask whoever set that."
        )


def summary(found: Preflight) -> str:
    """One sentence for all permissions."""
    if not found.checked:
        return "There is nothing to do, so no permission was checked."
    counts = [f"{len(found.missing)} missing"] * bool(found.missing) + [f"{len(found.unknown)} unknown"] * bool(
        found.unknown
    )
    all_of_them = f"{len(found.checked)} permission{'s' if len(found.checked) > 1 else ''}"
    return f"Of {all_of_them}: {', '.join(counts) or 'all allowed, as far as AWS says'}."


def _rows(items: Sequence[PermissionCheck]) -> Iterator[Line]:
    columns = [(item.addresses or "-", item.need.action, item.need.arn) for item in items]
    widths = [min(WIDEST, max(map(len, column))) for column in zip(*columns, strict=True)]
    for item, row in zip(items, columns, strict=True):
        mark, style = MARKS[item.verdict]
        text = "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True))
        why = f"{item.why} ({item.need.reason})" if item.why else item.need.reason
        yield Line(f"  {mark} ", style=style).append(f"{text}{_where(item.need.account)}  ", "default").append(why, "dim")


def _unknown(items: Sequence[PermissionCheck]) -> Iterator[Line]:
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in items:
        groups[item.need.account, item.why].append(item.need.action)
    for (account, why), actions in groups.items():
        names = ", ".join(dict.fromkeys(actions))
        yield Line(f"  ? {len(actions)} unknown{_where(account)}: {why}", style="yellow")
        yield Line(f"      {names}", style="dim")


def _where(account: str) -> str:
    return "" if account == DEFAULT else f"  [{account}]"
