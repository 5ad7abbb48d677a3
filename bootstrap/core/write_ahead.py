"""The record that must be stored before the call of a change goes out, as in a write-ahead log. Pure."""

from dataclasses import replace

from bootstrap.core.plan import Action, Change
from bootstrap.core.plan_records import record_of
from bootstrap.core.state import Record, State, Status
from bootstrap.core.tightening import under_way


def record_before_call(change: Change, state: State) -> Record:
    """The record while the change is running. After a crash, it proves that what the call left behind is ours."""
    had = change.record
    if change.action is Action.DELETE:
        assert had is not None
        # With all outputs that are known now: once the id is gone from AWS, only they find what the resource leaves behind.
        return replace(had, status=Status.DELETING, outputs={**had.outputs, **(change.outputs or {})}, changing=None)
    resource = change.resource.resolved(state.output)
    half_made = had is not None and had.status is Status.CREATING
    status = Status.CREATING if half_made or change.action is Action.CREATE else Status.UPDATING
    if change.action is Action.ADOPT:
        status = Status.ADOPTING
    outputs = {} if change.action is Action.CREATE else dict(change.outputs or {})
    # When the answer to a create is not known, the resource may exist: this run continues its generation.
    continues = change.action is Action.UPDATE or (half_made and had is not None and not had.outputs)
    generation = had.generation if had and continues else state.generation
    record = record_of(change, resource, status, outputs, generation)
    if change.action is Action.UPDATE and had:
        # After a crash in the middle, it may have the dependencies of before and of after.
        needs = tuple(sorted({*had.depends_on, *record.depends_on}))
        both = under_way(resource, record.properties, change.differences, had.properties)
        changing = tuple(item.path for item in change.differences) if status is Status.UPDATING else None
        return replace(record, properties=both, depends_on=needs, changing=changing)
    return record
