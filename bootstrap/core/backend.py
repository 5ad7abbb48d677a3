"""The port to a state store: `backends/` has one file for each, and all pass the same contract tests."""

from contextlib import AbstractContextManager
from typing import Protocol

from bootstrap.core.receipt import Destroyed
from bootstrap.core.state import State


class Saver(Protocol):
    """The part of a store that a run needs while it executes a plan."""

    def save(self, state: State) -> State:
        """Stores the state and returns it with the next serial. Raises StateChanged if another run saved since `load`."""


class Backend(Saver, Protocol):
    """A place that keeps one state. `where` is its name, in messages and for `--state`."""

    @property
    def where(self) -> str: ...

    @property
    def unlocking(self) -> str:
        """The command that removes the lock if this process is killed now; "" when it holds none, or none would be left."""

    def load(self) -> State | None:
        """Returns the state, or None when there is none yet. Raises StateError."""

    def put(self, state: State) -> None:
        """Replaces the state that `load` returned, and keeps the serial: for moving and repairing states."""

    def remove(self) -> None:
        """Removes the state, and the receipt of an earlier one."""

    def retire(self, receipt: Destroyed) -> None:
        """Removes the state of a destroyed deployment, and writes the receipt in its place, if possible."""

    def destroyed(self) -> Destroyed | None:
        """The receipt of the last destroy, until the next state is stored. None when there is none, or it is unreadable."""

    @property
    def is_locked(self) -> bool:
        """Whether this object holds the lock."""

    def lock(self, doing: str) -> AbstractContextManager[None]:
        """Locks the state. Raises StateLocked, which names the holder. Never waits."""
