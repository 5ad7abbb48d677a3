"""What is known of a resource from before a run started to replace it. Pure.

The record of the old resource stays in the state until the new one is ready. So a run that was interrupted in between, or
that finds the old one still there, does not remove a restriction that somebody made.
"""

from dataclasses import replace

from bootstrap.core.live import Live
from bootstrap.core.plan import Change
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, Status

_CLOCKS = 60
"""By how many seconds the clock of AWS and ours may differ."""


def applicable_record(resource: Resource, live: Live | None, record: Record | None, earlier: Record | None) -> Record | None:
    """The record of what AWS has now. It is the earlier one if the creating call may not have gone out and the old resource
    still exists. Where no id tells old from new, the time of its creation does; where that is unknown, it counts as the old
    one: somebody may have removed what it lacks."""
    if live is None or earlier is None or earlier.kind != resource.kind:
        return record
    if record is None or record.status is not Status.CREATING:
        return record
    if had := earlier.outputs.get(resource.identifiers.unique_id):
        return earlier if had == live.outputs.get(resource.identifiers.unique_id) else record
    is_new = live.created_at > max(earlier.recorded_at, record.recorded_at - _CLOCKS)
    return record if record.outputs or is_new else earlier


def with_kept_settings(record: Record | None, change: Change) -> Record | None:
    """The record of a resource that is deleted to be replaced, with the settings that `change` passes on to the new one."""
    properties = change.resource.properties()
    return record and replace(
        record, kept={name: properties[name] for name in (*(item.field for item in change.kept), *change.added)}
    )


def last_known(record: Record | None, earlier: Record | None, live: Live | None) -> tuple[Record, Live] | None:
    """The record of a resource that is created again, and how it was; None when that is not known. An interrupted delete
    may have changed it, so the settings that were recorded before the delete count."""
    for each in (record, earlier):
        if each and each.kept:
            now = live.properties if live else {}
            return replace(each, status=Status.READY), Live({}, {**each.properties, **now, **each.kept})
    return (record, live) if record and live else None


def renamed_since(record: Record | None, resource: Resource) -> str:
    """After an interrupted create, what it created (if anything) can only be found by the name that it had then."""
    if record is None or record.status is not Status.CREATING or record.outputs:
        return ""
    for name in sorted(resource.updates.force_new):
        had, wants = record.properties.get(name), resource.properties().get(name)
        if resource.canonical(name, had) != resource.canonical(name, wants):
            return f"an earlier run stopped while creating it with the {name} {had!r}; now it is {wants!r}"
    return ""
