"""The sentences of a report that all of its formats share."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import replace
from typing import Any

from bootstrap.core.entrant import Entrant
from bootstrap.core.policy import as_list
from bootstrap.permissions.access import Level, matched
from bootstrap.permissions.access_rows import AccessRow
from bootstrap.permissions.actions import table
from bootstrap.permissions.lint.escalation import ALONE
from bootstrap.permissions.report import Report, RoleAccess
from bootstrap.views.report_blocks import Cell, Code, Tone
from bootstrap.views.review_words import condition_words

LEVEL_WORDS: Mapping[Level, str] = {
    "permissions": "Permissions management",
    "write": "Write",
    "tag": "Tagging",
    "read": "Read",
    "list": "List",
}
ABOUT = (
    "bootstrap is a command-line tool that prepares an AWS account for a vendor. Its command create makes the resources of "
    "this page, tags them with their owner and records them in a file, the state; destroy deletes exactly those, and its "
    "receipt says what is gone. The vendor's page is the one whose instructions it follows."
)
_FEW = 10
"""So many actions stand in a cell; more are counted by service, and open."""
_RESOURCES = 6
_SEVERE = ("iam:PassRole", *ALONE)
"""What is named first among many actions."""


def heading(report: Report) -> str:
    name = report.integration.name
    if report.planned:
        return f"Review of the plan for {report.deployment} ({name})"
    return f"Review of deployment {report.deployment} ({name})" if report.deployment else f"Review of {name}"


def enters(report: Report, each: Entrant) -> str:
    """Who it is, in a list of several."""
    if each.named_by in (flag for example, flag in each.examples if example in each.principal):
        each = replace(each, named_by="")  # it is marked as an example of that option
    who = each.sentence.partition(" may ")[0].rstrip(",")
    who = who if each.named_by else who.replace(", as its ", " as its ")
    if each.principal.endswith(":root"):
        who = f"any identity of {who}"
    if each.account in report.own:
        who = who.replace(f"account {each.account}", report.called(each.account))
    return each.marked(who, each.principal)


def joined(words: Iterable[str], last: str = "and") -> str:
    *first, end = list(words) or [""]
    return f"{', '.join(first)} {last} {end}" if first else end


def actions_cell(row: AccessRow) -> Cell:
    """The actions by service; a long list is counted."""
    by_service: dict[str, list[str]] = {}
    for pattern, number in row.actions:
        service, colon, name = pattern.partition(":")
        shown = _pattern_words(pattern, number) if (pattern, number) in row.patterns else name
        by_service.setdefault(service if colon else "all services", []).append(shown)
    lines = tuple(f"{service}: {', '.join(names)}" for service, names in by_service.items())
    if sum(map(len, by_service.values())) <= _FEW:
        return Cell(lines)
    counts = Counter(name.partition(":")[0] for name in row.names)
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    first = [f"{service} {number}" for service, number in most[:_FEW]]
    rest = [f"and {len(most) - _FEW} more services"] if len(most) > _FEW else []
    severe = [name for name in _SEVERE if name in row.names]
    among = f"among them {', '.join(severe[:_FEW])}{' and more' if len(severe) > _FEW else ''}"
    total = f"{counted(len(row.names), 'action')}: {', '.join([*first, *rest])}"
    return Cell((total, *([among] if severe else [])), lines, title="all of them")


def _pattern_words(pattern: str, number: int) -> str:
    """A pattern of actions, with how many actions of this level it comes to."""
    _, colon, name = pattern.partition(":")
    if name == "*":
        return (
            f"the only action of this level ({pattern})"
            if number == 1
            else f"all {number} actions of this level ({pattern})"
        )
    return f"{name if colon else pattern} ({counted(number, 'action')})"


def resources_cell(row: AccessRow) -> Cell:
    but = "everything but " if row.but else ""
    lines = tuple(f"{but}{'every resource' if arn == '*' else arn}" for arn in row.resources)
    who = (f"for {', '.join(row.who)}",) if row.who else ()
    return first_of((*lines, *who), _RESOURCES, "warn" if row.everywhere and not row.denies else "")


def first_of(lines: Sequence[str], most: int, tone: Tone = "") -> Cell:
    """A cell with as many of the lines; a reader opens the others."""
    rest = tuple(lines[most:])
    return Cell(tuple(lines[:most]), rest, tone, f"and {len(rest):,} more" if rest else "")


def wildcard_words(rows: Sequence[AccessRow]) -> str:
    """How much the wildcards of a role stand for."""
    allowed = [row for row in rows if not row.denies]
    patterns = dict.fromkeys(pattern for row in allowed for pattern, _ in row.patterns)
    stood_for = {
        name for pattern in patterns for _, found in matched(pattern, table()) for name in (each.name for each in found)
    }
    wide = list(dict.fromkeys(arn for row in allowed for arn in row.wide_resources if arn != "*"))
    everywhere = {name for row in allowed if row.everywhere for name in row.names}
    return " ".join(
        (
            f"{_such(list(patterns), 'pattern')} of actions {_verb(patterns, 'comes', 'come')} to "
            f"{counted(len(stood_for), 'action')}."
            if patterns
            else "No wildcard stands for actions.",
            f"{counted(len(everywhere), 'action')} {_verb(everywhere, 'is', 'are')} allowed on every resource."
            if everywhere
            else "No action is allowed on every resource.",
            f"{_such(wide, 'pattern')} {_verb(wide, 'stands', 'stand')} for resources." if wide else "",
        )
    ).strip()


def _such(patterns: Sequence[str], word: str) -> str:
    """How many there are, with the first of them."""
    example = f" ({patterns[0]})" if len(patterns) == 1 else f", such as {patterns[0]},"
    return f"{counted(len(patterns), word)}{example}"


def _verb(several: Sized, one: str, more: str) -> str:
    return one if len(several) == 1 else more


def principals(report: Report, access: RoleAccess) -> str:
    """Who acts with these permissions."""
    who = joined(dict.fromkeys(enters(report, each) for each in access.by)) or "nobody by this deployment"
    if access.role.grants.is_bucket:
        return f"Used by {who}"
    existed = " The role existed before: only what is added to it is known here." if access.exists else ""
    return f"Assumed by {who}.{existed}"


def session_words(access: RoleAccess) -> str:
    """How long somebody acts with the role. Source: IAM API reference UpdateRole (the maximum is not for credentials that
    EC2 hands to its machines)."""
    services = joined(dict.fromkeys(each.principal for each in access.by if each.kind == "Service"))
    said = [f"A session lasts at most {hours(access.sent.hours)}, and whoever gets in may begin another at any time."]
    if services:
        said = [] if all(each.kind == "Service" for each in access.by) else said
        renewed = "gets new credentials as long as it runs: no length of a session limits that."
        said.append(f"What runs with the role at {services} {renewed}")
    if any(each.role == access.role.grants.role == each.principal.rpartition("/")[2] for each in access.by):
        said.append("The role may assume itself, so a session can also be renewed without signing in again.")
    boundary = access.sent.boundary
    said.append(f"Its permissions boundary is {boundary}." if boundary else "It has no permissions boundary.")
    return " ".join(said)


def hours(number: float) -> str:
    return f"{number:g} {'hour' if number == 1 else 'hours'}"


def documents(access: RoleAccess) -> Iterator[Code]:
    """What is sent to AWS for a role, and the content of AWS's own policies."""
    for title, document in access.sent.documents.items():
        yield Code(f"{title[0].upper()}{title[1:]}, as it is sent", indented(document), detail=True)
    for each in access.role.policies:
        if found := each.published:
            when = f"AWS's policy {found.name}, {found.version} of {found.updated}; AWS may change it after an approval"
            yield Code(when, indented(found.document), detail=True)


def statement_words(statement: Mapping[str, Any] | None) -> tuple[str, ...]:
    """A statement of a policy in a few lines."""
    if statement is None:
        return ("not granted",)
    if "Policy" in statement:
        return (f"all of {statement['Policy']}",)
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


def indented(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
