"""A state that somebody has edited since bootstrap wrote it: bootstrap says so, and changes nothing without being asked."""

from bootstrap.core import commands
from bootstrap.core.state import State
from bootstrap.errors import StateError, lines
from bootstrap.operations.invocation import Invocation

FLAG = "--accept-edited-state"
EDITED = "was edited since bootstrap last wrote it"


def warning(state: State | None, where: str) -> str:
    """A warning for the user; "" if the state is as bootstrap wrote it."""
    return f"Warning: {where} {EDITED}: its digest is missing or does not match." if state and state.edited else ""


def check(state: State | None, where: str, invocation: Invocation, *, asked: bool, accepted: bool) -> None:
    """Raises StateError for an edited state if nobody is asked and nobody has accepted it."""
    if state and state.edited and not asked and not accepted:
        show = commands.bootstrap("state", "show", name=state.deployment, flags=invocation.state_flags)
        advice = lines(f"See what it records: {show}", f"If that is right, run: {invocation.again([FLAG])}")
        raise StateError(f"{where} {EDITED}; nothing was changed", advice)


def question(state: State | None, text: str) -> str:
    """The question, which says so if the state was edited."""
    return f"The state {EDITED}. {text}" if state and state.edited else text
