"""Text for a preflight: the missing permissions, with the policy to ask for, and the unknown ones."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bootstrap.core.account import DEFAULT
from bootstrap.permissions.preflight import PermissionCheck, Preflight
from bootstrap.views.screen import Line
from bootstrap.views.table import row, widths_of

MARKS = {"allowed": ("+", "green"), "missing": ("!", "bold red"), "unknown": ("?", "yellow")}
TITLES = {False: "Permissions for this run", True: "Permissions for deleting it again"}


def preflight_lines(found: Preflight, *, every: bool, columns: int | None = None) -> Iterator[Line]:
    """One line for each permission, with the reason; allowed ones only with `every`. Unknown ones share a line by cause."""
    for later in (False, True):
        part = [item for item in found.checked if item.later is later and (every or item.verdict != "allowed")]
        if part:
            yield Line(f"{TITLES[later]}:", style="bold")
            yield from _rows([item for item in part if item.verdict != "unknown"], columns)
            yield from _unknown([item for item in part if item.verdict == "unknown"])
    for alias, documents in found.policies.items():
        for document in documents:
            yield Line(f"Policy to ask for{_where(alias)}:", style="bold")
            yield from (Line(f"  {line}", no_wrap=True) for line in json.dumps(document, indent=2).splitlines())
    if found.forbidden:
        yield Line(
            "Where a policy denies it, or a boundary or the organization does not allow it, also ask whoever set that."
        )


def is_plain(found: Preflight) -> bool:
    """Whether `summary` says all: everything is allowed, or most could not be checked, all for one reason (root)."""
    causes = {item.why for item in found.unknown}
    return not found.missing and len(causes) <= 1 and not 0 < len(found.unknown) <= len(found.checked) / 2


def summary(found: Preflight) -> str:
    """One sentence for all permissions."""
    if not found.checked:
        return "There is nothing to do, so no permission was checked."
    number, unknown, missing = len(found.checked), len(found.unknown), len(found.missing)
    all_of_them = f"{number} permission{'s' if number > 1 else ''}"
    if unknown and is_plain(found):
        some = all_of_them if unknown == number else f"{unknown} of {all_of_them}"
        return f"{some} could not be checked: {found.unknown[0].why}."
    reasons = {item.why for item in found.checked}
    if len(reasons) == 1 and "" not in reasons and not missing:
        return f"{all_of_them} not checked: {reasons.pop()}."  # the sandbox
    counts = [f"{count} {word}" for word, count in (("missing", missing), ("unknown", unknown)) if count]
    if not counts:
        return f"{all_of_them} checked: all allowed, as far as AWS says."
    return f"{all_of_them} checked: {', '.join([f'{number - missing - unknown} allowed', *counts])}."


def _rows(items: Sequence[PermissionCheck], columns: int | None) -> Iterator[Line]:
    rows = [
        (
            item.addresses or "-",
            item.need.action,
            item.need.arn,
            *([f"[{item.need.account}]"] if item.need.account != DEFAULT else []),
            f"{item.why} ({item.need.reason})" if item.why else item.need.reason,
        )
        for item in items
    ]
    widths = widths_of([texts[:3] for texts in rows])
    for item, texts in zip(items, rows, strict=True):
        mark, style = MARKS[item.verdict]
        cells = [(text, "dim" if number == len(texts) - 1 else "default") for number, text in enumerate(texts)]
        yield from row(Line(f"  {mark} ", style=style), cells, (*widths, *map(len, texts[3:])), columns)


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
