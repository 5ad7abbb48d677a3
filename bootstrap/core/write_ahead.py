"""The record as it must be on disk before the call of a change goes out. Pure."""

from dataclasses import replace

from bootstrap.core.plan import Action, Change, record_of
from bootstrap.core.state import Record, State, Status
from bootstrap.core.tightening import under_way


def record_before_call(change: Change, state: State) -> Record:
    """What the state says while the change is under way; after a crash, what may be there is ours by it."""
    had = change.record
    if change.action is Action.DELETE:
        assert had is not None
        # With what is known of it by now: once its id is gone from AWS, what it leaves behind is told by this alone.
        return replace(had, status=Status.DELETING, outputs={**had.outputs, **(change.outputs or {})}, changing=None)
    resource = change.resource.resolved(state.output)
    half_made = had is not None and had.status is Status.CREATING
    status = Status.CREATING if half_made or change.action is Action.CREATE else Status.UPDATING
    outputs = {} if change.action is Action.CREATE else dict(change.outputs or {})
    # A create whose answer is not known goes on with the life that may have begun.
    goes_on = had and (change.action is Action.UPDATE or (half_made and not had.outputs))
    generation = had.generation if had and goes_on else state.generation
    record = record_of(change, resource, status, outputs, generation)
    if change.action is Action.UPDATE and had:
        # After a crash in the middle, the needs of before and of after may both be there.
        needs = tuple(sorted({*had.depends_on, *record.depends_on}))
        both = under_way(resource, record.properties, change.differences, had.properties)
        changing = tuple(item.path for item in change.differences) if status is Status.UPDATING else None
        return replace(record, properties=both, depends_on=needs, changing=changing)
    return record
