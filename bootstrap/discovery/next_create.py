"""What the create after a recover would change: the records have what the inputs want, so its plan shows the differences."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bootstrap.aws.session import Session
from bootstrap.core.graph import Node
from bootstrap.core.plan import Action
from bootstrap.core.planner import make_plan
from bootstrap.core.recovered import RecoveredResource
from bootstrap.core.state import State
from bootstrap.discovery.matcher import Match
from bootstrap.resources import restore


def with_later(
    session: Session,
    nodes: Mapping[str, Node],
    rebuilt: State,
    matches: Mapping[str, Match],
    taken: Iterable[RecoveredResource],
) -> tuple[RecoveredResource, ...]:
    """The same, each with what create would change of it. AWS is not asked again."""
    live = {address: matches[address].live if address in matches else None for address in {*nodes, *rebuilt.records}}
    following = make_plan(nodes, rebuilt, live, session.accounts, restore, flags=session.flags)
    later = {change.address: change.differences for change in following.changes if change.action is Action.UPDATE}
    return tuple(replace(each, later=later.get(each.address, ())) for each in taken)
