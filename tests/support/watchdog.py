"""A watchdog: what hangs fails its test, and not the whole suite. It measures no speed: what it watches takes a moment."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

PATIENCE = 30.0
"""Seconds; a backtracking expression takes years, and a loop within a loop takes minutes."""


@contextmanager
def no_hang() -> Iterator[None]:
    """Raises AssertionError in the middle of what takes too long."""

    def bark(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"it hangs: no end after {PATIENCE:.0f} s")

    before = signal.signal(signal.SIGALRM, bark)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
