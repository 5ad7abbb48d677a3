"""The records that a plan leaves in the state. Pure."""

from bootstrap.core.live import Outputs
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State, Status
from bootstrap.core.tightening import with_values, without_added


def record_of(change: Change, resource: Resource, status: Status, outputs: Outputs, generation: int) -> Record:
    """The record of a change: the resource with the references resolved so far, and its status.

    For settings that are kept as somebody else made them, the record has the values that bootstrap wants; it has no entries
    of others.
    """
    had = change.record
    needs = had.depends_on if change.action is Action.ADOPT and had else ()
    kept = {item.field for item in change.kept}
    as_adopted = had.adopted if had and change.action is Action.ADOPT else {}
    if had and change.action in (Action.NOOP, Action.UPDATE):
        as_adopted = {name: value for name, value in had.adopted.items() if name in kept}
    wanted = with_values(resource.properties(), ((item, item.after) for item in change.kept))
    return Record(
        address=change.address,
        kind=resource.kind,
        account=change.account,
        status=status,
        properties=without_added(wanted, change.added),
        outputs=outputs,
        depends_on=tuple(sorted({*change.after, *change.deleted_before, *needs})),
        generation=generation,
        recorded_at=had.recorded_at if had else 0,
        adopted=as_adopted,
        created_here=resource.identifiers.shared and (change.action is Action.CREATE or bool(had and had.created_here)),
    )


def refreshed_state(state: State, plan: Plan) -> State:
    """The state, with fresh records of resources that are up to date: texts and dependencies may have changed.

    Only for plans without changes. In other plans, the executor does this in order, so that no circle of records arises.
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
            if change.action is Action.NOOP and (change.record or change.resource.identifiers.shared)
        )
    )
