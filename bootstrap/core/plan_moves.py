"""What is different between the plan of a file and the same plan made now: the world moved, and the file no longer holds.

After a run of the file that was cut off, what that run did does not count: the state says that it was this plan, and its
records say how far each resource got (`core/cut_off_run.py`). Pure.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bootstrap.core.cut_off_run import UNFINISHED, is_done_by_run, not_by_create
from bootstrap.core.difference import Difference
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.plan_file import PlanFile
from bootstrap.core.state import State, digest

_SHOWN = 80
"""Characters of a value in a sentence."""
_WHOLE = 2_000
"""Of a text of ours, which has at most a few names in it."""
_MOST = 50
"""Sentences; whoever replaced a whole role needs no more of them."""
_ABSENT = object()


def observed(plan: Plan) -> dict[str, dict[str, Any]]:
    """What AWS and the state had at each address. Commands, and texts for people, are not part of it."""
    first, *later = plan.stages
    if not later:
        return {change.address: _observed(change) for change in first.changes}
    replaced = {f"{change.address} (replaced)": _observed(change) for change in first.changes}
    return replaced | {change.address: _observed(change) for change in later[0].changes}


def _observed(change: Change) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "id": change.id,
        "recorded": change.record.status.value if change.record else "",
        "outputs": dict(change.outputs or {}),
        "differs": {each.path: each.before for each in change.differences},
        "sets": {each.path: each.after for each in change.differences},
        "starts": {each.path: value for each in change.differences if (value := _start(change, each)) is not None},
        "kept": {each.path: each.before for each in change.kept},
        "added": {name: sorted(texts) for name, texts in change.added.items()},
        "others": sorted(change.others),
        "contents": {text: digest({"document": document}) for text, document in change.contents.items()},
        "along": sorted(change.along),
        "loses": sorted(json.dumps(each.as_json(), sort_keys=True) for each in change.loses),
        "opened": sorted(each.line for each in change.warnings if each.drift),
    }


def _start(change: Change, difference: Difference) -> Any:
    """What the creating call leaves there."""
    value = change.resource.updates.after_create.get(difference.field)
    return value if difference.key is None else (value or {}).get(difference.key)


def moves(was: PlanFile, now: PlanFile, stored: State | None) -> list[str]:
    """One sentence for each difference, which names address and property; none if the plan holds. `now` is the plan of the
    same inputs, and `stored` the state that it was made from."""
    resumed = stored is not None and stored.plan == was.digest and not stored.edited
    found = [*_sections(was, now), *_observations(was, now, resumed=resumed), *_versions(was, now)]
    if not resumed:
        found += [
            _state_moved(name, was.state.get(name, ""), value)
            for name, value in now.state.items()
            if was.state.get(name, _ABSENT) != value
        ]
    elif was.state.get("lineage") not in ("", now.state["lineage"]):
        found.append("the state: it is that of another deployment of the same name")
    more = len(found) - _MOST
    return [*found[:_MOST], f"and {more} more"] if more > 0 else found


def _state_moved(name: str, before: Any, after: Any) -> str:
    if name == "edited":
        return "the state: it was edited by hand, or is no longer, since the plan was made"
    why = ": somebody used it since" if name != "place" else ""
    return f"the state: its {name} was {shown(before)} when the plan was made, and is {shown(after)}{why}"


def _sections(was: PlanFile, now: PlanFile) -> Iterator[str]:
    """What should exist. The same inputs give something else where the account answers otherwise, or the file was forged."""
    for name in ("deployment", "integration", "inputs", "given", "allowed"):
        before, after = getattr(was, name), getattr(now, name)
        yield from _compared(f"{name}:", before, after) if isinstance(before, dict) else _compared("", before, after, name)
    graph = [
        text
        for address in {**was.graph, **now.graph}
        for text in _compared(f"{address}:", was.graph.get(address, _ABSENT), now.graph.get(address, _ABSENT))
    ]
    yield from graph
    for name in ("policies", "access") if not graph else ():  # they follow from it
        for address in {**getattr(was, name), **getattr(now, name)}:
            before, after = (getattr(each, name).get(address, _ABSENT) for each in (was, now))
            yield from _compared(f"{address}: {name}:", before, after)


def _observations(was: PlanFile, now: PlanFile, *, resumed: bool) -> Iterator[str]:
    for key in {**was.observed, **now.observed}:
        before, after = was.observed.get(key), now.observed.get(key)
        if before == after or (resumed and is_done_by_run(before, after)):
            continue
        if before is None or after is None:
            what = f"now {after['action']}" if after else f"no longer {(before or {}).get('action')}"
            yield f"{key}: the plan is {what} for it"
            continue
        if resumed and before["action"] == Action.CREATE and after["recorded"] in UNFINISHED:
            yield from (
                f"{key}: {path} is {shown(after['differs'][path])}, and the run that was cut off did not leave it so"
                for path in not_by_create(after)
            )
        yield from _moved(key, before, after)


def _versions(was: PlanFile, now: PlanFile) -> Iterator[str]:
    """The policies of others that say something else now. What nobody knew when the plan was made is not bound."""
    for address in {**was.versions, **now.versions}:
        known, found = was.versions.get(address, {}), now.versions.get(address, {})
        for arn in {**known, **found}:
            before, after = known.get(arn, _ABSENT), found.get(arn, _ABSENT)
            if before != after and not (before == "" and arn in found):
                which = f"{address}: the default version of {arn} was {shown(before)} when the plan was made, and"
                yield f"{which} is {shown(after)}: it may say something else" if after else f"{which} can no longer be read"


def _moved(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """What is different at one address. Where something exists now and did not, or no longer does, nothing more is said."""
    actions = (before.get("action"), after.get("action"))
    yield from _compared(f"{key}:", *actions, "action")
    if actions[0] != actions[1] and Action.CREATE in actions:
        return
    for name in {**before, **after}:
        old, new = before.get(name, _ABSENT), after.get(name, _ABSENT)
        if old == new or name == "action":
            continue
        if name == "differs" and isinstance(old, dict) and isinstance(new, dict):
            yield from (_difference(key, path, old, new) for path in {**old, **new} if old.get(path) != new.get(path))
        elif isinstance(old, list) and isinstance(new, list):
            reported = _reported_as_others(name, before, after)
            for what, those in (
                ("there is also", _but(new, [*old, *reported])),
                ("this is gone", _but(old, [*new, *reported])),
            ):
                yield from (f"{key}: since the plan was made, {what}: {shown(each, _WHOLE)}" for each in those)
        elif name == "contents" and isinstance(old, dict) and isinstance(new, dict):
            reported = [
                each for each in (*before.get("others", ()), *after.get("others", ())) if (each in old) != (each in new)
            ]
            yield from (
                f"{key}: since the plan was made, the content has changed of: {text}"
                for text in _but(_changed(old, new), reported)
            )
        elif name in ("sets", "starts") and isinstance(old, dict) and isinstance(new, dict):
            reported = _changed(before.get("differs", {}), after.get("differs", {}))
            yield from (
                f"{key}: {path} was to become {shown(old.get(path))} when the plan was made, and is to become "
                f"{shown(new.get(path))}"
                for path in _but(_changed(old, new), reported)
            )
        else:
            yield from _compared(f"{key}: {name}", old, new)


def _reported_as_others(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Any]:
    """The warnings about what "others" has: that says it already."""
    texts = [str(each) for found in (before, after) for each in found.get("others", ())] if name == "opened" else []
    warnings = [each for found in (before, after) for each in found.get("opened", ())] if texts else []
    return [each for each in warnings if any(str(each).startswith(f"{text}: ") for text in texts)]


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Any]:
    return [name for name in {**old, **new} if old.get(name, _ABSENT) != new.get(name, _ABSENT)]


def _but(those: list[Any], known: list[Any]) -> list[Any]:
    return [each for each in those if each not in known]


def _difference(key: str, path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """A property that AWS has in another form than it should be."""
    if path not in new:
        return f"{key}: {path} was {shown(old[path])} when the plan was made, and has since become what it should be"
    was = f"was {shown(old[path])}" if path in old else "was as it should be"
    return f"{key}: {path} {was} when the plan was made, and is {shown(new[path])}"


def _compared(where: str, old: Any, new: Any, path: str = "") -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in {**old, **new}:
            below = f"{path}.{name}" if path else str(name)
            yield from _compared(where, old.get(name, _ABSENT), new.get(name, _ABSENT), below)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, pair in enumerate(zip(old, new, strict=True)):
            yield from _compared(where, *pair, f"{path}[{number}]")
    elif old != new or type(old) is not type(new):
        yield f"{f'{where} {path}'.strip()} was {shown(old)} when the plan was made, and is {shown(new)}"


def shown(value: Any, most: int = _SHOWN) -> str:
    """A value in a sentence."""
    text = "absent" if value is _ABSENT or value is None else value if isinstance(value, str) else json.dumps(value)
    return (text if len(text) <= most else f"{text[:most]}...") or "empty"
