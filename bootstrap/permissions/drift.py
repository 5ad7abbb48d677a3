"""What somebody changed outside bootstrap, and which of it gives somebody more access. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from bootstrap.core.difference import Difference, differences
from bootstrap.core.flags import DETACH_FOREIGN
from bootstrap.core.live import Live
from bootstrap.core.owner import Owner
from bootstrap.core.ownership import NOT_OURS, ownership_of
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.reasons import ADOPTED
from bootstrap.core.security_difference import SecurityDifference
from bootstrap.core.state import Record, Status
from bootstrap.core.strictness import Compared
from bootstrap.core.warning import WHEN_ADOPTED, PlanWarning
from bootstrap.permissions.policy_order import denial_order, statement_order, statements_order
from bootstrap.permissions.widening import added_widenings, widenings
from bootstrap.permissions.widening_rules import badness

_OUTSIDE = "opened outside bootstrap: "
_ADDED = "added outside bootstrap: "
_UNFINISHED = "opened outside bootstrap, or left so by a run that was cut off: "


def drift_warnings(
    change: Change, live: Live | None, owner: Owner | None = None, *, believed: bool = True
) -> tuple[PlanWarning, ...]:
    """What somebody opened outside bootstrap, and whether create sets it back. `believed` says that the record is as
    bootstrap wrote it; a change that only the inputs ask for is no drift. `owner` is what our owner tags say."""
    if live is None:
        return tuple(_lost_denials(change))
    if change.action is Action.BLOCKED:
        found = dict.fromkeys(_in_its_place(change, live, owner))
    elif change.action is Action.ADOPT:
        found = dict.fromkeys(_widenings(change, change.later, believed=True))
    elif change.action in (Action.UPDATE, Action.NOOP):
        changed = (item for item in change.differences if change.record and not _may_be_unfinished(change.record, item))
        found = dict.fromkeys(_widenings(change, changed, believed=believed))
    else:
        return ()
    added = list(added_widenings(change.resource, change.others, live.statements, live.documents))
    if change.action is Action.ADOPT:  # it was there before this was a deployment
        added = [replace(item, text=item.text.replace(_ADDED, WHEN_ADOPTED)) for item in added]
    return (*found, *(replace(item, drift="set back") if item.statement in change.detached else item for item in added))


def security_differences(plan: Plan) -> tuple[SecurityDifference, ...]:
    """Everything in which AWS differs from what the state records, in a plan to restore it; what gives somebody more access
    comes first, the worst of it before all. A tag that somebody added is no difference."""
    found = [*(item for change in plan.changes for item in _judged(change)), *map(_unfinished, plan.unfinished)]
    return tuple(sorted(found, key=lambda each: badness(each.code)))


def _judged(change: Change) -> Iterator[SecurityDifference]:
    opened = [item for item in change.warnings if item.drift]
    harmless = []
    for item in change.differences:
        widening = list(_widenings(change, [item], believed=True))
        if not widening:
            harmless.append((item.path, ADOPTED if change.is_as_adopted(item) else "changed"))
        for each in widening:
            if each not in opened:  # its record is of a run that was cut off
                opened.append(replace(each, text=each.text.replace(_OUTSIDE, _UNFINISHED)))
    explained = tuple(f" {each.statement}" for each in opened)
    added = [text for text in change.others if not text.startswith("tag ") and not f" {text}".endswith(explained)]
    harmless += [(text, "added by somebody else; it opens nothing") for text in added]
    for item in change.kept:
        how = "stricter when it was adopted" if change.is_as_adopted(item) else "made stricter"
        harmless.append((item.path, f"{how}, and kept"))
    if change.action in (Action.CREATE, Action.BLOCKED, Action.UNREADABLE) and not opened:
        harmless.append(("", change.reason))
    for each in opened:
        flag = f"--{DETACH_FOREIGN}" if each.statement in change.detachable and each.drift == "left alone" else ""
        yield _difference(change, each.statement, each.text, code=each.code, create=each.drift, flag=flag)
    for where, text in harmless:
        yield _difference(change, where, text)


def _difference(change: Change, where: str, text: str, **more: Any) -> SecurityDifference:
    return SecurityDifference(address=change.address, kind=change.resource.kind, where=where, text=text, **more)


def _unfinished(address: str) -> SecurityDifference:
    return SecurityDifference(address=address, kind="", where="", text="still to be created")


def _widenings(change: Change, found: Iterable[Difference], *, believed: bool) -> Iterator[PlanWarning]:
    for item in found:
        was = _set_before(change.record, item) if change.record and believed else item.after
        for each in widenings(change.resource, Difference(item.field, item.key, item.before, was)):
            adopted = change.is_as_adopted(item) and believed
            yield replace(each, text=each.text.replace(_OUTSIDE, WHEN_ADOPTED)) if adopted else each


def _in_its_place(change: Change, live: Live, owner: Owner | None) -> Iterator[PlanWarning]:
    """What is open in a resource that create does not touch: ours without its owner tags, or another one of its name."""
    if change.record is None or change.record.status is Status.CREATING or owner is None:
        return
    if change.resource.taggable and ownership_of(change.resource, change.record, live, owner) in NOT_OURS:
        yield PlanWarning("somebody put another resource in its place", "replaced", drift="left alone")
    changed = differences(change.resource, live, change.record.properties)
    for each in _widenings(change, changed, believed=True):
        yield replace(each, drift="left alone")


def _lost_denials(change: Change) -> Iterator[PlanWarning]:
    """What a statement denied that somebody removed as a whole."""
    if change.record is None or change.action is not Action.CREATE or change.record.status is Status.CREATING:
        return
    for name, rule in change.resource.updates.strictness.items():
        if isinstance(rule, Compared) and rule.function in (denial_order, statement_order, statements_order):
            yield from widenings(change.resource, Difference(name, None, None, change.record.properties.get(name)))


def _may_be_unfinished(record: Record, item: Difference) -> bool:
    """Whether a run of ours that was cut off may have left it so."""
    if record.status in (Status.READY, Status.ADOPTING):  # an adopt changes nothing but tags
        return False
    return (
        record.status is not Status.UPDATING or record.changing is None or bool({item.path, item.field} & {*record.changing})
    )


def _set_before(record: Record, item: Difference) -> Any:
    """What bootstrap set; what it wants now, where the record does not have that."""
    if item.key is None:
        return record.properties.get(item.field, item.after)
    return (record.properties.get(item.field) or {}).get(item.key, item.after)
