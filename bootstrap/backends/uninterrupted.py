"""For the last step of a command, which must not be cut short by Ctrl-C or SIGTERM."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from bootstrap.core.printable import printable

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted(message: str) -> Iterator[None]:
    """The first Ctrl-C shows the message and stops nothing, because nothing else is left to stop.

    The second one raises KeyboardInterrupt: a call that hangs must not be waited for.
    """
    if threading.current_thread() is not threading.main_thread():  # no signal comes here
        yield
        return
    came: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)
        with suppress(OSError):
            os.write(2, f"\n{printable(message)} Press Ctrl-C again to stop at once.\n".encode())

    before = {number: signal.getsignal(number) for number in _NUMBERS}
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, handle)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
