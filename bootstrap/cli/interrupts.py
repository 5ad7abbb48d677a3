"""Ctrl-C and SIGTERM while a plan runs."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from bootstrap.cli import terminal
from bootstrap.operations.callbacks import Stop


@contextmanager
def interruptible(left: Callable[[], str] = lambda: "") -> Iterator[Stop]:
    """The first signal starts no further change. The second one ends the process; the state says which calls were under way.

    `left` does what must be done before that end, and returns what to say about it.
    """
    stop = Stop()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, signal.SIG_IGN)  # a third signal must not cut short what is done before the end
            if os.isatty(2):
                os.write(2, b"\x1b[?25h")  # the live lines hid the cursor
            text = "Left while calls were under way. Run the same command again: it looks for what they did."
            terminal.say_at_once(text)  # before what may take a while
            if more := left():
                terminal.say_at_once(more)
            os._exit(130)
        stop.ask()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
