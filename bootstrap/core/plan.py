"""A plan: plain data, printable, comparable with `==`, and good as JSON."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bootstrap.core.account import DEFAULT
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Outputs
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State, Status
from bootstrap.core.tightening import access_given_back, with_values
from bootstrap.errors import PlanRefused, lines


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    FORGET = "forget"
    """Our thing is gone; only its record goes."""
    NOOP = "no-op"
    UNREADABLE = "unreadable"
    """What AWS does not show is neither there nor gone: always refused, and nothing is planned for it."""
    BLOCKED = "blocked"
    """What is there must not be touched, or not be deleted now: always refused as well."""

    @property
    def symbol(self) -> str:
        symbols = {
            "create": "+",
            "update": "~",
            "delete": "-",
            "forget": "x",
            "no-op": "=",
            "unreadable": "?",
            "blocked": "!",
        }
        return symbols[self.value]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be done at one address, and why.

    `after` are the addresses whose changes come first; `others` is what somebody else added to the thing, and `detached`
    what of that a delete takes off and leaves; `along` names what else goes with this change; `kept` are settings that were
    tightened outside bootstrap and stay as AWS has them (`before`), though others are wanted (`after`), and `set_back`
    is the command that sets them back all the same; `refusal`, when it is not empty, says why this must not be done,
    `advice` what to type instead, and `denial` is as in `Live`; `if_taken` is what to type when its name turns out to be
    taken, and `warnings` tell what others have that takes the effect from it; of the `undecided` differences somebody has
    to choose a value, as neither is stricter; `blocks` is the action of a removal that is
    blocked.
    """

    address: str
    action: Action
    resource: Resource
    reason: str
    account: str = DEFAULT
    differences: tuple[Difference, ...] = ()
    after: tuple[str, ...] = ()
    record: Record | None = None
    outputs: Outputs | None = None
    others: tuple[str, ...] = ()
    detached: tuple[str, ...] = ()
    along: tuple[str, ...] = ()
    kept: tuple[Difference, ...] = ()
    set_back: str = ""
    refusal: str = ""
    advice: str = ""
    denial: Mapping[str, Any] | None = None
    if_taken: str = ""
    warnings: tuple[str, ...] = ()
    undecided: tuple[Difference, ...] = ()
    blocks: Action | None = None

    @property
    def intent(self) -> Action:
        """What would be done if nothing blocked it: what it takes is asked for all the same."""
        return self.blocks or self.action

    @property
    def id(self) -> str:
        """AWS's unique id of the thing, where it has one and it is known."""
        return (self.outputs or {}).get(self.resource.unique_id, "")

    @property
    def name(self) -> str:
        """What people call it; with the id where the name alone does not tell which one it is."""
        label = self.resource.label
        return f"{label} {self.id}" if self.id and self.resource.unnamed and self.id not in label else label

    @property
    def gives_back(self) -> tuple[str, ...]:
        """What brings access back that somebody took away: "inline_policies.data", or the name of an attachment."""
        if self.action is Action.UPDATE:
            return access_given_back(self.resource, self.record, self.differences)
        hung = self.record and self.record.status is Status.READY and not (self.resource.taggable or self.resource.shared)
        return (self.resource.label,) if hung and self.action is Action.CREATE else ()

    def as_json(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "action": self.action.value,
            "kind": self.resource.kind,
            "name": self.resource.label,
            "id": self.id,
            "account": self.account,
            "reason": self.reason,
            "differences": [item.as_json() for item in self.differences],
            "kept": [item.as_json() for item in self.kept],
            "set_back": self.set_back,
            "gives_back": list(self.gives_back),
            "after": list(self.after),
            "others": list(self.others),
            "detached": list(self.detached),
            "along": list(self.along),
            "warnings": list(self.warnings),
            "refusal": self.refusal,
            "advice": self.advice,
            "denial": dict(self.denial) if self.denial else None,
            "properties": self.resource.settings(),
        }


@dataclass(frozen=True)
class Plan:
    """`changes` stand in an order in which they could be done one by one; `set_back` is the command for all that is kept."""

    changes: tuple[Change, ...]
    set_back: str = ""

    @property
    def stages(self) -> tuple["Plan", ...]:
        """First what is deleted to be made again: its address stands in both. See `engine.stages`."""
        times = Counter(change.address for change in self.changes)
        first = self.changes[: sum(times.values()) - len(times)]
        later = self.changes[len(first) :]
        return (Plan(first), Plan(later)) if first else (self,)

    @property
    def work(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action is not Action.NOOP)

    @property
    def with_working_commands(self) -> "Plan":
        """Where something is refused, create sets nothing back: without the commands for that."""
        changes = tuple(replace(change, set_back="") for change in self.changes)
        return Plan(changes) if self.refused else self

    @property
    def refused(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.refusal)

    def check_feasible(self, *, shown: bool = True) -> None:
        """Raises PlanRefused when any change is refused; `shown` says that the plan was shown just before."""
        if refused := self.refused:
            problems = [f"{change.address}: {change.refusal}" for change in refused]
            advice = lines(*dict.fromkeys(change.advice for change in refused))
            denial = next((change.denial for change in refused if change.denial), None)
            what = "the plan cannot be carried out; nothing was changed"
            raise PlanRefused(what, problems, advice, shown=shown, denial=denial)

    def count(self, action: Action) -> int:
        return Counter(change.action for change in self.changes)[action]

    def as_json(self) -> dict[str, Any]:
        return {
            "changes": [change.as_json() for change in self.changes],
            "summary": {action.value: self.count(action) for action in Action},
            "refused": [change.address for change in self.refused],
            "set_back": self.set_back,
        }


def unreadable(change: Change, live: Live) -> Change:
    """The change, of what is there or may be, and AWS does not show."""
    why = "AWS does not let it be read" if live.denial is not None else "it cannot be used as it is now"
    return replace(
        change, action=Action.UNREADABLE, reason=why, refusal=live.unreadable, advice=live.advice, denial=live.denial
    )


def blocked(change: Change, reason: str, refusal: str, advice: str) -> Change:
    """The change, of what must not be touched; `reason` says in a few words how it is."""
    return replace(change, action=Action.BLOCKED, reason=reason, refusal=refusal, advice=advice)


def removed_unless_refused(change: Change) -> Change:
    """The removal, shown as blocked where it is refused."""
    if not change.refusal or change.action is Action.UNREADABLE:
        return change
    return replace(change, action=Action.BLOCKED, blocks=change.action)


def record_of(change: Change, resource: Resource, status: Status, outputs: Outputs, generation: int) -> Record:
    """What the state says of a change: the resource as it is resolved by now, and how far it has come.

    Of what is kept as somebody else made it, the state says what bootstrap wants.
    """
    return Record(
        address=change.address,
        kind=resource.kind,
        account=change.account,
        status=status,
        properties=with_values(resource.properties(), ((item, item.after) for item in change.kept)),
        outputs=outputs,
        depends_on=change.after,
        generation=generation,
        recorded_at=change.record.recorded_at if change.record else 0,
    )


def refreshed_state(state: State, plan: Plan) -> State:
    """What is as wanted is recorded as it is wanted now: wording and dependencies may have changed without a call.

    Only where nothing else changes: else the executor does it, in order, so that no two records need each other.
    """
    return state.put(
        *(
            record_of(
                change,
                change.resource,
                Status.READY,
                change.outputs or {},
                change.record.generation if change.record else 0,
            )
            for change in plan.changes
            if change.action is Action.NOOP and (change.record or change.resource.shared)
        )
    )
