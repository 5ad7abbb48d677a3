"""Where a state is kept: `file.py` and `s3.py` implement `core.backend.Backend`, and pass the same contract tests."""

from typing import TYPE_CHECKING

from bootstrap.errors import Interrupted, lines

if TYPE_CHECKING:
    from bootstrap.core.state import State

WRITTEN: dict[str, None] = {}
"""The places where this process has written or removed a state."""


def changed_meanwhile(where: str) -> tuple[str, str]:
    """The message and the advice of StateChanged, the same for each store."""
    return (
        f"the state {where} was changed by another run in the meantime",
        "Nothing was overwritten. Run the same command again: it starts from what is there now.",
    )


def interrupted(advice: str = "") -> Interrupted:
    """The error after Ctrl-C: it says whether something was changed by then."""
    if not WRITTEN:
        return Interrupted("interrupted; nothing was changed", advice)
    again = "Run the same command again: it starts from what is there now."
    return Interrupted(
        f"interrupted; what was done by then is recorded in {' and '.join(WRITTEN)}",
        lines(advice, again),
    )


def is_successor(stored: "State | None", state: "State") -> bool:
    """Whether `state` follows directly on the state that is stored now."""
    if stored is None:
        return state.serial == 0
    return (stored.serial, stored.lineage) == (state.serial, state.lineage)
