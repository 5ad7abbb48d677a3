"""A run that ends in the middle of a call.

The executor works here without threads, so that the same call always comes at the same place, and with a state in memory:
a life takes half a second. (`tests/cli/test_killed.py` kills real processes.)
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from bootstrap.aws.scope import Scope
from bootstrap.backends.file import FileBackend
from bootstrap.contract.faults import Fault, Killed, no_connection, no_fault
from bootstrap.contract.wire import Call, Carry
from bootstrap.core.state import State
from bootstrap.engine import executor


class End(Enum):
    """How a run ends at a call."""

    BEFORE = "it dies before the call goes out"
    AFTER = "it dies when the call has had its effect"
    CUT = "the call has its effect, and then the network is gone: the run goes on without it and says what failed"


@dataclass
class Ending:
    """Stands in the way of all calls to `aws`, and ends the run at the changing call number `at`."""

    at: int
    how: End
    aws: Fault = no_fault
    calls: int = 0

    @property
    def came(self) -> bool:
        return self.calls >= self.at

    def __call__(self, call: Call, carry: Carry) -> Any:
        if self.came and self.how is End.CUT:
            raise no_connection()
        self.calls += call.changes
        if not call.changes or not self.came:
            return self.aws(call, carry)
        if self.how is not End.BEFORE:
            self.aws(call, carry)
        raise no_connection() if self.how is End.CUT else Killed


class Memory(FileBackend):
    """A state that costs no disk."""

    def __init__(self, state: State | None = None) -> None:
        super().__init__(Path("in memory"))
        self.state = state

    def load(self) -> State | None:
        return self.state

    def save(self, state: State) -> State:
        assert state.serial == (self.state.serial if self.state else 0)
        self.state = replace(state, serial=state.serial + 1)
        return self.state


@dataclass
class Inline:
    """A queue that hands what is put into it straight to `work`."""

    work: Any
    waiting: list[Any] = field(default_factory=list)

    def put(self, item: Any) -> None:
        if item is not None:
            self.waiting = [item, None]
            self.work(item)

    def get(self) -> Any:
        return self.waiting.pop(0)


class Patch(Protocol):
    """Sets attributes, and sets them back later."""

    def setattr(self, target: Any, name: str, value: Any) -> None: ...


class InOneThread(executor._Run):
    """A run whose changes are made one after the other, each reported and saved before the next call goes out."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        queues: Any = self
        queues.messages, queues.tasks = Inline(self.receive), Inline(lambda task: self.work())

    def receive(self, message: Any) -> None:
        super().receive(message)
        self.save_and_start([])


def one_after_the_other(patch: Patch) -> None:
    patch.setattr(executor, "_Run", InOneThread)
    patch.setattr(executor, "WORKERS", 0)
    patch.setattr(Scope, "at_once", lambda scope, *works: [work() for work in works])
