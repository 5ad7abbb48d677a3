"""The result of a run, and how it is asked to stop."""

import queue
from dataclasses import dataclass
from typing import Any

from bootstrap.core.events import Failed, Skipped
from bootstrap.core.state import State


@dataclass(frozen=True)
class Outcome:
    """The state after a run, and what was not done."""

    state: State
    failed: tuple[Failed, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        return not self.failed and not self.skipped


class Stop:
    """A request to stop (Ctrl-C): a signal handler may call `ask`."""

    def __init__(self) -> None:
        self.asked = False
        self._waiting: queue.SimpleQueue[Any] | None = None

    def ask(self) -> None:
        self.asked = True
        if self._waiting is not None:
            self._waiting.put(None)

    def wake(self, waiting: "queue.SimpleQueue[Any]") -> None:
        self._waiting = waiting
