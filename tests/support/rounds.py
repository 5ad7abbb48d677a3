"""Counts round trips without a clock: a request waits until nothing is left to do but to wait for answers.

Then all that wait are let through, and that was one round. So the number of rounds is the longest chain of requests of which
each needs the answer to the one before it, on a fast machine and on a slow one.
"""

import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_LOOK = 0.002
"""Seconds between two looks at whether this process still works."""
_IDLE = 0.0001
"""Seconds of processor time in between that are no work: threads that sleep wake up."""
_LOOKS = 12
"""Looks in a row that must find it idle: on a busy machine a thread that is ready may wait as long for a processor."""
_THREADS = Path("/proc/self/task")


class Rounds:
    """While it is entered, `wait` returns when a round ends. `calls` has the calls of each round that ended."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self._waiting: list[str] = []
        self._gate = threading.Event()
        self._lock = threading.Lock()
        self._ended = False
        self._thread = threading.Thread(target=self._let_through, daemon=True)

    def wait(self, call: str) -> None:
        with self._lock:
            self._waiting.append(call)
            gate = self._gate
        assert gate.wait(120), "no round ended"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self._ended = True
        self._thread.join()
        self._gate.set()

    def _let_through(self) -> None:
        idle = 0
        while not self._ended:
            before = time.process_time() - time.thread_time()
            time.sleep(_LOOK)
            worked = time.process_time() - time.thread_time() - before
            idle = idle + 1 if worked < _IDLE and not _is_ready() else 0
            if idle >= _LOOKS and self._waiting:
                idle = 0
                with self._lock:
                    self.calls.append(self._waiting)
                    self._gate.set()
                    self._waiting, self._gate = [], threading.Event()


def _is_ready() -> bool:
    """Whether another thread of this process would run if it got a processor. Source: proc_pid_stat(5)."""
    for thread in _THREADS.iterdir() if _THREADS.exists() else ():
        with suppress(OSError):  # it has ended
            state = (thread / "stat").read_text().rpartition(")")[2].split()[0]
            if state in "RD" and int(thread.name) != threading.get_native_id():
                return True
    return False
