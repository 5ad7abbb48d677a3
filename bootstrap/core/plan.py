"""A plan: plain data that can be printed, compared with `==` and written as JSON."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bootstrap.core.account import DEFAULT
from bootstrap.core.action import Action as Action
from bootstrap.core.difference import Difference, is_as_adopted, is_at_work, is_behind
from bootstrap.core.entrant import Entrant, accounts_to_allow
from bootstrap.core.live import Live, Outputs
from bootstrap.core.loss import Loss
from bootstrap.core.owner import Owner
from bootstrap.core.resource import Resource
from bootstrap.core.source import Provenance
from bootstrap.core.state import Record, Status
from bootstrap.core.tightening import access_given_back
from bootstrap.core.warning import PlanWarning
from bootstrap.errors import PlanRefused, lines

GONE = "already gone from AWS"
"""The reason of a FORGET after which nothing is left."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What to do at one address, and why.

    `after` are the addresses whose changes come first; `deleted_before` is as in `Node`. `others` is what somebody else
    added to the resource, `contents` has the documents of those whose content was read, and those in `detached` are
    detached and kept. `along` names what else this change deletes, and
    `holds` the data and the work that end with it, if it is carried out.
    `kept` are settings that were made stricter outside bootstrap and stay as AWS has them (`before`), although others are
    wanted (`after`); `set_back` is the command that overwrites them. `added` has, by field, the entries of others in lists
    of the resource. A `refusal` says why this must not be done, and `advice` what to do instead; `denial` is as in `Live`.
    `if_taken` is the advice for when its name turns out to be taken, and `taken_by` has the owner tags of what has it (""
    where none says who that is), if the deployment has no records yet. `warnings` name what is dangerous, or prevents it
    from having an effect. For the `undecided` differences, a person has to choose a value, as neither is stricter.
    `later` is what the create after an adopt changes, and `created_at` is as in `Live`, of what an adopt takes. `blocks` is
    the action of a removal that is blocked.
    """

    address: str
    action: Action
    resource: Resource
    reason: str
    account: str = DEFAULT
    differences: tuple[Difference, ...] = ()
    after: tuple[str, ...] = ()
    deleted_before: tuple[str, ...] = ()
    record: Record | None = None
    outputs: Outputs | None = None
    others: tuple[str, ...] = ()
    contents: Mapping[str, Any] = field(default_factory=dict, compare=False)
    detached: tuple[str, ...] = ()
    along: tuple[str, ...] = ()
    holds: tuple[Loss, ...] = ()
    kept: tuple[Difference, ...] = ()
    added: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    set_back: str = ""
    refusal: str = ""
    advice: str = ""
    denial: Mapping[str, Any] | None = None
    if_taken: str = ""
    taken_by: Owner | None = None
    warnings: tuple[PlanWarning, ...] = ()
    undecided: tuple[Difference, ...] = ()
    later: tuple[Difference, ...] = ()
    created_at: float = 0
    blocks: Action | None = None

    @property
    def intended_action(self) -> Action:
        """The action that nothing but the block prevents: its permissions are still checked."""
        return self.blocks or self.action

    @property
    def id(self) -> str:
        """AWS's unique id of the resource, if it has one and it is known."""
        return (self.outputs or {}).get(self.resource.identifiers.unique_id, "")

    @property
    def name(self) -> str:
        """The name as people know it; with the id if the name alone does not identify it."""
        label = self.resource.label
        return f"{label} {self.id}" if self.id and self.resource.identifiers.unnamed and self.id not in label else label

    def is_as_adopted(self, item: Difference) -> bool:
        """Whether nobody changed it in AWS since the resource was adopted."""
        return is_as_adopted(self.resource, self.record, item)

    @property
    def only_as_adopted(self) -> bool:
        """Whether it differs in nothing but what differed when it was adopted."""
        return bool(self.differences) and all(map(self.is_as_adopted, self.differences))

    @property
    def is_at_work(self) -> bool:
        """Whether nothing differs but what AWS is changing right now."""
        return self.action is Action.UPDATE and is_at_work(self.resource, self.differences)

    @property
    def is_behind(self) -> bool:
        return self.action is Action.UPDATE and is_behind(self.resource, self.differences)

    @property
    def gives_back(self) -> tuple[str, ...]:
        """What restores access that somebody removed: "inline_policies.data", or the name of an attachment."""
        if self.action is Action.UPDATE:
            removed = [item for item in self.differences if not self.is_as_adopted(item)]
            return access_given_back(self.resource, self.record, removed)
        hung = (
            self.record
            and self.record.status is Status.READY
            and not (self.resource.taggable or self.resource.deletion.never)
        )
        return (self.resource.label,) if hung and self.action is Action.CREATE else ()

    @property
    def detachable(self) -> tuple[str, ...]:
        """What somebody attached to it that a create or a destroy detaches with `DETACH_FOREIGN`."""
        noun = self.resource.deletion.detachable
        return tuple(text for text in self.others if noun and text.startswith(f"{noun} "))

    @property
    def loses(self) -> tuple[Loss, ...]:
        """The data and the work that this change destroys; nothing if it is refused."""
        if self.refusal or self.action not in (Action.DELETE, Action.UPDATE):
            return ()
        deletes = self.action is Action.DELETE
        going = [text for text in self.others if deletes and text not in self.detached and not text.startswith("tag ")]
        return (*self.holds, *(Loss("foreign", text) for text in going))

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
            "later": [item.as_json() for item in self.later],
            "gives_back": list(self.gives_back),
            "after": list(self.after),
            "others": list(self.others),
            "detached": list(self.detached),
            "along": list(self.along),
            "loses": [item.as_json() for item in self.loses],
            "warnings": [item.as_json(self.address) for item in self.warnings],
            "refusal": self.refusal,
            "advice": self.advice,
            "denial": dict(self.denial) if self.denial else None,
            "properties": self.resource.settings(),
        }


