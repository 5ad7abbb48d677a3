"""A state that somebody else has written to since bootstrap did: it is said, and nothing is changed from it unasked."""

from collections.abc import Callable, Sequence

from bootstrap.cli.running import command_line
from bootstrap.core import commands
from bootstrap.core.state import State
from bootstrap.errors import StateError, lines

FLAG = "--accept-edited-state"
EDITED = "was edited since bootstrap last wrote it"


def warn(state: State | None, where: str, note: Callable[[str], None]) -> None:
    if state and state.edited:
        note(f"Warning: {where} {EDITED}: its digest is missing or does not match.")


def check(state: State | None, where: str, flags: Sequence[str], *, ask: bool, accepted: bool) -> None:
    """Raises StateError for an edited state where nobody is asked and nobody has said that it is right.

    `flags` are what `state show` needs in order to show it.
    """
    if state and state.edited and not ask and not accepted:
        raise StateError(
            f"{where} {EDITED}; nothing was changed",
            lines(
                f"See what it records: {commands.bootstrap('state', 'show', flags=flags)}",
                f"If that is right, run: {command_line([FLAG])}",
            ),
        )


def question(state: State | None, text: str) -> str:
    return f"The state {EDITED}. {text}" if state and state.edited else text
