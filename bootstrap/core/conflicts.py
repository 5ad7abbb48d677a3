"""Changes to resources that somebody made stricter outside bootstrap: kept, or refused until a person chooses. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bootstrap.core.account import Account
from bootstrap.core.difference import Difference
from bootstrap.core.flags import REPLACE
from bootstrap.core.live import Live
from bootstrap.core.plan import Action, Change
from bootstrap.core.reasons import (
    ADOPTED,
    combination_advice,
    combination_refusal,
    crossing_advice,
    crossing_refusal,
    overwrite_command,
    overwrite_flag,
    undecided_refusal,
)
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State
from bootstrap.core.tightening import Settled, settle
from bootstrap.errors import lines


def settle_or_overwrite(
    resource: Resource, live: Live, record: Record | None, address: str, state: State, allowed: frozenset[str]
) -> Settled:
    """Which settings of the resource are kept as AWS has them; none where the user asked to overwrite them."""
    if overwrite_flag(address) in allowed:
        return Settled(resource)
    return settle(resource, live, record, believed=not state.edited)


def refuse_until_chosen(change: Change, settled: Settled) -> Change:
    """The change, refused until somebody chooses between the two values."""
    crossed = crossing_refusal(settled.crossed) if settled.crossed else ""
    reason = "its inputs changed, and it was changed outside bootstrap" if crossed else "drift: changed outside bootstrap"
    if all(map(change.is_as_adopted, settled.unordered)) and not crossed:
        reason = ADOPTED
    drift = undecided_refusal(settled.unordered, reason) if settled.unordered else ""
    return replace(
        change,
        reason=reason,
        refusal="; ".join(filter(None, (drift, crossed))),
        advice=crossing_advice(change.address) if crossed else "",
        undecided=() if crossed else settled.unordered,
    )


def refuse_immutable(change: Change, found: Iterable[Difference], again: str) -> Change:
    """The change, refused if one of the differences is in a field that AWS cannot change in place."""
    resource = change.resource
    fixed = [item for item in found if item.field in resource.updates.force_new]
    if not fixed:
        return change
    what = "; ".join(f"its {item.path} cannot change in place ({item.before!r} to {item.after!r})" for item in fixed)
    alone = f"To replace only this one, run the same command again with --{REPLACE} {change.address}: it lists what is lost."
    way_out = lines("Keep the previous inputs.", alone) if resource.lost_on_replace() else again
    return replace(change, action=Action.UPDATE, reason="an immutable property changed", refusal=what, advice=way_out)


def keep_on_recreate(
    change: Change, record: Record, live: Live, state: State, flags: Sequence[str], allowed: frozenset[str]
) -> Change:
    """The change that creates a replaced resource again, with the stricter settings of the old one (`record`, `live`)."""
    if change.refusal or live.unreadable:
        return change
    settled = settle_or_overwrite(change.resource, live, record, change.address, state, allowed)
    set_back = overwrite_command([change.address], state, flags) if settled.kept else ""
    change = replace(change, resource=settled.resource, kept=settled.kept, added=settled.added, set_back=set_back)
    return refuse_until_chosen(change, settled) if settled.unordered or settled.crossed else change


def check_combination(change: Change, live: Live | None, account: Account) -> Change:
    """The change, refused if AWS would refuse the kept settings in combination with those of the inputs.

    A problem that the resource in AWS already has does not count: AWS accepted it (a queue that is switched off).
    """
    if live is None or not change.kept or change.refusal:
        return change
    own = change.resource.properties()
    has = {name: value for name, value in live.properties.items() if name in own and value is not None}
    accepted = replace(change.resource, **has).validate(account)
    wrong = [problem for problem in change.resource.validate(account) if problem not in accepted]
    if not wrong:
        return change
    return replace(change, refusal=combination_refusal(change.kept, wrong), advice=combination_advice(change.address))
