"""What the run of a plan that was cut off explains: how far it can have got at one address. Pure."""

from collections.abc import Mapping
from typing import Any

from bootstrap.core.plan import Action
from bootstrap.core.state import Status

UNFINISHED = ("", Status.CREATING.value, Status.UPDATING.value)
_BY_RUN = {"action", "recorded", "differs", "sets", "starts", "outputs", "id"}
"""What of an observation the run of a plan changes itself."""


def is_done_by_run(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> bool:
    """Whether a run of the plan that was cut off explains the difference.

    In an update, each value has to be the old or the new one.
    """
    if before is None:
        return False
    was = before.get("action")
    if after is None:
        return was in (Action.DELETE, Action.FORGET)
    if not all(_is_part(value, before.get(name)) for name, value in after.items() if name not in _BY_RUN):
        return False
    action, recorded, differs = after["action"], after["recorded"], after["differs"]
    known = before.get("differs")
    planned = known if isinstance(known, dict) else {}
    match was:
        case Action.CREATE:
            gone = action == Action.CREATE and recorded in ("", Status.CREATING)
            half = recorded in UNFINISHED and not not_by_create(after)
            return gone or action == Action.NOOP or (action == Action.UPDATE and half)
        case Action.UPDATE:
            sets = before.get("sets", {})
            same = all(path in planned and planned[path] == value for path, value in differs.items())
            half = recorded == Status.UPDATING and all(
                path in planned and _is_between(value, planned[path], sets.get(path)) for path, value in differs.items()
            )
            return before.get("id") == after["id"] and (
                action == Action.NOOP or (action == Action.UPDATE and (same or half))
            )
        case Action.DELETE | Action.FORGET:
            return before.get("id") == after["id"] and action in (was, Action.FORGET)
    return False


def not_by_create(seen: Mapping[str, Any]) -> list[str]:
    """The paths with a value that no create that was cut off leaves: each is absent, as the creating call leaves it, or
    written."""
    starts, sets = seen["starts"], seen["sets"]
    return [
        path
        for path, value in seen["differs"].items()
        if value is not None and not _is_between(value, starts.get(path), sets.get(path))
    ]


def _is_between(value: Any, before: Any, wanted: Any) -> bool:
    """Whether a write that was cut off leaves this: of each value in it what was there, or what is written."""
    if any(value == each and type(value) is type(each) for each in (before, wanted)):
        return True
    if isinstance(value, dict):
        return all(
            _is_between(each, *(of.get(name) if isinstance(of, dict) else None for of in (before, wanted)))
            for name, each in value.items()
        )
    if isinstance(value, list):
        known = [each for of in (before, wanted) if isinstance(of, list) for each in of]
        return all(each in known for each in value)
    return False


def _is_part(value: Any, of: Any) -> bool:
    """Whether the run only took away from what the plan observed, as what it detaches or sets back."""
    if isinstance(value, dict):
        return isinstance(of, dict) and all(name in of and _is_part(each, of[name]) for name, each in value.items())
    if isinstance(value, list):
        return isinstance(of, list) and all(each in of for each in value)
    return bool(value == of)
