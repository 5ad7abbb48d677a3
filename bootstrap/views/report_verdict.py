"""The answer of a report in a few sentences, which all of its formats share."""

from bootstrap.permissions.cannot import RAISING
from bootstrap.permissions.report import Report
from bootstrap.views.report_words import counted, enters, joined

_MAY_HOLD_KEYS = ("secrets", "parameters", "settings", "content")
"""The claims about what may have passwords and keys in it."""


def verdict(report: Report) -> str:
    """The answer in a few sentences."""
    found = report.verdict
    made = f"{'The deployment has' if report.recorded else 'It creates'} {counted(found.resources, 'resource')}"
    if report.planned:
        todo = joined([f"{number} to {verb}" for verb, number in report.planned.counted.items()]) or "nothing to do"
        made = f"After the plan, the deployment has {counted(found.resources, 'resource')} ({todo})"
    if report.stacks:
        made += f", and {counted(len(report.review.resources), 'resource')} in each account"
    names = list(dict.fromkeys(enters(report, each) for each in found.outside))
    if report.waiting:
        enter = "Nobody gets in yet: the role is locked until the vendor has shown what is missing"
        enter += f"; then, from outside, {joined(names)}" if names else ""
    elif names:
        enter = f"From outside, {joined(names)} {'get' if len(names) > 1 else 'gets'} in"
    else:
        enter = "Nobody from outside gets in"
    more = "gain more permissions through IAM than are granted"
    abilities: dict[str, bool | None] = {"read": found.reads, "write": found.writes, "delete": found.deletes}
    abilities |= {"manage permissions": found.administers, more: found.raises}
    can = [word for word, does in abilities.items() if does]
    cannot = [word for word, does in abilities.items() if does is False] if not found.raises else []  # else all is possible
    not_granted = "is not granted to" if found.raises is None else "cannot"
    does = [*([f"can {joined(can)}"] if can else []), *([f"{not_granted} {joined(cannot, 'or')}"] if cannot else [])]
    unknown = f". Whether they can {more} is not known here{_only_because(report)}" if found.raises is None else ""
    who = f"Anyone who uses its roles {', but '.join(does)}{unknown}"
    return f"{made}. {enter}. {who}.{_found_in_reads(report)}{_scope(report)}{_options_on(report)}"


def _found_in_reads(report: Report) -> str:
    """That no statement rules out what a password can open; "" where more can be gained anyway."""
    reads = any(each.holds is False for each in report.checks if each.code in _MAY_HOLD_KEYS)
    return (
        " What they can read may hold passwords or keys that open more." if report.verdict.raises is False and reads else ""
    )


def _options_on(report: Report) -> str:
    on = joined(limit.flag for limit in report.limits_on)
    return f" This is with {on}, which {'are' if len(report.limits_on) > 1 else 'is'} on." if on else ""


def _only_because(report: Report) -> str:
    """What leaves open whether somebody can gain more, and the option that would rule it out."""
    check = next(each for each in report.checks if each.code == RAISING)
    sids = dict.fromkeys(each.partition(": ")[0] for each in check.against if ": " in each)
    flags = report.settled.get(check.code)
    because = f", only because of what {joined(sids)} {'grants' if len(sids) == 1 else 'grant'}" if sids else ""
    return f"{because}{f'; with {joined(flags)}, they cannot' if flags else ''}"


def _scope(report: Report) -> str:
    """On what they can do it; "" where they can gain more, or that is not known."""
    found = report.verdict
    if found.raises is not False or not any(each.rows for each in report.access):
        return ""
    if not found.everywhere:
        keys = ", and to the KMS keys of the named buckets, which create finds" if report.keys_added else ""
        return f" All of it is limited to the resources that are named below{keys}."
    only = " under conditions" if found.limited else ""
    changes = len(found.changes_everywhere)
    change = (
        f"{changes:,} of them {'changes' if changes == 1 else 'change'} something" if changes else "none changes anything"
    )
    verb = "is" if len(found.everywhere) == 1 else "are"
    return f" On every resource, {counted(len(found.everywhere), 'action')} {verb} allowed{only}; {change}."