@dataclass(frozen=True)
class Plan:
    """`changes` are in an order in which they could run one by one; `set_back` is the command that overwrites all `kept`.
    `untouched` names what the deployment uses and did not create: a destroy keeps it. `accepted` counts the warnings about
    what the plan does not change, which were shown when it was created; `medium_risks` counts those of a plan that creates
    something, which have no warning of their own, and `see_risks` is the command that shows them; `about_warnings` says
    what limits the others, and `see` is the command that explains them. `taken` says whose names are taken, and `way_out`
    how to get others, if that solves it (`engine/free_names.py`). For a status, `unfinished` are the addresses that create
    did not get to; for an adopt, those that do not exist. `entrants` are those from outside whom the roles trust, if the
    plan changes something."""

    changes: tuple[Change, ...]
    set_back: str = ""
    untouched: tuple[str, ...] = ()
    accepted: int = 0
    medium_risks: int = 0
    see_risks: str = ""
    about_warnings: str = ""
    see: str = ""
    taken: str = ""
    way_out: str = ""
    unfinished: tuple[str, ...] = ()
    drifted: int = 0
    uncompared: int = 0
    """Of a fleet: the accounts in which somebody changed something, which no create restores; where that is not known."""
    entrants: tuple[Entrant, ...] = ()
    integration: Provenance | None = None
    before_destroy: tuple[str, ...] = ()
    detach: str = ""
    """For a destroy, what to do at the vendor first; for a create, how to detach what others attached."""

    @property
    def stages(self) -> tuple["Plan", ...]:
        """First a plan with the deletes of replaced resources, whose addresses occur twice. See `engine/stages.py`."""
        times = Counter(change.address for change in self.changes)
        first = self.changes[: sum(times.values()) - len(times)]
        later = self.changes[len(first) :]
        return (Plan(first), Plan(later)) if first else (self,)

    @property
    def work(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action is not Action.NOOP)

    @property
    def with_working_commands(self) -> "Plan":
        """The plan without commands that create would not run, as a change is refused."""
        changes = tuple(replace(change, set_back="") for change in self.changes)
        return replace(self, changes=changes, set_back="", detach="") if self.refused else self

    @property
    def refused(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.refusal)

    def check_feasible(self, *, shown: bool = True) -> None:
        """Raises PlanRefused when any change is refused; `shown` says that the user has just seen the plan."""
        if refused := self.refused:
            single = [change for change in refused if not (self.way_out and change.taken_by)]
            problems = [*filter(None, [self.taken]), *(f"{change.address}: {change.refusal}" for change in single)]
            advice = lines(*dict.fromkeys(change.advice for change in refused), self.way_out)
            denial = next((change.denial for change in refused if change.denial), None)
            what = "the plan cannot be applied; nothing was changed"
            raise PlanRefused(what, problems, advice, shown=shown, denial=denial, way_out=self.way_out)

    @property
    def opened(self) -> tuple[tuple[str, PlanWarning], ...]:
        """What somebody opened outside bootstrap, each with the address."""
        return tuple((change.address, item) for change in self.changes for item in change.warnings if item.drift)

    @property
    def stays_open(self) -> tuple[str, ...]:
        """What of that no create closes, with the address."""
        return tuple(
            f"{item.statement} ({change.address})"
            for change in self.changes
            for item in change.warnings
            if not change.refusal and item.drift == "left alone" and item.statement not in change.detachable
        )

    @property
    def added_to(self) -> tuple[str, ...]:
        """The addresses to which somebody added more than a tag: a difference, although create leaves it alone."""
        return tuple(change.address for change in self.changes if any(not text.startswith("tag ") for text in change.others))

    @property
    def loses(self) -> tuple[Loss, ...]:
        """The data and the work that its changes destroy."""
        return tuple(item for change in self.changes for item in change.loses)

    @property
    def keeps(self) -> tuple[str, ...]:
        """What a destroy leaves as it is, beside what somebody else created: in words, with the reason."""
        shared = [
            f"{change.resource.kind} {change.name}, which the whole account shares"
            for change in self.changes
            if change.action is Action.FORGET and change.resource.identifiers.shared and change.reason != GONE
        ]
        detached = [f"{text}, which is only detached" for change in self.changes for text in change.detached]
        return (*self.untouched, *shared, *dict.fromkeys(detached))

    def count(self, action: Action) -> int:
        return Counter(change.action for change in self.changes)[action]

    def as_json(self) -> dict[str, Any]:
        return {
            "changes": [change.as_json() for change in self.changes],
            "summary": {action.value: self.count(action) for action in Action},
            "refused": [change.address for change in self.refused],
            "set_back": self.set_back,
            "detach": self.detach,
            "loses": [item.as_json() for item in self.loses],
            "keeps": list(self.keeps),
            "accepted_warnings": self.accepted,
            "medium_risks": self.medium_risks,
            "unfinished": list(self.unfinished),
            "entrants": [each.as_json() for each in self.entrants],
            "accounts_to_allow": list(accounts_to_allow(self.entrants)),
            "integration": self.integration.as_json() if self.integration else None,
            "before_destroy": list(self.before_destroy),
        }


def unreadable(change: Change, live: Live) -> Change:
    """The change, for a resource that AWS does not show, whether it exists or not."""
    why = "AWS does not allow reading it" if live.denial is not None else "it cannot be used in its current state"
    return replace(
        change, action=Action.UNREADABLE, reason=why, refusal=live.unreadable, advice=live.advice, denial=live.denial
    )


def blocked(change: Change, reason: str, refusal: str, advice: str) -> Change:
    """The change, for a resource that must not be touched; `reason` says in a few words what its state is."""
    return replace(change, action=Action.BLOCKED, reason=reason, refusal=refusal, advice=advice)


def removed_unless_refused(change: Change) -> Change:
    """The removal; shown as blocked if it is refused."""
    if not change.refusal or change.action is Action.UNREADABLE:
        return change
    return replace(change, action=Action.BLOCKED, blocks=change.action)
