"""Advice for names that are already taken. Pure."""

from collections.abc import Iterator, Sequence
from itertools import chain, count

from bootstrap.core import commands
from bootstrap.core.graph import Node
from bootstrap.core.live import Live
from bootstrap.core.owner import NOBODY, Owner
from bootstrap.core.resource import OTHER_NAMES, Resource
from bootstrap.core.state import State
from bootstrap.errors import Lines, lines


def planned_taken_advice(node: Node, resource: Resource, state: State, flags: Sequence[str]) -> str:
    """The value of `Change.if_taken`: it suggests a prefix, and a destroy first if the old names are already recorded."""
    text = node.if_taken or resource.identifiers.if_taken
    if text and not resource.taggable and node.depends_on and not set(node.depends_on) & set(state.records):
        text = OTHER_NAMES  # it has no name of its own: the name of its parent is taken
    first = commands.bootstrap("destroy", name=state.deployment, flags=flags) if state.records else ""
    return suggest_other_names(text, state.deployment, resource.label, first)


def suggest_other_names(way_out: str, deployment: str, label: str, first: str = "") -> str:
    """The text, in which `OTHER_NAMES` is replaced by the command with a prefix that `label` does not have yet; `first` is
    a command to run before."""
    prefix = next(each for each in prefixes(deployment) if each not in label)
    add = f"run the same command with: {commands.quoted(*commands.option('role_prefix', prefix))}"
    suggestion = f"To use other names, {add}"
    if first:
        suggestion = lines(f"To use other names, first run: {first}", f"Then {add}")
    parts = way_out.split("\n") if isinstance(way_out, Lines) else [way_out]
    return lines(*(suggestion if part == OTHER_NAMES else part for part in parts))


def prefixes(deployment: str) -> Iterator[str]:
    """Beginnings for other names, the shortest first."""
    short = deployment[:24]
    return chain([f"{short}-"], (f"{short}-{number}-" for number in count(2)))


def without_other_names(way_out: str) -> str:
    """The text without `OTHER_NAMES`: what else can be done about a name that is taken."""
    parts = way_out.split("\n") if isinstance(way_out, Lines) else [way_out]
    return lines(*(part for part in parts if part != OTHER_NAMES))


def holder(owner: Owner, deployment: str) -> str:
    """Who has a name, as far as the owner tags say."""
    if owner.deployment == deployment:
        return f"another state of deployment {deployment!r}"
    if owner.deployment:
        return f"deployment {owner.deployment!r}"
    return "somebody else" if owner == NOBODY else "another deployment"


def taken_advice(way_out: str, live: Live, state: State, flags: Sequence[str]) -> str:
    """What to do about a name that is taken. `way_out` is `Change.if_taken`."""
    if rebuild := other_state_advice(live.owner, state, flags):
        return lines(rebuild, "Or use another name.", way_out)
    return way_out or "Choose another name."


def other_state_advice(owner: Owner | None, state: State, flags: Sequence[str]) -> str:
    """What to do if another state of this deployment has it; "" if none has."""
    if not owner or owner.deployment != state.deployment or owner.lineage in ("", state.lineage):
        return ""
    more = [*flags, *commands.option("--lineage", owner.lineage)]
    rebuild = commands.bootstrap("recover", integration=state.word, name=state.deployment, flags=more)
    return f"Use the state that created it (--state FILE). If it is lost, rebuild it with the same inputs: {rebuild}"
