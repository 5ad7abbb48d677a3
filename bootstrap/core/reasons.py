"""Why a change is planned or refused, in words, and what to type instead. Pure."""

from collections.abc import Iterable

from bootstrap.core import commands
from bootstrap.core.difference import Difference
from bootstrap.core.owner import Owner
from bootstrap.core.resource import Live, Resource
from bootstrap.core.state import Record, State
from bootstrap.errors import lines


def tags_back(resource: Resource, owner: Owner) -> str:
    """Create puts tags back on what it knows by its unique id; what has none it would not take for ours."""
    if resource.unique_id:
        return "run create, which puts the tags back"
    return "put these tags back: " + ", ".join(f"{key}={value}" for key, value in owner.tags().items())


def cause(resource: Resource, record: Record, found: Iterable[Difference], *, edited: bool = False) -> str:
    """Drift where the record already had what is wanted, else a change of inputs. An `edited` state proves neither."""

    def drifted(item: Difference) -> bool:
        had = record.properties.get(item.field)
        had = had.get(item.key) if item.key is not None and isinstance(had, dict) else had
        return item.key in Owner("", "", "").tags() or (
            resource.canonical(item.field, had) == resource.canonical(item.field, item.after)
        )

    kinds = {drifted(item) for item in found}
    if edited:
        return "it is not as the state says, which was edited" if kinds == {True} else "its inputs or the state were edited"
    if kinds == {True}:
        return "drift: changed outside bootstrap"
    return "its inputs changed" if kinds == {False} else "its inputs changed, and it was changed outside bootstrap"


def whose(resource: Resource, live: Live, owner: Owner) -> str:
    if live.owner is None:
        return f"{resource.kind} {resource.label} exists, and bootstrap did not make it"
    theirs = f"deployment {live.owner.deployment!r} ({live.owner.address})"
    if live.owner.deployment == owner.deployment and live.owner.lineage != owner.lineage:
        return f"{resource.kind} {resource.label} was made by another state of {theirs}"
    return f"{resource.kind} {resource.label} belongs to {theirs}"


def if_taken(resource: Resource, live: Live, state: State, flags: Iterable[str]) -> str:
    if live.owner and live.owner.deployment == state.deployment and live.owner.lineage != state.lineage:
        rebuild = commands.bootstrap(
            "recover",
            integration=state.integration,
            name=state.deployment,
            flags=[*flags, *commands.option("--lineage", live.owner.lineage)],
        )
        return lines(
            f"Use the state that made it (--state FILE). If that is lost, rebuild it, with the same inputs: {rebuild}",
            f"Or use another name. {resource.if_taken}".strip(),
        )
    if live.owner and live.owner.deployment != state.deployment:
        theirs = f"Or destroy the deployment {live.owner.deployment!r} first, if nobody needs it."
        return f"{resource.if_taken} {theirs}".strip()
    return resource.if_taken or "Choose another name."
