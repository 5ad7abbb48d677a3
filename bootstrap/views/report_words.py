"""The sentences of a report that all of its formats share."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bootstrap.core import commands
from bootstrap.core.entrant import Entrant
from bootstrap.core.integration import inputs_of
from bootstrap.core.policy import as_list
from bootstrap.permissions.access import Level
from bootstrap.permissions.access_rows import AccessRow
from bootstrap.permissions.cannot import Check
from bootstrap.permissions.report import Report, RoleAccess
from bootstrap.views.report_blocks import Cell
from bootstrap.views.review_words import condition_words

LEVEL_WORDS: Mapping[Level, str] = {
    "permissions": "Permissions management",
    "write": "Write",
    "tag": "Tagging",
    "read": "Read",
    "list": "List",
}
_FEW = 10
"""So many actions stand in a cell; more are counted by service, and open."""
_RESOURCES = 6


def heading(report: Report) -> str:
    name = report.integration.name
    return f"Review of deployment {report.recorded.deployment} ({name})" if report.recorded else f"Review of {name}"


def verdict(report: Report) -> str:
    """The answer in a few sentences."""
    found = report.verdict
    made = f"{'The deployment has' if report.recorded else 'It creates'} {_counted(found.resources, 'resource')}"
    names = list(dict.fromkeys(map(enters, found.outside)))
    if report.waiting:
        enter = "Nobody gets in yet: the role is locked until the vendor has shown what is missing"
        enter += f"; then, from outside, {joined(names)}" if names else ""
    elif names:
        enter = f"From outside, {joined(names)} {'get' if len(names) > 1 else 'gets'} in"
    else:
        enter = "Nobody from outside gets in"
    more = "gain more permissions than are granted"
    abilities = {"read": found.reads, "write": found.writes, "manage permissions": found.administers, more: found.raises}
    can = [word for word, does in abilities.items() if does]
    cannot = [word for word, does in abilities.items() if does is False]
    does = [*([f"can {joined(can)}"] if can else []), *([f"cannot {joined(cannot, 'or')}"] if cannot else [])]
    unknown = f". Whether they can {more} is not known here" if found.raises is None else ""
    return f"{made}. {enter}. Whoever uses its roles {', but '.join(does)}{unknown}."


def enters(each: Entrant) -> str:
    """Who it is, in a list of several."""
    who = each.sentence.partition(" may ")[0].rstrip(",").replace(", as its role ", " as its role ")
    return each.marked(who, each.principal)


def joined(words: Iterable[str], last: str = "and") -> str:
    *first, end = list(words) or [""]
    return f"{', '.join(first)} {last} {end}" if first else end


def actions_cell(row: AccessRow) -> Cell:
    """The actions by service; a long list is counted."""
    by_service: dict[str, list[str]] = {}
    for pattern, number in row.actions:
        service, colon, name = pattern.partition(":")
        shown = f"{name if colon else pattern} ({_counted(number, 'action')})" if (pattern, number) in row.patterns else name
        by_service.setdefault(service if colon else "all services", []).append(shown)
    lines = tuple(f"{service}: {', '.join(names)}" for service, names in by_service.items())
    if sum(map(len, by_service.values())) <= _FEW:
        return Cell(lines)
    counts: dict[str, int] = {}
    for pattern, number in row.actions:
        counts[pattern.partition(":")[0]] = counts.get(pattern.partition(":")[0], 0) + number
    most = sorted(counts.items(), key=lambda item: -item[1])
    first = [f"{service} {number}" for service, number in most[:_FEW]]
    rest = [f"and {len(most) - _FEW} more services"] if len(most) > _FEW else []
    return Cell((f"{_counted(sum(counts.values()), 'action')}: {', '.join([*first, *rest])}",), lines)


def resources_cell(row: AccessRow) -> Cell:
    but = "everything but " if row.but else ""
    lines = tuple(f"{but}{'every resource' if arn == '*' else arn}" for arn in row.resources)
    who = (f"for {', '.join(row.who)}",) if row.who else ()
    return Cell((*lines[:_RESOURCES], *who), lines[_RESOURCES:], "warn" if row.everywhere and not row.denies else "")


def wildcard_words(rows: Sequence[AccessRow]) -> str:
    """How much the wildcards of a role stand for."""
    allowed = [row for row in rows if not row.denies]
    patterns = dict.fromkeys(pattern for row in allowed for pattern, _ in row.patterns)
    matched = sum(number for row in allowed for _, number in row.patterns)
    everywhere = [row for row in allowed if row.everywhere]
    wide = dict.fromkeys(arn for row in allowed for arn in row.wide_resources if arn != "*")
    of_actions = f"{_counted(len(patterns), 'pattern')} of actions, which stand for {_counted(matched, 'action')}"
    named = sum(number for row in everywhere for _, number in row.actions)
    return (
        f"Wildcards: {of_actions if patterns else 'none in actions'}; {_counted(named, 'action')} on every resource; "
        f"{_counted(len(wide), 'pattern')} of resources."
    )


def principals(access: RoleAccess) -> str:
    """Who acts with these permissions."""
    who = joined(dict.fromkeys(map(enters, access.by))) or "nobody by this deployment"
    if access.role.grants.is_bucket:
        return f"Used by {who}"
    existed = " The role existed before: only what is added to it is known here." if access.exists else ""
    return f"Assumed by {who}.{existed}"


def check_words(check: Check) -> str:
    more = f"; and {check.more} more" if check.more else ""
    return f"{'; '.join(check.against)}{more}"


def statement_words(statement: Mapping[str, Any] | None) -> tuple[str, ...]:
    """A statement of a policy in a few lines."""
    if statement is None:
        return ("not granted",)
    actions = ", ".join(map(str, as_list(statement.get("Action", statement.get("NotAction", [])))))
    but = "all but " if "NotAction" in statement else ""
    who = statement.get("Principal", {})
    names = [str(name) for each in who.values() for name in as_list(each)] if isinstance(who, Mapping) else [str(who)]
    on = as_list(statement.get("Resource", statement.get("NotResource", [])))
    return (
        f"{'denies ' if statement.get('Effect') == 'Deny' else ''}{but}{actions}",
        *([f"by {', '.join(names)}"] if names else []),
        *([f"on {'all but ' if 'NotResource' in statement else ''}{', '.join(map(str, on))}"] if on else []),
        *condition_words(statement.get("Condition", {})),
    )


def input_words(report: Report) -> Iterator[str]:
    """The inputs that have a value, as one types them; those that nobody gave are marked."""
    for item in inputs_of(report.integration):
        value = report.inputs.get(item.name)
        if value not in (None, "", [], False):
            typed = commands.quoted(*item.words(value))
            found = (
                " (default)"
                if value == item.default
                else " (looked up or generated)"
                if report.recorded
                else " (an example)"
            )
            yield typed if item.name in report.given else typed + found


def indented(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
