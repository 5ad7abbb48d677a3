"""What is known of a thing from before a run set out to make it again. Pure.

The record of the old one stays in the state until the new one is ready. So a run that was cut off in between, or before it
found that the old one is there after all, takes nothing off that somebody had restricted.
"""

from dataclasses import replace

from bootstrap.core.live import Live
from bootstrap.core.plan import Change
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, Status


def applicable_record(resource: Resource, live: Live | None, record: Record | None, earlier: Record | None) -> Record | None:
    """The record that tells of what is there: the earlier one, where a creating call may not have gone out and the old one
    is there. Where no id tells old from new it counts as the old one: what it lacks somebody may have removed."""
    if live is None or earlier is None or earlier.kind != resource.kind:
        return record
    if record is None or record.status is not Status.CREATING:
        return record
    if had := earlier.outputs.get(resource.unique_id):
        return earlier if had == live.outputs.get(resource.unique_id) else record
    return record if record.outputs else earlier


def with_kept_settings(record: Record | None, change: Change) -> Record | None:
    """The record of what is deleted to be made again, with what the new one, which `change` makes, is to have of it."""
    properties = change.resource.properties()
    return record and replace(record, kept={item.field: properties[item.field] for item in change.kept})


def last_known(record: Record | None, earlier: Record | None, live: Live | None) -> tuple[Record, Live] | None:
    """The record of what is made again, and how it was; None where nothing tells. A delete that was cut off may have changed
    it, so what was recorded before the delete counts."""
    for each in (record, earlier):
        if each and each.kept:
            now = live.properties if live else {}
            return replace(each, status=Status.READY), Live({}, {**each.properties, **now, **each.kept})
    return (record, live) if record and live else None
