"""Checks of a plan by reads alone: what AWS would refuse, what would be interrupted, and what would have no effect."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session
from bootstrap.core.cloud import Planned
from bootstrap.core.live import Live, Obstacle
from bootstrap.core.loss import Loss
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.planner import owner_of
from bootstrap.core.state import State
from bootstrap.core.warning import PlanWarning
from bootstrap.engine.refresh import in_parallel
from bootstrap.errors import lines
from bootstrap.permissions.drift import drift_warnings


def precheck_changes(session: Session, plan: Plan, state: State, allowed: frozenset[str] = frozenset()) -> Plan:
    """The plan, in which each change is refused that would fail as far as reads can tell, or that would interrupt running
    work without a flag in `allowed`. All findings are reported at once; those that stop nothing become warnings."""
    reads = session.look()
    made: dict[str, Counter[str]] = defaultdict(Counter)
    for each in plan.changes:
        if each.action is Action.CREATE and not each.refusal:
            made[session.accounts[each.account].id][each.resource.counts_as()] += 1
    known = (
        {**each.resource.predicted_outputs(session.accounts[each.account]), **(each.outputs or {})} for each in plan.changes
    )
    own = frozenset(value for outputs in known for value in outputs.values())

    def checked(change: Change) -> Change:
        changed = frozenset(item.field for item in change.differences)
        updates = change.action is Action.UPDATE
        if change.refusal or not (updates or change.action is Action.CREATE):
            return change
        account, owner = session.accounts[change.account], owner_of(state, change.address)
        kinds = (Action.CREATE, Action.UPDATE, Action.NOOP) if updates else (Action.CREATE,)
        near = [each for each in plan.changes if each.action in kinds and each is not change and not each.refusal]
        beside = tuple(each.resource for each in near if session.accounts[each.account].id == account.id)
        planned = Planned(made[account.id], beside, changed, own)
        scope = Scope(session.aws, account, owner, reads=reads, planned=planned)
        needs_precheck = not updates or changed & change.resource.updates.precheck_on_update
        findings = change.resource.precheck(scope) if needs_precheck else ()
        notes = [PlanWarning(f"{each.what}. {each.advice}", "precheck") for each in findings if not each.stops]
        change = replace(change, warnings=(*change.warnings, *notes))
        found = [each for each in findings if each.stops]
        if updates:
            found += change.resource.update_obstacles(scope, change.outputs or {}, changed)
        ends = change.resource.interrupted_by(scope, change.outputs or {}, changed) if updates else ()
        flag = change.resource.updates.interrupt_flag
        if ends and flag not in allowed:
            advice = f"Wait until that has ended, or add --{flag} to stop it."
            found += [Obstacle(f"it would stop what is running: {each}", advice) for each in ends]
        if not found:
            texts = [f"{each} (--{flag})" for each in ends]
            held = (Loss("work", change.address, detail=text) for text in texts)
            return replace(change, along=(*change.along, *texts), holds=(*change.holds, *held))
        advice = lines(*dict.fromkeys(obstacle.advice for obstacle in found))
        return replace(change, refusal="; ".join(obstacle.what for obstacle in found), advice=advice)

    return replace(plan, changes=tuple(in_parallel(session, checked, plan.changes)))


def with_warnings(session: Session, plan: Plan, state: State, live: Mapping[str, Live | None]) -> Plan:
    """The plan, with the warnings of all resources that it creates, changes or keeps, and what somebody opened in them."""
    reads = session.look()

    def warned(change: Change) -> Change:
        owner = owner_of(state, change.address)
        opened = drift_warnings(change, live.get(change.address), owner, believed=not state.edited)
        change = replace(change, warnings=(*opened, *change.warnings))
        if change.refusal or change.action not in (Action.CREATE, Action.UPDATE, Action.NOOP):
            return change
        scope = Scope(session.aws, session.accounts[change.account], owner, reads=reads)
        found = (PlanWarning(text, "no-effect") for text in change.resource.warnings(scope))
        return replace(change, warnings=(*change.warnings, *found))

    return replace(plan, changes=tuple(in_parallel(session, warned, plan.changes)))
