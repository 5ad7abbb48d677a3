"""What somebody approves with a plan, in lines: what is done, what is lost, who gets in, and who may do what. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bootstrap.core.plan import Action
from bootstrap.core.plan_file import PlanFile
from bootstrap.core.plan_moves import shown
from bootstrap.core.source import FLEET
from bootstrap.permissions.access_lines import access_lines
from bootstrap.permissions.organization import Demands
from bootstrap.permissions.since import check_access

_DONE = {
    Action.CREATE: "Creates",
    Action.UPDATE: "Changes",
    Action.DELETE: "Deletes",
    Action.FORGET: "No longer records",
    Action.NOOP: "Leaves as it is",
}
_WHERE = {"organizational_unit": "In the accounts of", "account": "Only in", "exclude": "Not in"}
"""Where the stacks of a fleet are, by the input that says it."""


def summary_of(plan: PlanFile) -> list[str]:
    """From the file alone, which may be forged: nothing in it is believed to be more than text."""
    return _printable(_summary(plan))


@dataclass(frozen=True)
class Planned:
    """The plan that a report is about, and the file that has it. `flags` are the words with which a command is about the
    same states."""

    plan: PlanFile
    path: str
    flags: tuple[str, ...] = ()

    @property
    def counted(self) -> dict[str, int]:
        """What it does to how many resources."""
        verbs = {Action.CREATE: "create", Action.UPDATE: "change", Action.DELETE: "delete", Action.FORGET: "forget"}
        found = Counter(str(seen.get("action")) for seen in self.plan.observed.values())
        return {verb: found[action] for action, verb in verbs.items() if found[action]}

    @property
    def changes(self) -> list[str]:
        return _printable([*_changes(self.plan), *_policies(self.plan)])

    @property
    def demands(self) -> Demands | None:
        """What the organization demanded when the plan was made; None if that is not known."""
        lines, read = _texts(self.plan.demands, "lines"), self.plan.demands.get("read")
        return Demands(read, tuple(_printable(lines))) if isinstance(read, str) and read.isprintable() else None


def not_bound(plan: PlanFile) -> list[str]:
    """The policies of others that may say something else when it is run: AWS did not show which version counts, or they
    are in the accounts of a fleet."""
    known = {arn: version for each in plan.versions.values() for arn, version in each.items()}
    named = plan.inputs.get("permissions_boundary")
    elsewhere = [named] if isinstance(named, str) and named and named not in known else []
    return _printable([*(arn for arn, version in known.items() if not version), *elsewhere])


def _policies(plan: PlanFile) -> Iterator[str]:
    """What it says of the managed policies of others."""
    known = {arn: version for each in plan.versions.values() for arn, version in each.items() if version}
    yield from (f"Holds for: {arn}, version {version}" for arn, version in known.items())
    yield from (f"Does not bind what this policy says, as its version is not known: {arn}" for arn in not_bound(plan))


def _summary(plan: PlanFile) -> Iterator[str]:
    yield f"Deployment: {plan.deployment} of {plan.word}"
    if given := {name: value for name in plan.given if (value := plan.inputs.get(name)) not in (None, "", [])}:
        yield f"Inputs: {', '.join(f'{name} = {shown(value)}' for name, value in given.items())}"
    for each in plan.accounts.values():
        yield f"In: account {each['id']}, {each['region']}"
    yield from where_of(plan.integration.get("name", ""), plan.inputs)
    yield from _changes(plan)
    yield from _policies(plan)
    try:
        check_access(plan.access)
    except ValueError as error:
        yield f"Access: unknown: {error}"
        return
    yield from (f"Access: {line}" for line in access_lines(plan.access, tuple(plan.places.values())))


def where_of(integration: str, inputs: Mapping[str, Any]) -> Iterator[str]:
    """In which accounts it is, for a fleet."""
    if integration.endswith(FLEET):
        for name, where in _WHERE.items():
            if found := _texts(inputs, name):
                yield f"{where}: {', '.join(found)}"


def _changes(plan: PlanFile) -> Iterator[str]:
    """What is done to resources, and what may be lost."""
    for action, word in _DONE.items():
        if there := [address for address, seen in plan.observed.items() if seen.get("action") == action]:
            yield f"{word}: {', '.join(there)}"
    for address, seen in plan.observed.items():
        if seen.get("action") == Action.UPDATE and isinstance(sets := seen.get("sets"), dict) and sets:
            yield f"Sets in {address}: {', '.join(_set(path, value) for path, value in sets.items())}"
    if plan.allowed:
        yield f"Allows what may lose something: {', '.join(f'--{each}' for each in plan.allowed)}"
    for address, seen in plan.observed.items():
        yield from (f"Deletes with {address}: {each}" for each in _texts(seen, "along"))
        yield from (f"Loses in {address}: {each}" for each in _texts(seen, "loses"))
        yield from (f"Warning: {each}" for each in _texts(seen, "opened"))


def _set(path: str, value: Any) -> str:
    """What becomes of a property; a policy has its own place on a page."""
    if value is None:
        return f"{path} (removed)"
    return path if isinstance(value, dict | list) else f"{path} = {shown(value)}"


def _printable(lines: Iterable[str]) -> list[str]:
    return [line if line.isprintable() else ascii(line) for line in lines]


def _texts(seen: Mapping[str, Any], name: str) -> list[str]:
    found = seen.get(name)
    return [str(each) for each in found] if isinstance(found, list) else []
