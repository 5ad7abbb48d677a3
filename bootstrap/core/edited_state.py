"""What a state no longer proves once somebody has edited it by hand. Pure.

Tags and ids prove the owner, whatever a record says. What has no tags (an attachment, an inline policy, a rule) is ours
only because the record says so; the record of an edited state proves nothing.
"""

from collections.abc import Mapping
from dataclasses import replace

from bootstrap.core.graph import Node
from bootstrap.core.live import Live, Properties
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State


def discard_unproven(state: State, nodes: Mapping[str, Node]) -> State:
    """The state. If it was edited, its records claim only those entries of our resources that the inputs want, too.

    All other entries then count as somebody else's, and still do once the state is saved. Between two addresses that are
    wanted, only the dependencies that the inputs make are kept.
    """
    if not state.edited:
        return state
    records = {address: _proven(record, nodes) for address, record in state.records.items()}
    earlier = {address: _proven(record, nodes) for address, record in state.earlier.items()}
    return replace(state, records=records, earlier=earlier)


def _proven(record: Record, nodes: Mapping[str, Node]) -> Record:
    node = nodes.get(record.address)
    if node is None or node.resource.kind != record.kind:
        return record
    needs = tuple(need for need in record.depends_on if need in node.recorded_needs or need not in nodes)
    return replace(record, properties=_wanted_entries(record, node.resource), depends_on=needs)


def recorded_only(resource: Resource, record: Record, live: Live) -> tuple[str, ...]:
    """What a delete would remove, and only the record calls ours. The user's tags are not mentioned."""
    if not resource.taggable:
        return (resource.label,)
    held = (f"{name} {live.properties[name]}" for name in resource.deletion.member_fields if live.properties.get(name))
    return (*recorded_entries(resource, record, live), *held)


def recorded_entries(resource: Resource, record: Record, live: Live) -> tuple[str, ...]:
    """The entries that the record says we added, and that still exist: "inline policy debug"."""
    return tuple(
        f"{noun} {key}"
        for name, noun in resource.additive.items()
        if noun.split()[0] != "tag"
        for key in sorted(set(record.properties.get(name, {})) - resource.updates.never_ours)
        if key in live.properties.get(name, {})
    )


def _wanted_entries(record: Record, resource: Resource) -> Properties:
    """The recorded properties, with only those entries of additive fields that the resource wants."""
    wanted = resource.properties()
    properties = dict(record.properties)
    for name in resource.additive:
        if name in properties:
            properties[name] = {key: value for key, value in properties[name].items() if key in wanted[name]}
    return properties
