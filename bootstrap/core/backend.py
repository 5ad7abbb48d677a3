"""The port to a state store: `backends/` has one file for each, and all pass the same contract tests."""

from contextlib import AbstractContextManager
from typing import Protocol

from bootstrap.core.receipt import Destroyed
from bootstrap.core.state import State


class Saver(Protocol):
    """As much of a store as a run needs that is under way."""

    def save(self, state: State) -> State:
        """Makes it durable and returns it with the next serial. Raises StateChanged when the stored one has moved on."""


class Backend(Saver, Protocol):
    """`where` names the place for messages and for `--state`."""

    @property
    def where(self) -> str: ...

    @property
    def unlocking(self) -> str:
        """What to type when this process ends at once and leaves its lock; "" when nothing is left, or it holds none."""

    def load(self) -> State | None:
        """The state, or None when there is none yet. Raises StateError."""

    def put(self, state: State) -> None:
        """Makes it durable as it is, over the one that `load` showed: for what is moved or mended by hand."""

    def remove(self) -> None:
        """Forgets a state, and what is known of an earlier one."""

    def retire(self, receipt: Destroyed) -> None:
        """Removes a state of which nothing is left, and writes the receipt beside it, if that can be written."""

    def destroyed(self) -> Destroyed | None:
        """The receipt of the last destroy, until the next state is put there; None where none can be read."""

    @property
    def is_locked(self) -> bool:
        """Whether this object holds the lock."""

    def lock(self, doing: str) -> AbstractContextManager[None]:
        """Keeps others out. Raises StateLocked, naming the holder; never waits."""
