"""Fill in the hand-off that a state records: what to give to the vendor."""

from collections.abc import Iterable, Mapping

from bootstrap.core.integration import Handoff
from bootstrap.core.state import State
from bootstrap.resources import restore


def handoff_of(state: State, flags: Iterable[str] = (), instead: Mapping[str, str] | None = None) -> Handoff:
    """The hand-off of the state, with all known outputs filled in. Its commands get `flags` to find the state; `instead` has
    other ones for some, by their label."""

    def lookup(address: str, attribute: str) -> str | None:
        if (known := state.output(address, attribute)) or not (record := state.records.get(address)):
            return known
        resource = restore(record)
        return resource.creation_facts().get(attribute, None if attribute in resource.identifiers.outputs else "(unknown)")

    return Handoff.from_json(state.handoff, lookup, ["--name", state.deployment, *flags], instead)
