"""What somebody approves with a plan, in lines: what is done, what is lost, who gets in, and who may do what. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from bootstrap.core.plan_file import PlanFile
from bootstrap.permissions.since import check_access, since

_DONE = {"create": "Created", "update": "Changed", "delete": "Deleted", "forget": "No longer recorded", "noop": "As it is"}


def summary_of(plan: PlanFile) -> list[str]:
    """From the file alone, which may be forged: nothing in it is believed to be more than text."""
    return [line if line.isprintable() else ascii(line) for line in _summary(plan)]


def _summary(plan: PlanFile) -> Iterator[str]:
    for each in plan.accounts.values():
        yield f"In: account {each['id']}, {each['region']}"
    for action, word in _DONE.items():
        if there := [address for address, seen in plan.observed.items() if seen.get("action") == action]:
            yield f"{word}: {', '.join(there)}"
    if plan.allowed:
        yield f"Allows what may lose something: {', '.join(f'--{each}' for each in plan.allowed)}"
    for address, seen in plan.observed.items():
        yield from (f"Lost: {address}: {each}" for each in _texts(seen, "loses"))
        yield from (f"Warning: {each}" for each in _texts(seen, "opened"))
    try:
        check_access(plan.access)
    except ValueError as error:
        yield f"Access: unknown: {error}"
        return
    yield from (f"Access: {change.line}" for change in since({}, plan.access))


def _texts(seen: Mapping[str, Any], name: str) -> list[str]:
    found = seen.get(name)
    return [str(each) for each in found] if isinstance(found, list) else []
