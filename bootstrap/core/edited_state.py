"""What a state that somebody edited by hand no longer proves. Pure.

Tags and ids prove an owner whatever a record says. What carries no tags (an attachment, an inline policy, a rule) is ours
because the record says so; in an edited state that counts for nothing.
"""

from collections.abc import Mapping
from dataclasses import replace

from bootstrap.core.graph import Node
from bootstrap.core.live import Live, Properties
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, State


def discard_unproven(state: State, nodes: Mapping[str, Node]) -> State:
    """The state; where it was edited, its records claim only those entries of our things that the inputs want, too.

    All others then count as somebody else's, and stay so when the state is saved. What is wanted needs of what is wanted
    only what the inputs say.
    """
    if not state.edited:
        return state

    def proven(records: Mapping[str, Record]) -> dict[str, Record]:
        return {
            address: replace(
                record,
                properties=_claims(record, node.resource),
                depends_on=tuple(need for need in record.depends_on if need in node.depends_on or need not in nodes),
            )
            if (node := nodes.get(address)) and node.resource.kind == record.kind
            else record
            for address, record in records.items()
        }

    return replace(state, records=proven(state.records), earlier=proven(state.earlier))


def recorded_only(resource: Resource, record: Record, live: Live) -> tuple[str, ...]:
    """What a delete would remove and nothing but the record calls ours; its user tags go unmentioned."""
    if not resource.taggable:
        return (resource.label,)
    held = (f"{name} {live.properties[name]}" for name in resource.holds if live.properties.get(name))
    return (*recorded_entries(resource, record, live), *held)


def recorded_entries(resource: Resource, record: Record, live: Live) -> tuple[str, ...]:
    """What the record says that we added to it and is there: "inline policy debug"."""
    return tuple(
        f"{noun} {key}"
        for name, noun in resource.additive.items()
        if noun.split()[0] != "tag"
        for key in sorted(set(record.properties.get(name, {})) - resource.never_ours)
        if key in live.properties.get(name, {})
    )


def _claims(record: Record, resource: Resource) -> Properties:
    wants, has = resource.properties(), record.properties
    additive = [name for name in resource.additive if name in has]
    return {**has, **{name: {key: has[name][key] for key in has[name] if key in wants[name]} for name in additive}}
