"""Where a state is kept: one store a file. Each has `load`, `save` and `lock`, and passes the same contract tests."""

from contextlib import AbstractContextManager
from typing import Protocol

from bootstrap.core.state import State


class Backend(Protocol):
    """`where` names the place for messages and for `--state`."""

    @property
    def where(self) -> str: ...

    def load(self) -> State | None:
        """The state, or None when there is none yet. Raises StateError."""

    def save(self, state: State) -> State:
        """Makes it durable and returns it with the next serial. Raises StateError when the stored one has moved on."""

    def remove(self) -> None:
        """Forgets a state that holds nothing any more."""

    def lock(self, doing: str) -> AbstractContextManager[None]:
        """Keeps others out. Raises StateLocked, naming the holder; never waits."""
