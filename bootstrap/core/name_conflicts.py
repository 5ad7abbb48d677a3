"""What to type where somebody else has the name already. Pure."""

from collections.abc import Sequence
from itertools import count

from bootstrap.core import commands
from bootstrap.core.graph import Node
from bootstrap.core.live import Live
from bootstrap.core.resource import OTHER_NAMES, Resource
from bootstrap.core.state import State
from bootstrap.errors import Lines, lines


def planned_taken_advice(node: Node, resource: Resource, state: State, flags: Sequence[str]) -> str:
    """`Change.if_taken` of the node: with a prefix to type, after a destroy where the old names are recorded already."""
    text = node.if_taken or resource.if_taken
    if text and not resource.taggable and node.depends_on and not set(node.depends_on) & set(state.records):
        text = OTHER_NAMES  # it has no name of its own: what it hangs on, which would be ours, is somebody else's
    first = commands.bootstrap("destroy", name=state.deployment, flags=flags) if state.records else ""
    return suggest_other_names(text, state.deployment, resource.label, first)


def suggest_other_names(way_out: str, deployment: str, label: str, first: str = "") -> str:
    """The text with a prefix that `label` does not have yet in place of `OTHER_NAMES`; `first` is a command to
    run before."""
    tries = (f"{deployment[:24]}-{f'{number}-' if number > 1 else ''}" for number in count(1))
    prefix = commands.quoted(*commands.option("role_prefix", next(each for each in tries if each not in label)))
    add = f"run the same command with: {prefix}"
    found = lines(f"To use other names, first run: {first}", f"Then {add}") if first else f"To use other names, {add}"
    parts = way_out.split("\n") if isinstance(way_out, Lines) else [way_out]
    return lines(*(found if part == OTHER_NAMES else part for part in parts))


def taken_advice(way_out: str, live: Live, state: State, flags: Sequence[str]) -> str:
    """`way_out` is `Change.if_taken`."""
    if live.owner and live.owner.deployment == state.deployment and live.owner.lineage not in ("", state.lineage):
        rebuild = commands.bootstrap(
            "recover",
            integration=state.integration,
            name=state.deployment,
            flags=[*flags, *commands.option("--lineage", live.owner.lineage)],
        )
        return lines(
            f"Use the state that created it (--state FILE). If it is lost, rebuild it with the same inputs: {rebuild}",
            "Or use another name.",
            way_out,
        )
    if live.owner and live.owner.deployment not in ("", state.deployment):
        theirs = f"Or destroy the deployment {live.owner.deployment!r} first, if nobody needs it."
        return lines(way_out, theirs)
    return way_out or "Choose another name."
