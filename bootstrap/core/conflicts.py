"""What becomes of a change whose thing somebody else has made stricter, and what somebody has to choose. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bootstrap.core.account import Account
from bootstrap.core.live import Live
from bootstrap.core.plan import Change
from bootstrap.core.reasons import (
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


def settle_or_overwrite(
    resource: Resource, live: Live, record: Record | None, address: str, state: State, allowed: frozenset[str]
) -> Settled:
    if overwrite_flag(address) in allowed:
        return Settled(resource)
    return settle(resource, live, record, believed=not state.edited)


def refuse_until_chosen(change: Change, settled: Settled) -> Change:
    """Refused, until somebody chooses between two values."""
    crossed = crossing_refusal(settled.crossed) if settled.crossed else ""
    drift = undecided_refusal(settled.unordered) if settled.unordered else ""
    return replace(
        change,
        reason="its inputs changed, and it was changed outside bootstrap" if crossed else "drift: changed outside bootstrap",
        refusal="; ".join(filter(None, (drift, crossed))),
        advice=crossing_advice(change.address) if crossed else "",
        undecided=() if crossed else settled.unordered,
    )


def keep_on_recreate(
    change: Change, record: Record, live: Live, state: State, flags: Sequence[str], allowed: frozenset[str]
) -> Change:
    """What is replaced is made again with what somebody tightened on it; `record` and `live` are of the old one."""
    if change.refusal or live.unreadable:
        return change
    settled = settle_or_overwrite(change.resource, live, record, change.address, state, allowed)
    set_back = overwrite_command([change.address], state, flags) if settled.kept else ""
    change = replace(change, resource=settled.resource, kept=settled.kept, set_back=set_back)
    return refuse_until_chosen(change, settled) if settled.unordered or settled.crossed else change


def check_combination(change: Change, live: Live | None, account: Account) -> Change:
    """Refused where AWS would refuse what is kept together with what the inputs want. What AWS has it takes, whatever we
    would say of it (a queue that is switched off)."""
    if live is None or not change.kept or change.refusal:
        return change
    own = change.resource.properties()
    has = {name: value for name, value in live.properties.items() if name in own and value is not None}
    accepted = replace(change.resource, **has).validate(account)
    wrong = [problem for problem in change.resource.validate(account) if problem not in accepted]
    if not wrong:
        return change
    return replace(change, refusal=combination_refusal(change.kept, wrong), advice=combination_advice(change.address))
